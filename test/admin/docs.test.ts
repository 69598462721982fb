/**
 * What docs/admin.md and `--help` show is run.
 */

import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../admin/commands.ts';
import { LAYERS } from '../../admin/doctor/check.ts';
import { setStage, type RefresherStage } from '../refresher/stage.ts';
import { describeWithFirestore } from '../support/firestore/describe-with-firestore.ts';
import { createDesk, createFolder, type Desk, type Folder, type Said } from './desk.ts';
import { schemaText, SCHEMA_FILE } from '../../admin/files/write-schema.ts';

const text = readFileSync(new URL('../../docs/admin.md', import.meta.url), 'utf8');
const blocks = (mark: string) =>
  Array.from(text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)).flatMap(([, info, body = '']) =>
    info === mark ? [body] : [],
  );

/** The words of a line of shell; quotes are the only thing of it that is known. */
const wordsOf = (line: string) =>
  Array.from(line.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, word]) => quoted ?? word ?? '');

/** Doctor asks no database, but a VM's metadata server and functions. */
const ONLINE = Object.entries(COMMANDS).filter(([name]) => name !== 'doctor');

describeWithFirestore('what the documents show', ({ emulator, projectId }) => {
  let desk: Desk;
  let folder: Folder;
  beforeEach(() => {
    desk = createDesk({ projectId });
    folder = createFolder();
  });
  afterEach(async () => {
    folder.remove();
    await emulator().clear(projectId);
  });

  const runLine = (line: string) => {
    const [program, ...words] = wordsOf(line);
    expect(program).toBe('token-vending');
    const own = words.map((word) =>
      word === 'grants.yaml' ? `${folder.path}/grants.yaml` : word === 'acme-vending' ? projectId : word,
    );
    return desk(...own);
  };

  it('takes a newcomer from an empty database to a refusal explained', async () => {
    folder.write('grants.yaml', blocks('yaml newcomer').join(''));
    const lines = blocks('sh newcomer').join('').trim().split('\n');
    const said: Said[] = [];
    for (const line of lines) said.push(await runLine(line));
    expect(said.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 1]);
    expect(said[0]?.out).toContain('0 errors, 0 warnings');
    const shown = blocks('text newcomer').join('').trim().split('\n');
    expect(shown.filter((line) => said.at(-1)?.out.includes(line) !== true)).toEqual([]);
  });

  it.each(ONLINE)('has an example of %s that works', async (name, { example }) => {
    folder.write('grants.yaml', blocks('yaml newcomer').join(''));
    if (name !== 'grants plan' && name !== 'grants apply')
      await desk('grants', 'apply', `${folder.path}/grants.yaml`, '--yes');
    const { exitCode, err } = await runLine(example);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(example.startsWith(`token-vending ${name} `)).toBe(true);
  });
});

describe('what the documents show of doctor', () => {
  let stage: RefresherStage;
  beforeAll(async () => {
    stage = await setStage();
  });
  afterAll(() => stage.close());

  it('is an example that works', async () => {
    const { env, functions, metadata } = stage;
    const [, ...words] = wordsOf(COMMANDS['doctor']?.example ?? '').map((word) =>
      word.startsWith('https://') ? functions.impersonate.url : word,
    );
    const place = ['--metadata-host', metadata.host];
    const audience = ['--impersonate-audience', env['TOKEN_VENDING_IMPERSONATE_AUDIENCE'] ?? ''];
    const { exitCode, err, out } = await createDesk({ projectId: 'nobody-asks' })(
      ...words,
      ...place,
      ...audience,
    );
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    // as it is shown, but for what differs from machine to machine
    const shape = (lines: string) =>
      lines
        .trim()
        .split('\n')
        .map((line) => line.slice(0, 20));
    expect(shape(out)).toEqual(shape(blocks('text doctor').join('')));
  });

  it('are its layers, with their exit codes', () => {
    const rows = Array.from(text.matchAll(/^\| `(\w+)` +\| (2\d) /gm), ([, layer, code]) => [
      layer,
      Number(code),
    ]);
    expect(Object.fromEntries(rows)).toEqual(LAYERS);
    const { explanation = '' } = COMMANDS['doctor'] ?? {};
    const told = Array.from(explanation.matchAll(/(2\d) (\w+)/g), ([, code, layer]) => [layer, Number(code)]);
    expect(Object.fromEntries(told)).toEqual(LAYERS);
  });
});

describe('the documents', () => {
  it('have each command, and no other', () => {
    const section = text.slice(text.indexOf('## Commands'), text.indexOf('### What an apply promises'));
    expect(Array.from(section.matchAll(/^\| `([a-z ]+)` /gm), ([, name]) => name)).toEqual(
      Object.keys(COMMANDS),
    );
  });

  it('have the schema as its source says it', () => {
    expect(readFileSync(SCHEMA_FILE, 'utf8')).toBe(schemaText());
  });
});

describe('--help', () => {
  const desk = createDesk({ projectId: 'nobody-asks' });

  it('lists every command', async () => {
    const { out, exitCode } = await desk('--help');
    expect(exitCode).toBe(0);
    expect(Object.keys(COMMANDS).filter((name) => !out.includes(`  ${name} `))).toEqual([]);
    expect(await desk()).toMatchObject({ out, exitCode: 0 });
  });

  it.each(Object.entries(COMMANDS))(
    'of %s has its example, and each of its flags with what it is',
    async (name, { example, options }) => {
      const { out, exitCode } = await desk(...name.split(' '), '--help');
      expect(exitCode).toBe(0);
      expect(out).toContain(`  ${example}\n`);
      expect(
        Object.entries(options).filter(
          ([flag, { help }]) => !out.includes(`  --${flag}`) || !out.includes(help),
        ),
      ).toEqual([]);
      expect(out.split('\n').filter((line) => line.length > 130 && !line.includes('token-vending '))).toEqual(
        [],
      );
    },
  );
});
