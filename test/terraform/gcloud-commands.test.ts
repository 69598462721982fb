/** Every gcloud command that a document or an output shows, read by gcloud itself: the command, its flags, their choices. */

import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findProgram } from '../conformance/harness/find-program.ts';
import { commandsOf, type Command } from './shell-commands.ts';
import { ROOT } from './workplace.ts';

const hasGcloud = findProgram('gcloud') !== undefined;
const IS_SKIPPED = !hasGcloud && process.env['CI'] !== 'true';
const NEEDS = hasGcloud ? '' : ' (needs gcloud)';
const TIMEOUT_MS = 120_000;

/** Nobody is asked: not whether this is a VM of Google's, not for news; no account is there. */
const OFFLINE = {
  NO_GCE_CHECK: 'True',
  CLOUDSDK_CORE_CHECK_GCE_METADATA: 'false',
  CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
  CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: 'true',
};

const IN_DOCUMENTS = /^ *```sh.*\n([\s\S]*?)^ *```$/gm;
const IN_OUTPUTS = /<<-EOT\n([\s\S]*?)\n\s*EOT$/gm;

function shownIn(file: string): readonly Command[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const scripts = text.matchAll(file.endsWith('.tf') ? IN_OUTPUTS : IN_DOCUMENTS);
  return Array.from(scripts, ([, script = '']) => commandsOf(script))
    .flat()
    .filter(([program]) => program === 'gcloud');
}

/** What is the reader's: `$PROJECT`, `PROJECT`, `${var.project_id}`. */
const TO_FILL_IN = /\$\{[^}]*\}|\$[A-Za-z_]\w*|\b[A-Z][A-Z_]{2,}\b/g;

/** Statements for Cloud Logging have operators in capitals, and nothing of the reader's. */
const isStatement = (word: string) => /[ ="]/.test(word) && !word.startsWith('-');

function filledIn(word: string): string {
  if (isStatement(word)) return word;
  return word.replaceAll(TO_FILL_IN, (name) => {
    if (/zone/i.test(name)) return 'us-central1-b';
    if (/region|location/i.test(name)) return 'us-central1';
    if (/EMAIL|RUNTIME|SIGNER|TARGET$/.test(name)) return 'trainer@acme-vending.iam.gserviceaccount.com';
    return 'acme-vending';
  });
}

/** gcloud looks for flags unquoted. */
const quoted = (word: string) =>
  /^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

const lineOf = (command: Command) => command.map((word) => quoted(filledIn(word))).join(' ');

/** What gcloud has against each of the lines; one call for all of them, because it starts slowly. */
function problemsOf(lines: readonly string[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'gcloud-'));
  try {
    const file = join(folder, 'commands.json');
    // the same line is judged once
    const different = [...new Set(lines)].map((line) => ({ command_string: line }));
    writeFileSync(file, JSON.stringify(different));
    const printed = execFileSync('gcloud', ['meta', 'lint-gcloud-commands', `--commands-file=${file}`], {
      encoding: 'utf8',
      env: { ...process.env, ...OFFLINE, CLOUDSDK_CONFIG: folder },
      maxBuffer: 1 << 28,
    });
    const verdicts = JSON.parse(printed) as {
      command_string: string;
      success: boolean;
      error_message: string | null;
    }[];
    if (verdicts.length !== different.length) throw new Error(`${verdicts.length} of ${different.length}`);
    return verdicts
      .filter(({ success }) => !success)
      .map(({ command_string: line, error_message: problem }) => `${line}: ${problem ?? ''}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const PLACES = ['*.md', 'docs/**/*.md', 'terraform/**/*.{md,tf}', 'bootstrap/**/*.{md,tf}'];

describe.skipIf(IS_SKIPPED)(`gcloud knows${NEEDS}`, () => {
  it(
    'every command that a document or an output shows',
    () => {
      const lines = globSync(PLACES, { cwd: ROOT }).flatMap((file) => shownIn(file).map(lineOf));
      expect(lines.length).toBeGreaterThan(50);
      expect(problemsOf(lines)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it('no flag that is made up, and no command', () => {
    const lines = [
      'gcloud projects describe acme-vending --loudly',
      'gcloud project describe acme-vending',
      'gcloud projects describe acme-vending --format json',
    ];
    const problems = problemsOf(lines);
    expect(problems).toHaveLength(2);
  });
});
