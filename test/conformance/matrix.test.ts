import { afterAll, describe, expect, inject, it } from 'vitest';
import { outcomeFor } from './harness/judge.ts';
import { IDENTITIES, MODES, type Identity, type Mode, type Row } from './harness/row.ts';
import { startStage, type StageProcess } from './harness/stage-process.ts';
import { stageOf } from './harness/stages.ts';
import { isMissing } from './harness/toolchains.ts';
import { nameOf, ROWS } from './rows.ts';

const namespacesMissing = inject('namespacesMissing');
const toolchains = inject('toolchains');
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

/** Why the row cannot be run on this machine. */
function missingFor({ toolchain }: Row): string | undefined {
  if (namespacesMissing !== undefined) return namespacesMissing;
  const installed = toolchains[toolchain.name];
  return installed === undefined || isMissing(installed)
    ? (installed?.missing ?? 'not installed')
    : undefined;
}

describe.each(ROWS.map((row) => ({ name: nameOf(row), row })))('$name', ({ row }) => {
  const missing = missingFor(row);
  const cells = MODES.flatMap((mode) => {
    const expectation = row.modes[mode];
    if (expectation === undefined) return [];
    return IDENTITIES.map((identity) => ({ mode, identity, outcome: outcomeFor(expectation, identity) }));
  });

  for (const { mode, identity, outcome } of cells) {
    const verb = outcome === 'works' ? 'works' : `cannot work, because it ${outcome.reason}:`;
    const title = `${verb} as a ${identity} in the mode ${mode}`;
    const skipped = missing !== undefined && process.env['CI'] !== 'true';
    it.concurrent(skipped ? `${title} (skipped: ${missing})` : title, { skip: skipped }, async () => {
      const installed = toolchains[row.toolchain.name];
      if (missing !== undefined || installed === undefined || isMissing(installed)) {
        throw new Error(`${row.toolchain.name} is missing: ${missing}`);
      }
      const stage = await stageFor(mode, identity);
      const { problems, details } = await stage.ask({ row: nameOf(row), mode, installed });
      expect(problems, details).toEqual([]);
    });
  }
});
