/**
 * Names of members that the bundle shortens: were one of them a key that somebody else reads, the bundle would say
 * something else than the sources.
 */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundledSources } from '../../refresher/bundle.ts';
import { internalNames } from '../../refresher/internal-names.ts';
import { COMMANDS, OPTIONS } from '../../refresher/settings/options.ts';
import { BUNDLE, runRefresher, startRefresher } from './refresher-process.ts';
import { ALICE_TARGET, getToken, setStage } from './stage.ts';

const SOURCE = fileURLToPath(new URL('../../refresher/main.ts', import.meta.url));
const PROGRAMS = [BUNDLE, SOURCE].map((script) => [process.execPath, script]);

describe('names that the bundle shortens', () => {
  let names: readonly string[];

  beforeAll(async () => {
    names = await internalNames(await bundledSources('esm'));
  });

  it('are gone from it', async () => {
    const words = new Set((await readFile(BUNDLE, 'utf8')).match(/\w+/g));
    expect(names.length).toBeGreaterThan(40);
    expect(names.filter((name) => words.has(name))).toEqual([]);
  });

  it('are no options, no fields of a log line, and nothing that Node reads', () => {
    const read = [
      'validForSeconds',
      'nextInSeconds',
      'maxHeaderSize',
      'rejectUnauthorized',
      'throwIfNoEntry',
    ];
    const known = [...OPTIONS.map(({ name }) => name), ...read];
    expect(known.filter((name) => names.includes(name))).toEqual([]);
  });

  it.each([
    ['--help'],
    ...Object.keys(COMMANDS).map((command) => [command, '--help']),
    ['env', '--format', 'json', '--project', 'acme', '--listen', '127.0.0.1:1'],
    ['env', '--format', 'docker', '--project', 'acme'],
    [
      'adc',
      '--target',
      ALICE_TARGET,
      '--delegate-url',
      'https://delegate.example',
      '--delegate-audience',
      'a',
    ],
    ['serve', '--target', ALICE_TARGET],
    ['serve', '--wait', 'soon', '--allow-remote=maybe', '--target', 'nobody'],
  ])('change nothing of what %s %s writes', async (...args) => {
    const [bundled, source] = await Promise.all(PROGRAMS.map((program) => runRefresher({ program, args })));
    expect(comparable(bundled)).toEqual(comparable(source));
  });

  it('change nothing of what is served, sent and logged', async () => {
    const stage = await setStage();
    const runs = PROGRAMS.map(async (program) => {
      const refresher = await startRefresher({
        program,
        args: ['serve', '--listen', '127.0.0.1:0', '--target', ALICE_TARGET, '--metrics'],
        env: stage.env,
      });
      try {
        const address = await refresher.address();
        await refresher.logged(({ message }) => message === 'A fresh token.');
        const answer = await getToken(address);
        return { keys: Object.keys(JSON.parse(answer.body) as object), status: answer.status };
      } finally {
        await refresher.stop();
      }
    });
    const [bundled, source] = await Promise.all(runs);
    await stage.close();
    expect(bundled).toEqual(source);
    expect(bundled?.keys).toEqual(['access_token', 'expires_in', 'token_type']);
  });

  /** Folders of gcloud have a name of their own each time, and so has the moment. */
  function comparable(end: Awaited<ReturnType<typeof runRefresher>> | undefined) {
    const fields = end?.log.map((line) => ({ ...line, time: undefined }));
    return { code: end?.code, stdout: end?.stdout.replace(/refresher-gcloud-\w+/, ''), fields };
  }
});
