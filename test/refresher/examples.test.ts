/**
 * The examples of README.md, docs/refresher.md and `--help`, run as they stand, in a shell that has `refresher` on its PATH. What
 * they start (python, gcloud, docker, curl) is a stand-in that tells which token it was given, or finds where client
 * libraries look.
 */

import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { helpText } from '../../refresher/settings/help.ts';
import { COMMANDS, isCommandName } from '../../refresher/settings/options.ts';
import { freePort } from '../support/processes/free-port.ts';
import { BUNDLE, runRefresher, startRefresher } from './refresher-process.ts';
import { ALICE_TARGET, setStage, TRAINER_TARGET, type RefresherStage } from './stage.ts';

const DOCUMENTS = ['README.md', 'docs/refresher.md']
  .map((file) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'))
  .join('\n');
const BLOCKS = Array.from(DOCUMENTS.matchAll(/^```sh\n(.*?)^```$/gms), ([, block = '']) => block).filter(
  (block) => /\brefresher\b/.test(block.replace(/ #.*/g, '')),
);

const STAND_IN = `
const { appendFileSync, readFileSync } = require('node:fs');
const [, , , name, ...words] = process.argv;
const file = words.includes('--env-file') ? readFileSync(words[words.indexOf('--env-file') + 1], 'utf8') : '';
const host = /^GCE_METADATA_HOST=(.*)$/m.exec(file)?.[1] ?? process.env.GCE_METADATA_HOST;

// a refresher that was started just before may not listen yet
async function find() {
  const url = 'http://' + host + '/computeMetadata/v1/instance/service-accounts/default/token';
  for (;;) {
    const answer = await fetch(url, { headers: { 'metadata-flavor': 'Google' } }).catch(() => undefined);
    if (answer !== undefined) return (await answer.json()).access_token;
  }
}

async function main() {
  const token = /Bearer (\\S+)/.exec(words.join(' '))?.[1] ?? (await find());
  appendFileSync(process.env.CALLS, JSON.stringify([name, token]) + '\\n');
}
void main();
`;

/** What each example starts, and as whom. */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  'exec --target serviceAccount:': [`python ${TRAINER_TARGET}`],
  'does it work at all?': [`python ${TRAINER_TARGET}`],
  'python report.py': [`python ${ALICE_TARGET}`],
  'serve --token-file': [`gcloud ${TRAINER_TARGET}`],
  '# a shell': [`docker ${TRAINER_TARGET}`],
  'storage.googleapis.com': [`curl ${TRAINER_TARGET}`],
  'adc.json': [],
};

const HELP_CALLS: Readonly<Record<string, readonly string[]>> = {
  serve: [],
  exec: [`python ${ALICE_TARGET}`],
  token: [`curl ${TRAINER_TARGET}`],
  env: [`docker ${TRAINER_TARGET}`],
  adc: [],
};

describe('an example', () => {
  let stage: RefresherStage;
  let folder: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    stage = await setStage();
  });
  afterAll(() => stage.close());

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'examples-'));
    const bin = join(folder, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'stand-in.cjs'), STAND_IN);
    await program(join(bin, 'refresher'), `"${BUNDLE}" "$@"`);
    for (const name of ['python', 'gcloud', 'docker', 'curl']) {
      // behind the dashes Node looks for no --env-file of its own
      await program(join(bin, name), `"${join(bin, 'stand-in.cjs')}" -- ${name} "$@"`);
    }
    env = {
      ...stage.env,
      TOKEN_VENDING_LISTEN: `127.0.0.1:${await freePort()}`,
      PATH: `${bin}:${dirname(process.execPath)}:/usr/bin:/bin`,
      TMPDIR: folder,
      CALLS: join(folder, 'calls'),
      GITHUB_ENV: join(folder, 'github'),
    };
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function program(path: string, words: string): Promise<void> {
    await writeFile(path, `#!/bin/sh\nexec "${process.execPath}" ${words}\n`);
    await chmod(path, 0o755);
  }

  /** Runs it, and ends what it has left in the background. */
  async function run(example: string) {
    const script = example
      .replaceAll('https://impersonate-….run.app', stage.functions.impersonate.url)
      .replaceAll('https://delegate-….run.app', stage.functions.delegate.url)
      .replaceAll('/run/token-vending', folder);
    const around = `cd "${folder}"; trap 'jobs -p | xargs -r kill' EXIT\n${script}`;
    const { code, log } = await runRefresher({
      program: ['/bin/bash', '-uc', `set -e; ${around}`],
      args: [],
      env,
    });
    const calls = (await readFile(env['CALLS'] ?? '', 'utf8').catch(() => '')).split('\n').filter(Boolean);
    return {
      code,
      errors: log.filter(({ severity }) => severity === 'ERROR'),
      calls: calls.map((call) => {
        const [name, token = ''] = JSON.parse(call) as [string, string?];
        return `${name} ${stage.world.google.whoIs(token)?.principal}`;
      }),
    };
  }

  it('of the documents is run here, but for the image', () => {
    const others = BLOCKS.filter((block) => !Object.keys(CALLS).some((words) => block.includes(words)));
    expect(others).toEqual([expect.stringMatching(/^docker build /)]);
  });

  it.each(Object.entries(CALLS))(
    'of the documents, with "%s", makes programs who they should be',
    async (words, calls) => {
      const block = BLOCKS.find((candidate) => candidate.includes(words)) ?? '';
      // the variables lead to a refresher that runs already
      const serving = words === '# a shell' ? await startRefresher({ args: ['serve'], env }) : undefined;
      expect(await run(block)).toMatchObject({ code: 0, calls, errors: [] });
      await serving?.stop();
    },
  );

  it.each(Object.entries(HELP_CALLS))(
    'of %s --help makes programs who they should be',
    async (name, calls) => {
      const text = isCommandName(name) ? helpText(name) : '';
      const examples = text.slice(0, text.indexOf('\nFlags')).matchAll(/^ {2}(\S.*)$/gm);
      const script = Array.from(examples, ([, line]) => line).join('\n');
      const serving = name === 'env' ? await startRefresher({ args: ['serve'], env }) : undefined;
      expect(script).toContain(`refresher ${name}`);
      expect(await run(script)).toMatchObject({ code: 0, calls, errors: [] });
      await serving?.stop();
    },
  );

  it('stands in the help of every command', () => {
    expect(Object.keys(HELP_CALLS)).toEqual(Object.keys(COMMANDS));
  });
});
