/** The page about what works, made of the rows and the versions that were run: nothing in it is typed by hand. */

import { outcomeFor } from './judge.ts';
import { IDENTITIES, MODES, type Mode, type Outcome, type Row } from './row.ts';

export interface TableRow {
  readonly row: Row;
  readonly version: string;
}

const INTRODUCTION = `# Compatibility

Real clients, run against \`refresher serve\` and the functions in a network where only loopback is up. A cell says \`works\`
when an API saw the vended token as \`Authorization: Bearer\` (or the command printed it), as a service account and as a
Workspace user. Written by \`CI=true npm run test:conformance -- -u\`; a test fails when it is stale.

- **environment**: the variables of \`refresher env\`, which \`refresher exec\` sets by itself.
- **interception**: the refresher at 169.254.169.254:80 in the container's own network, with the names of the metadata
  server in \`/etc/hosts\`; no variables at all.
- **agentless**: the file of \`refresher adc\` in \`GOOGLE_APPLICATION_CREDENTIALS\`, on a VM without a refresher.
- **token file**: the file of \`refresher serve --token-file\`, for clients that can be told of one.
`;

const HEADINGS: Readonly<Record<Mode, string>> = {
  environment: 'environment',
  interception: 'interception',
  agentless: 'agentless',
  'token file': 'token file',
};

export function compatibilityPage(rows: readonly TableRow[]): string {
  const heading = ['language', 'client', 'version', ...MODES.map((mode) => HEADINGS[mode])];
  const lines = rows.map(({ row, version }) => [
    row.language,
    row.client,
    version,
    ...MODES.map((mode) => cell(row, mode)),
  ]);
  const reasons = rows.flatMap(({ row }) => MODES.flatMap((mode) => reasonLines(row, mode)));
  return [
    INTRODUCTION,
    table([heading, ...lines]),
    '\n## What does not work, and why\n\nEach was seen to fail in just this way.\n',
    table([['client', 'mode', 'as', 'because it'], ...reasons]),
    '',
  ].join('\n');
}

/** The version that a page has for a row. */
export function versionIn(page: string, { language, client }: Row): string | undefined {
  const cells = page.split('\n').map((line) => line.split('|').map((text) => text.trim()));
  return cells.find(([, first, second]) => first === language && second === client)?.[3];
}

function cell(row: Row, mode: Mode): string {
  const expectation = row.modes[mode];
  if (expectation === undefined) return '–';
  const [account, user] = IDENTITIES.map((identity) => outcomeFor(expectation, identity) === 'works');
  if (account === user) return account ? 'works' : 'no';
  return account ? 'service accounts only' : 'users only';
}

function reasonLines(row: Row, mode: Mode): string[][] {
  const expectation = row.modes[mode];
  if (expectation === undefined) return [];
  const outcomes = IDENTITIES.map((identity) => ({ identity, outcome: outcomeFor(expectation, identity) }));
  const [first, second] = outcomes.map(({ outcome }) => reasonOf(outcome));
  if (first !== undefined && first === second) return [[row.client, HEADINGS[mode], 'either', first]];
  return outcomes.flatMap(({ identity, outcome }) => {
    const reason = reasonOf(outcome);
    return reason === undefined ? [] : [[row.client, HEADINGS[mode], identity, reason]];
  });
}

function reasonOf(outcome: Outcome): string | undefined {
  return outcome === 'works' ? undefined : outcome.reason;
}

/** As the formatter of this repository lays tables out. */
function table(lines: readonly (readonly string[])[]): string {
  const [heading = [], ...rest] = lines;
  const widths = heading.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(heading), line(widths.map((width) => '-'.repeat(width))), ...rest.map(line)].join('\n');
}
