import { describe, expect, it } from 'vitest';
import { createLogReader, type LogLine } from '../../../admin/audit/log-entries.ts';
import { recordedIn } from '../../../admin/audit/recorded.ts';
import { verifiedWorker, WORKER, WORKER_IDS } from '../../support/domain/callers.ts';
import { target } from '../grants-texts.ts';
import { audited, logEntry } from './logged.ts';

function read(text: string): readonly LogLine[] {
  const reader = createLogReader();
  return [...text.split('\n').flatMap((line) => reader.push(line)), ...reader.end()];
}

const values = (text: string) =>
  read(text).map((one) => (one.kind === 'entry' ? one.value : `broken at ${one.line}`));

describe('a log', () => {
  it.each([
    ['lines', '{"a":1}\n{"a":2}\n'],
    ['lines with carriage returns and a byte order mark', '\uFEFF{"a":1}\r\n{"a":2}\r\n'],
    ['a list over many lines', '[\n  {\n    "a": 1\n  },\n  {\n    "a": 2\n  }\n]\n'],
    ['a list on one line', '[{"a":1},{"a":2}]'],
    ['a list of lines', '[\n{"a":1},\n{"a":2}\n]'],
    ['values over many lines', '{\n  "a": 1\n}\n{\n  "a": 2\n}\n'],
    ['lines among those of others', 'Serving function...\n{"a":1}\n\n> oops {\n{"a":2}'],
  ])('of %s is read', (_, text) => {
    expect(values(text)).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it('keeps texts that look like ends', () => {
    const value = { text: '}\n{', inner: { a: '},' }, list: [{}] };
    expect(values(JSON.stringify([value, value], null, 2))).toEqual([value, value]);
  });

  it.each([
    ['a line that is cut off', '{"a":1}\n{"a":\n{"a":2}', ['broken at 2']],
    [
      'a value that is cut off by the next',
      '[\n  {\n    "a": 1\n  {\n    "a": 2\n  }\n]',
      ['broken at 2', { a: 2 }],
    ],
    ['a value that is cut off by the end', '[\n  {\n    "a": 1', ['broken at 2']],
    [
      'a value with nonsense in it',
      '[\n  {\n    a: 1\n  },\n  {\n    "a": 2\n  }\n]',
      ['broken at 2', { a: 2 }],
    ],
  ])('loses no more than %s', (_, text, expected) => {
    expect(values(text)).toEqual(expect.arrayContaining(expected));
    expect(read(text).filter(({ kind }) => kind === 'broken')).toHaveLength(1);
  });

  it('holds no endless value', () => {
    const reader = createLogReader();
    reader.push('{');
    const broken = Array.from({ length: 3000 }, () => reader.push(`"${'x'.repeat(1000)}",`)).flat();
    expect(broken).toEqual([{ kind: 'broken', line: 1 }]);
  });
});

describe('an entry', () => {
  const entryOf = async (more: Readonly<Record<string, unknown>> = {}) => {
    const line = await audited({
      kind: 'serviceAccount',
      documents: {
        instance: undefined,
        serviceAccount: {
          path: `principals/${WORKER_IDS.serviceAccount}`,
          data: { uniqueId: WORKER.uniqueId, grants: { [target('trainer')]: { scopes: ['openid'] } } },
        },
        killSwitch: undefined,
      },
      asked: { audience: target('trainer') },
      principal: await verifiedWorker(),
    });
    const entry = logEntry(line);
    return { ...entry, jsonPayload: { ...(entry['jsonPayload'] as object), ...more } };
  };

  it('of a function is what the function recorded', async () => {
    expect(recordedIn(await entryOf())).toMatchObject({
      event: {
        outcome: 'granted',
        principal: { serviceAccount: WORKER.serviceAccount, instanceId: WORKER.instance.id },
        target: target('trainer'),
        grant: `principals/${WORKER_IDS.serviceAccount}`,
        scopes: ['openid'],
      },
    });
    const { jsonPayload } = await entryOf();
    expect(recordedIn(jsonPayload)).toMatchObject({ at: undefined, event: { outcome: 'granted' } });
  });

  it.each([
    [1],
    [null],
    ['token_decision'],
    [{ event: 'token_decisions' }],
    [{ jsonPayload: { event: 1 } }],
    [{}],
  ])('of somebody else, %j, is none', (entry) => {
    expect(recordedIn(entry)).toBeUndefined();
  });

  it.each([
    ['outcome', 'maybe'],
    ['reason', '\u001B[2J'],
    ['function', 'x'.repeat(64)],
    ['target', 'user:*'],
    ['target', 'serviceAccount:\u001B[31m@a.iam.gserviceaccount.com'],
    ['grant', 'controls/kill-switch'],
    ['tokenType', 'refresh_token'],
    ['scopes', 'openid'],
    ['scopes', ['a b']],
    ['principal', { ...WORKER }],
    ['principal', 'somebody'],
  ])('whose %s is %j was written by no function', async (field, value) => {
    expect(recordedIn(await entryOf({ [field]: value }))).toBe('broken');
  });

  it('at no time is broken', async () => {
    expect(recordedIn({ ...(await entryOf()), timestamp: 'yesterday' })).toBe('broken');
  });
});
