import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { compatibilityPage, versionIn } from './harness/compatibility-page.ts';
import { outcomeFor, problemsOf } from './harness/judge.ts';
import { describeObservation } from './harness/observation.ts';
import { installed, itWith } from './harness/on-this-machine.ts';
import { IDENTITIES, MODES, type Identity, type Mode, type Row } from './harness/row.ts';
import { startStage, type StageProcess } from './harness/stage-process.ts';
import { stageOf } from './harness/stages.ts';
import { nameOf, ROWS } from './rows.ts';

const PAGE = fileURLToPath(new URL('../../docs/compatibility.md', import.meta.url));

const stages = new Map<string, Promise<StageProcess>>();

function stageFor(mode: Mode, identity: Identity): Promise<StageProcess> {
  const name = stageOf(mode);
  const key = `${name} ${identity}`;
  const stage = stages.get(key) ?? startStage(name, identity);
  stages.set(key, stage);
  return stage;
}

afterAll(async () => {
  await Promise.all(Array.from(stages.values(), async (stage) => (await stage).close()));
});

const cells = ROWS.flatMap((row) =>
  MODES.flatMap((mode) => {
    const expectation = row.modes[mode];
    if (expectation === undefined) return [];
    return IDENTITIES.map((identity) => ({
      row,
      mode,
      identity,
      outcome: outcomeFor(expectation, identity),
    }));
  }),
);
type Cell = (typeof cells)[number];

/** Those that this run has found to be as their rows say. */
const confirmed = new Set<Cell>();

describe.each(ROWS.map((row) => ({ name: nameOf(row), row })))('$name', ({ name, row }) => {
  for (const cell of cells.filter((one) => one.row === row)) {
    const { mode, identity, outcome } = cell;
    const verb = outcome === 'works' ? 'works' : `cannot work, because it ${outcome.reason}:`;
    const title = `${verb} as a ${identity} in the mode ${mode}`;
    const body = async () => {
      const stage = await stageFor(mode, identity);
      const client = { row: name, mode, installed: installed(row.toolchain) };
      const { observed, prints } = await stage.run(client);
      const problems = problemsOf({ proof: row.proof, prints, outcome }, observed);
      if (problems.length > 0) expect.fail(`${problems.join('; ')}\n${describeObservation(observed)}`);
      confirmed.add(cell);
    };
    itWith([row], title, body);
  }
});

describe('docs/compatibility.md', () => {
  it('says what was just seen; CI=true npm run test:conformance -- -u writes it', async ({ skip }) => {
    const unconfirmed = cells.filter((cell) => !confirmed.has(cell));
    if (process.env['CI'] !== 'true' && unconfirmed.length > 0) skip('only a whole run can say');
    expect(unconfirmed.map(({ row, mode, identity }) => [nameOf(row), mode, identity])).toEqual([]);
    const rows = ROWS.map((row) => ({ row, version: versionFor(row) }));
    await expect(compatibilityPage(rows)).toMatchFileSnapshot(PAGE);
  });
});

/** On a developer's machine a program that is not the repository's may be of another version than on CI's. */
function versionFor(row: Row): string {
  const version = row.version(installed(row.toolchain));
  if (row.toolchain.isOfMachine !== true || process.env['CI'] === 'true') return version;
  return versionIn(readFileSync(PAGE, 'utf8'), row) ?? version;
}
