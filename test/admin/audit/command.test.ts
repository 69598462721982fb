import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../../shared/fault.ts';
import type { Principal } from '../../../shared/identity/principal.ts';
import { Refusal } from '../../../shared/refusal.ts';
import { verifiedWorker, WORKER, WORKER_IDS } from '../../support/domain/callers.ts';
import { createDesk, createFolder, type Desk, type Folder } from '../desk.ts';
import { READ, target, WRITE } from '../grants-texts.ts';
import { audited, logEntry, type Asked, type Exchanged } from './logged.ts';

const FLEET = WORKER_IDS.serviceAccount;
const TRAINER = target('trainer');
const READER = target('reader');
const PATH = `principals/${FLEET}`;
const MONDAY = Date.parse('2026-11-16T08:00:00Z');
const hours = (count: number) => new Date(MONDAY + count * 3_600_000);

type Grants = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const GRANTS: Grants = {
  [TRAINER]: { scopes: [READ, WRITE], idTokenAudiences: ['https://api.example.com'] },
  [READER]: { scopes: [READ], condition: "instance.zone.startsWith('us-central1-')" },
};

const grantsFile = (grants: Grants) =>
  JSON.stringify({ principals: { [FLEET]: { uniqueId: WORKER.uniqueId, grants } } });

describe('audit', () => {
  let desk: Desk;
  let folder: Folder;
  let worker: Principal;
  let elsewhere: Principal;
  beforeAll(async () => {
    worker = await verifiedWorker();
    elsewhere = await verifiedWorker({ id: '2875949485074006139', name: 'worker-2', zone: 'europe-west4-b' });
  });
  beforeEach(() => {
    desk = createDesk({ projectId: 'nobody-asks', now: hours(24 * 30) });
    folder = createFolder();
  });
  afterEach(() => folder.remove());

  const line = (asked: Asked, more: Partial<Exchanged> = {}) =>
    audited({
      kind: 'serviceAccount',
      documents: {
        instance: undefined,
        serviceAccount: { path: PATH, data: { uniqueId: WORKER.uniqueId, grants: GRANTS } },
        killSwitch: undefined,
      },
      asked,
      principal: worker,
      ...more,
    });

  /** A week: two granted, one an ID token, some refused, one that failed. */
  const week = async () => [
    logEntry(await line({ audience: TRAINER }), hours(0)),
    logEntry(await line({ audience: TRAINER }, { principal: elsewhere }), hours(1)),
    logEntry(
      await line({ audience: TRAINER, isIdToken: true, resource: 'https://api.example.com' }),
      hours(2),
    ),
    logEntry(await line({ audience: READER }), hours(26)),
    logEntry(await line({ audience: READER }, { principal: elsewhere }), hours(27)),
    logEntry(await line({ audience: target('other') }), hours(28)),
    logEntry(await line({}, { refusal: new Refusal('token_expired') }), hours(29)),
    logEntry(await line({ audience: READER }, { fault: new Fault('iam_denied') }), hours(30)),
    { textPayload: 'Serving function...', timestamp: hours(0).toISOString() },
  ];
  const weekFile = async () => folder.write('decisions.json', JSON.stringify(await week(), null, 2));

  it('says who got what, what was refused and why, and when', async () => {
    const { out, err, exitCode } = await desk('audit', await weekFile());
    expect({ out: out.split('\nTime line')[0], err, exitCode }).toEqual({
      out: `8 decisions from 2026-11-16 08:00 to 2026-11-17 14:00 UTC: 4 granted, 3 refused, 1 failed

Who got what
       2  ${WORKER.serviceAccount} on 2 VMs → ${TRAINER}: devstorage.read_only devstorage.read_write, last 2026-11-16 09:00
       1  ${WORKER.serviceAccount} on 1 VM → ${TRAINER}: ID token, last 2026-11-16 10:00
       1  ${WORKER.serviceAccount} on 1 VM → ${READER}: devstorage.read_only, last 2026-11-17 10:00

Refused
     1  condition_false  docs/troubleshooting.md#condition_false
         1  ${WORKER.serviceAccount} on 1 VM → ${READER}, last 2026-11-17 11:00
     1  no_grant  docs/troubleshooting.md#no_grant
         1  ${WORKER.serviceAccount} on 1 VM → ${target('other')}, last 2026-11-17 12:00
     1  token_expired  docs/troubleshooting.md#token_expired
         1  an unverified caller → its only target, last 2026-11-17 13:00

Failed
     1  iam_denied  docs/troubleshooting.md#iam_denied
         1  ${WORKER.serviceAccount} on 1 VM → ${READER}, last 2026-11-17 14:00
`,
      err: '',
      exitCode: 0,
    });
    const lines = out.slice(out.indexOf('Time line')).trim().split('\n');
    expect(lines[0]).toBe('Time line, 1 hour a line');
    expect(lines).toHaveLength(1 + 31);
    expect(lines[1]).toMatch(/^ {2}2026-11-16 08:00 {2}█+ {2}1 granted, 0 refused, 0 failed$/);
    expect(lines[4]).toBe('  2026-11-16 11:00');
    expect(lines.at(-1)).toMatch(/×+ {2}0 granted, 0 refused, 1 failed$/);
  });

  it.each([
    ['as it is', (text: string) => ['decisions.json', text] as const],
    ['packed', (text: string) => ['decisions.json.gz', gzipSync(text).toString('latin1')] as const],
  ])('reads what a sink stores, %s', async (_, store) => {
    const text = (await week()).map((entry) => `${JSON.stringify(entry)}\n`).join('');
    const [name, stored] = store(text);
    const file = folder.write(name, '');
    const { writeFileSync } = await import('node:fs');
    writeFileSync(file, stored, 'latin1');
    expect((await desk('audit', file)).out).toContain('8 decisions from 2026-11-16 08:00');
  });

  it('reads lines as functions print them, which have no time', async () => {
    const file = folder.write('stdout.log', `Serving function...\n${await line({ audience: TRAINER })}`);
    const { out } = await desk('audit', file);
    expect(out).toContain('1 decision: 1 granted, 0 refused, 0 failed\n');
    expect(out).toContain('1 decisions have no time');
    expect(out).not.toContain('Time line');
  });

  it('counts an entry that is there twice once', async () => {
    const file = await weekFile();
    const { out } = await desk(
      'audit',
      file,
      folder.write('again.json', JSON.stringify(await week().then((all) => all.slice(0, 0)))),
      file,
    );
    expect(out).toContain('8 decisions');
    expect(out).toContain('one is counted: 8 left out');
  });

  it('has the same as JSON', async () => {
    const { json } = await desk('audit', await weekFile(), '--json');
    expect(json()).toMatchObject({
      first: '2026-11-16T08:00:00.000Z',
      granted: [
        {
          serviceAccount: WORKER.serviceAccount,
          target: TRAINER,
          tokenType: 'access_token',
          count: 2,
          instances: 2,
        },
        {},
        {},
      ],
      refused: [
        { reason: 'condition_false' },
        { reason: 'no_grant' },
        { reason: 'token_expired', serviceAccount: null },
      ],
      failed: [{ reason: 'iam_denied' }],
      timeLine: { minutes: 60 },
      unread: { other: 1, broken: 0, twice: 0 },
    });
  });

  it.each([
    [['--since', '2026-11-17'], '5 decisions from 2026-11-17 10:00'],
    [['--until', '2026-11-16T09:00:00Z'], '1 decision from 2026-11-16 08:00 to 2026-11-16 08:00'],
    [['--target', READER], '3 decisions'],
    [['--principal', WORKER_IDS.instance], '5 decisions'],
    [['--principal', FLEET, '--target', target('nobody')], '0 decisions: 0 granted'],
  ])('with %j is about that alone', async (flags, head) => {
    expect((await desk('audit', await weekFile(), ...flags)).out).toContain(head);
  });

  describe('replayed', () => {
    const replay = async (grants: Grants, ...flags: readonly string[]) =>
      desk('audit', await weekFile(), '--replay', folder.write('grants.json', grantsFile(grants)), ...flags);

    it('against the same grants comes out the same', async () => {
      const { out, exitCode } = await replay(GRANTS);
      expect(out).toContain(
        '7 the same, 0 would now be refused, 0 would now get less, 0 would now be granted, 0 cannot be told, 1 not decided by grants\n',
      );
      expect(exitCode).toBe(0);
    });

    it('says which would now be refused, and by which reason', async () => {
      const { out, exitCode } = await replay({
        [TRAINER]: { ...GRANTS[TRAINER], condition: "instance.zone == 'us-central1-a'" },
      });
      expect(out).toContain(`
These 3 would now be refused
       2  ${WORKER.serviceAccount} on 1 VM → ${READER}: no_grant, last 2026-11-17 14:00
       1  ${WORKER.serviceAccount} on 1 VM → ${TRAINER}: condition_false, last 2026-11-16 09:00
`);
      expect(exitCode).toBe(1);
    });

    it('says which would now get less, or be granted', async () => {
      const { out, exitCode } = await replay({
        [TRAINER]: { scopes: [READ], idTokenAudiences: ['https://api.example.com'] },
        [READER]: { scopes: [READ] },
        [target('other')]: { scopes: [READ] },
      });
      expect(out).toContain(
        `These 2 would now get less\n       2  ${WORKER.serviceAccount} on 2 VMs → ${TRAINER}: without ${WRITE}`,
      );
      expect(out).toContain('These 2 would now be granted\n');
      expect(out).toContain(`→ ${READER}: was condition_false`);
      expect(out).toContain(`→ ${target('other')}: was no_grant`);
      expect(exitCode).toBe(1);
    });

    it('says that one that asks for all would get what is left', async () => {
      const { out } = await replay({ ...GRANTS, [READER]: { scopes: [WRITE] } });
      expect(out).toContain(`→ ${READER}: without ${READ}, and refused where it asked for them by name`);
    });

    it('takes expiries at the time of the decision', async () => {
      const { out } = await replay({
        ...GRANTS,
        [TRAINER]: { ...GRANTS[TRAINER], expiresAt: hours(1).toISOString() },
      });
      expect(out).toContain('These 2 would now be refused\n');
      expect(out).toContain(`→ ${TRAINER}: grant_expired`);
    });

    it.each([
      [
        "instance.createdAt < timestamp('2027-01-01T00:00:00Z')",
        'its condition asks for what the log does not have',
      ],
      ['instance.confidential', 'its condition asks for what the log does not have'],
    ])('cannot tell about the condition %s', async (condition, why) => {
      const { out, exitCode } = await replay({ ...GRANTS, [TRAINER]: { ...GRANTS[TRAINER], condition } });
      expect(out).toContain('These 3 cannot be told\n');
      expect(out).toContain(`→ ${TRAINER}: ${why}`);
      expect(exitCode).toBe(0);
    });

    it('cannot tell about a VM whose own document no file has', async () => {
      const instance = { path: `principals/${WORKER_IDS.instance}`, data: { grants: GRANTS } };
      const entry = logEntry(
        await line(
          { audience: TRAINER },
          { documents: { instance, serviceAccount: undefined, killSwitch: undefined } },
        ),
      );
      const file = folder.write('vm.json', JSON.stringify(entry));
      const { out } = await desk('audit', file, '--replay', folder.write('grants.json', grantsFile(GRANTS)));
      expect(out).toContain('These 1 cannot be told');
      expect(out).toContain("the grant was in the VM's own document, which no file has");
    });

    it('has the same as JSON', async () => {
      const { json } = await replay({}, '--json');
      expect(json()).toMatchObject({
        replay: {
          counts: { same: 2, elsewhere: 1, unknown: 0, granted: 0, refused: 5, less: 0 },
          refused: [
            { target: TRAINER, why: 'no_grant', count: 3 },
            { target: READER, why: 'no_grant', count: 2 },
          ],
        },
      });
    });

    it('points at what is wrong with the grants file', async () => {
      const said = await desk(
        'audit',
        await weekFile(),
        '--replay',
        folder.write('grants.yaml', 'principal: {}\n'),
      );
      expect(said.err).toContain('grants.yaml:1:1: unknown field "principal": did you mean principals?');
      expect(said).toMatchObject({ exitCode: 65, out: '' });
    });
  });

  it('shows where entries are not whole, none of what is in them, and ends with 65', async () => {
    const secret = `ya29.${'a1B2'.repeat(20)}`;
    const broken = Array.from({ length: 7 }, () => `{"event":"token_decision","token":"${secret}`).join('\n');
    const said = await desk('audit', folder.write('log', `${await line({ audience: TRAINER })}${broken}\n`));
    expect(said.out).toContain('1 decision: 1 granted');
    expect(said.err).toMatch(
      /log:2: not a whole entry\n(?:.*\n){4}7 entries are not whole and not counted: export the log again\n$/,
    );
    expect(said.out + said.err).not.toContain(secret.slice(0, 24));
    expect(said.exitCode).toBe(65);
  });

  it('says so where a log has nothing of the functions', async () => {
    const said = await desk('audit', folder.write('log', '{"message":"hello"}\n'));
    expect(said.err).toContain('None of these entries is of the functions: export those with');
    expect(said.exitCode).toBe(0);
  });

  it.each([
    [[], 64, 'audit needs FILE…'],
    [['none.json'], 66, 'none.json does not exist: name a log export, or - for standard input'],
    [['.'], 66, '. cannot be read (EISDIR)'],
    [['none.json', '--since', 'yesterday'], 64, '--since has to be a day such as 2027-01-31'],
    [['none.json', '--until', '2026-13-01'], 64, '--until has to be a day'],
    [['none.json', '--principal', 'workers'], 64, '--principal has to be serviceAccount:EMAIL or'],
    [
      ['none.json', '--target', 'alice@example.com'],
      64,
      '--target has to be serviceAccount:EMAIL or user:EMAIL',
    ],
    [['none.json', '--replay', 'none.yaml'], 66, 'none.yaml does not exist'],
  ])('with %j ends with %i', async (words, exitCode, message) => {
    const said = await desk('audit', ...words);
    expect(said.err).toContain(message);
    expect({ exitCode: said.exitCode, out: said.out }).toEqual({ exitCode, out: '' });
  });

  it('says what is no gzip', async () => {
    const said = await desk('audit', folder.write('log.gz', 'hello'));
    expect(said.err).toContain('log.gz is not gzip');
    expect(said.exitCode).toBe(66);
  });
});
