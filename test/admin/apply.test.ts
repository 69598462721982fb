import { afterEach, beforeEach, expect, it } from 'vitest';
import type { GrantsDatabase } from '../../admin/database/grants-database.ts';
import { createDocumentWriter, type DocumentWriter } from '../support/firestore/documents.ts';
import { describeWithFirestore } from '../support/firestore/describe-with-firestore.ts';
import { createDesk, createFolder, type Desk, type Folder } from './desk.ts';
import { fleetFile, fleetsFile, FLEET, PIN, READ, target, VM, WRITE } from './grants-texts.ts';
import { createDocumentReader, type DocumentReader } from './document-reader.ts';

describeWithFirestore('grants apply', ({ emulator, projectId }) => {
  let ann: Desk;
  let bob: Desk;
  let stored: DocumentReader;
  let documents: DocumentWriter;
  let folder: Folder;

  beforeEach(() => {
    ann = createDesk({ projectId });
    bob = createDesk({ projectId, operator: 'bob' });
    stored = createDocumentReader(emulator(), projectId);
    documents = createDocumentWriter(emulator(), { projectId });
    folder = createFolder();
  });
  afterEach(async () => {
    folder.remove();
    await emulator().clear(projectId);
  });

  const file = (text: string, name = 'grants.yaml') => folder.write(name, text);
  const apply = (desk: Desk, text: string, ...flags: readonly string[]) =>
    desk('grants', 'apply', file(text), '--yes', ...flags);
  const planned = async (desk: Desk, text: string, name = 'plan.json') => {
    const out = `${folder.path}/${name}`;
    expect(await desk('grants', 'plan', file(text), '--out', out)).toMatchObject({ exitCode: 0 });
    return out;
  };

  it('writes what the files say, scope sets written out, and instants as timestamps', async () => {
    const text = `scopeSets: { read: [${READ}] }\n${fleetFile('expiresAt: 2027-01-01T00:00:00Z').replace(`scopes: [${READ}]`, 'scopeSets: [read]')}`;
    expect(await apply(ann, text)).toMatchObject({ exitCode: 0 });
    expect(await stored.document(`principals/${FLEET}`)).toEqual({
      uniqueId: { stringValue: PIN },
      grants: {
        mapValue: {
          fields: {
            [target('trainer')]: {
              mapValue: {
                fields: {
                  scopes: { arrayValue: { values: [{ stringValue: READ }] } },
                  expiresAt: { timestampValue: '2027-01-01T00:00:00Z' },
                },
              },
            },
          },
        },
      },
    });
  });

  it('replaces a document whole: fields that the file does not have go', async () => {
    await documents.set(`principals/${FLEET}`, { uniqueId: PIN, disabled: true, 'odd.field': 1, grants: {} });
    expect(await apply(ann, fleetFile(), '--allow-widenings')).toMatchObject({ exitCode: 0 });
    expect(Object.keys(await stored.document(`principals/${FLEET}`)).toSorted()).toEqual([
      'grants',
      'uniqueId',
    ]);
  });

  it('touches nothing else: no instance that no file names, no kill switch, no document that is the same', async () => {
    await apply(ann, fleetFile());
    await documents.set(`principals/${VM}`, { grants: {} });
    await documents.set('controls/kill-switch', { engaged: true });
    const before = await stored.versions('principals');
    const text = `${fleetFile()}controls: { kill-switch: { engaged: false } }\n`;
    const { out, exitCode } = await apply(ann, `${fleetsFile(1)}${text.replace('principals:\n', '')}`);
    expect(exitCode).toBe(0);
    expect(out).toContain(
      '1 to create, 0 to change, 0 to delete, 1 unchanged; 1 of instances that no file names are left alone',
    );
    expect(await stored.versions('principals')).toMatchObject(before);
    expect(await stored.document('controls/kill-switch')).toEqual({ engaged: { booleanValue: true } });
  });

  it('deletes instances that no file names where asked', async () => {
    await documents.set(`principals/${VM}`, { grants: {} });
    expect(await apply(ann, 'principals: {}\n', '--instances', '--allow-deletions')).toMatchObject({
      exitCode: 0,
    });
    expect(await stored.versions('principals')).toEqual({});
  });

  it.each([
    ['a deletion', 'principals: {}\n', '--allow-deletions (1 documents are deleted, 1 permissions lost)'],
    [
      'a loss',
      fleetFile()
        .replace(/ {6}service[^]*/, '')
        .replace('grants:', 'grants: {}'),
      '--allow-deletions (0 documents are deleted, 1 permissions lost)',
    ],
    ['a widening', fleetFile().replace(READ, `${READ}, ${WRITE}`), '--allow-widenings (1 permissions widen)'],
    ['a longer life', fleetFile('lifetimeSeconds: 7200'), '--allow-widenings (1 permissions widen)'],
    [
      'another pin',
      fleetFile().replace(PIN, '109422233875895820599'),
      '--allow-widenings (1 permissions widen)',
    ],
  ])('without a person refuses %s that is not allowed', async (_, text, flag) => {
    await apply(ann, fleetFile());
    const before = await stored.versions('principals');
    const { exitCode, err } = await apply(ann, text);
    expect(err).toContain(`nothing was applied: this plan needs ${flag}`);
    expect(exitCode).toBe(77);
    expect(await stored.versions('principals')).toEqual(before);
  });

  it('asks a person, and takes nothing but yes for one', async () => {
    for (const answer of ['y', 'no', '', undefined]) {
      const desk = createDesk({ projectId, ...(answer !== undefined && { answer }) });
      expect(await desk('grants', 'apply', file(fleetFile()))).toMatchObject({ exitCode: 77 });
    }
    expect(await stored.versions('principals')).toEqual({});
    const desk = createDesk({ projectId, answer: 'yes' });
    expect(await desk('grants', 'apply', file(fleetFile()))).toMatchObject({ exitCode: 0 });
  });

  it.each([
    ['changed', { uniqueId: PIN, grants: {} }],
    ['deleted', undefined],
  ])('applies nothing of a plan one of whose documents was %s since', async (_, data) => {
    await apply(ann, fleetsFile(3));
    const plan = await planned(ann, fleetsFile(3, WRITE));
    const path = 'principals/serviceAccount:fleet-00001@acme-workers.iam.gserviceaccount.com';
    await (data === undefined ? documents.delete(path) : documents.set(path, data));
    const before = await stored.versions('principals');
    const { exitCode, err } = await bob('grants', 'apply', '--plan', plan, '--yes', '--allow-widenings');
    expect(err).toContain(
      'fleet-00001@acme-workers.iam.gserviceaccount.com changed after the plan was made; nothing of this plan was applied',
    );
    expect(exitCode).toBe(75);
    expect(await stored.versions('principals')).toEqual(before);
  });

  it('applies nothing of a plan to create what somebody else has created', async () => {
    const plan = await planned(ann, fleetFile());
    await documents.set(`principals/${FLEET}`, { uniqueId: PIN, grants: {} });
    expect(await ann('grants', 'apply', '--plan', plan, '--yes')).toMatchObject({ exitCode: 75 });
  });

  it('applies nothing at all of a plan whose last document has changed', async () => {
    await apply(ann, fleetsFile(150));
    const plan = await planned(ann, fleetsFile(150, WRITE));
    await documents.set('principals/serviceAccount:fleet-00149@acme-workers.iam.gserviceaccount.com', {
      uniqueId: PIN,
      grants: {},
    });
    const before = await stored.versions('principals');
    const { exitCode, err } = await ann('grants', 'apply', '--plan', plan, '--yes', '--allow-widenings');
    expect(err).toContain('changed after the plan was made; nothing of this plan was applied');
    expect(exitCode).toBe(75);
    expect(await stored.versions('principals')).toEqual(before);
  });

  /** Something happens just before a commit is sent, when all has been looked at. */
  const deskBefore = (commit: number, happens: () => Promise<unknown>) => {
    let count = 0;
    return createDesk({
      projectId,
      around: (database) => ({
        ...database,
        commit: async (...words) => {
          count += 1;
          if (count === commit) await happens();
          return database.commit(...words);
        },
      }),
    });
  };

  it('overwrites no document that changes at the last moment', async () => {
    await apply(ann, fleetsFile(2));
    const path = 'principals/serviceAccount:fleet-00001@acme-workers.iam.gserviceaccount.com';
    const desk = deskBefore(1, () => documents.set(path, { uniqueId: PIN, disabled: true, grants: {} }));
    const { exitCode, err } = await desk(
      'grants',
      'apply',
      file(fleetsFile(2, WRITE)),
      '--yes',
      '--allow-widenings',
    );
    expect(err).toContain(
      'fleet-00001@acme-workers.iam.gserviceaccount.com changed after the plan was made; nothing',
    );
    expect(exitCode).toBe(75);
    expect(await stored.document(path)).toMatchObject({ disabled: { booleanValue: true } });
    expect((await stored.texts('principals')).filter((text) => text.includes(WRITE))).toEqual([]);
  });

  it('deletes no document that changes at the last moment', async () => {
    await apply(ann, fleetsFile(1));
    const path = 'principals/serviceAccount:fleet-00000@acme-workers.iam.gserviceaccount.com';
    const desk = deskBefore(1, () => documents.set(path, { uniqueId: PIN, disabled: true, grants: {} }));
    const words = ['grants', 'apply', file('principals: {}\n'), '--yes', '--allow-deletions'];
    expect(await desk(...words)).toMatchObject({ exitCode: 75 });
    expect(await stored.document(path)).toMatchObject({ disabled: { booleanValue: true } });
  });

  it('lets nobody in between two looks at the desk, though the documents are other ones', async () => {
    await apply(ann, fleetsFile(1));
    const other = `${fleetsFile(1)}${fleetFile().replace('principals:\n', '')}`;
    const desk = deskBefore(1, () => apply(bob, other));
    const { exitCode, err } = await desk(
      'grants',
      'apply',
      file(fleetsFile(1, WRITE), 'ann.yaml'),
      '--yes',
      '--allow-widenings',
    );
    expect(err).toMatch(/bob has begun another apply, \S+; nothing of this plan was applied/);
    expect(exitCode).toBe(75);
    expect((await stored.texts('principals')).filter((text) => text.includes(WRITE))).toEqual([]);
  });

  it('of two plans made side by side lets the first win, and tells the other who it was', async () => {
    const first = await planned(ann, fleetsFile(2), 'ann.json');
    const second = await planned(bob, fleetFile(), 'bob.json');
    expect(await ann('grants', 'apply', '--plan', first, '--yes')).toMatchObject({ exitCode: 0 });
    const { exitCode, err } = await bob('grants', 'apply', '--plan', second, '--yes');
    expect(err).toMatch(
      /ann applied 2 changes at .*, after this plan was made; nothing of it was applied. See token-vending grants history \S+, then make a new plan/,
    );
    expect(exitCode).toBe(75);
    expect(Object.keys(await stored.versions('principals'))).toHaveLength(2);
  });

  it('of two applies at the same moment lets one win, and never mixes them', async () => {
    const one = await planned(ann, fleetsFile(250, READ), 'ann.json');
    const other = await planned(bob, fleetsFile(250, WRITE), 'bob.json');
    const said = await Promise.all([
      ann('grants', 'apply', '--plan', one, '--yes'),
      bob('grants', 'apply', '--plan', other, '--yes'),
    ]);
    expect(new Set(said.map(({ exitCode }) => exitCode))).toEqual(new Set([0, 75]));
    const winner = said[0]?.exitCode === 0 ? READ : WRITE;
    const texts = await stored.texts('principals');
    expect(texts).toHaveLength(250);
    expect(texts.filter((text) => !text.includes(winner))).toEqual([]);
  });

  it('does a plan once: a second time there is nothing to do', async () => {
    const plan = await planned(ann, fleetsFile(2));
    await ann('grants', 'apply', '--plan', plan, '--yes');
    const before = await stored.versions('principals');
    const { exitCode, out } = await bob('grants', 'apply', '--plan', plan, '--yes');
    expect(out).toContain('This plan has been applied before: token-vending grants history');
    expect(exitCode).toBe(0);
    expect(await stored.versions('principals')).toEqual(before);
  });

  /** A desk whose process ends after so many commits. */
  const dyingDesk = (commits: number, operator = 'ann', answersLost = false) =>
    createDesk({ projectId, operator, around: (database) => failingAfter(database, commits, answersLost) });

  it.each(['with its plan', 'with its files'])(
    'that was interrupted goes on %s, and does nothing twice',
    async (how) => {
      const plan = await planned(ann, fleetsFile(250));
      const words = how === 'with its plan' ? ['--plan', plan] : [file(fleetsFile(250))];
      const { exitCode, err } = await dyingDesk(1)('grants', 'apply', ...words, '--yes');
      expect(err).toContain(
        '100 of 250 changes are applied: run the same apply again, it goes on from there',
      );
      expect(exitCode).toBe(70);
      const half = await stored.versions('principals');
      expect(Object.keys(half)).toHaveLength(100);

      expect((await ann('status')).out).toContain('is under way or was interrupted: 100 of 250 changes');
      expect(await ann('grants', 'apply', ...words, '--yes')).toMatchObject({ exitCode: 0 });
      const all = await stored.versions('principals');
      expect(Object.keys(all)).toHaveLength(250);
      expect(all).toMatchObject(half);
      expect(await ann('grants', 'drift', file(fleetsFile(250)))).toMatchObject({ exitCode: 0 });
    },
  );

  it('that was interrupted is replaced by one that wants something else where that is said', async () => {
    await dyingDesk(1)('grants', 'apply', file(fleetsFile(150)), '--yes');
    const text = fleetsFile(120, WRITE);
    const refused = await apply(bob, text, '--allow-widenings');
    expect(refused.err).toMatch(
      /the apply \S+ of ann has stopped at 100 of 150 changes, .* add --take-over to replace it; nothing was applied/,
    );
    expect(refused.exitCode).toBe(75);
    expect(await apply(bob, text, '--allow-widenings', '--take-over')).toMatchObject({ exitCode: 0 });
    const texts = await stored.texts('principals');
    expect(texts).toHaveLength(120);
    expect(texts.filter((one) => !one.includes(WRITE))).toEqual([]);
  });

  it('knows its own batch again where the answer to it was lost', async () => {
    const desk = dyingDesk(0, 'ann', true);
    expect(await desk('grants', 'apply', file(fleetsFile(5)), '--yes')).toMatchObject({ exitCode: 0 });
    expect(Object.keys(await stored.versions('principals'))).toHaveLength(5);
  });

  it('is stopped between batches by who takes over, and says how far it came', async () => {
    let commits = 0;
    const slow = createDesk({
      projectId,
      around: (database) => ({
        ...database,
        commit: async (...words) => {
          commits += 1;
          if (commits === 2) await apply(bob, fleetsFile(250, WRITE), '--allow-widenings', '--take-over');
          return database.commit(...words);
        },
      }),
    });
    const { exitCode, err } = await slow('grants', 'apply', file(fleetsFile(250), 'slow.yaml'), '--yes');
    expect(err).toMatch(
      /bob has begun another apply, \S+; 100 of 250 changes of this plan are applied. Make a new plan/,
    );
    expect(exitCode).toBe(75);
    expect((await stored.texts('principals')).filter((one) => !one.includes(WRITE))).toEqual([]);
  });

  it('leaves who, when, which commit and what in the history', async () => {
    await apply(ann, fleetFile());
    await apply(bob, fleetFile('lifetimeSeconds: 7200'), '--allow-widenings');
    const history = (
      (await ann('grants', 'history', '--json')).json() as {
        history: { id: string; by: string; of: number; state: string }[];
      }
    ).history;
    expect(history).toMatchObject([
      { by: 'bob', of: 1, state: 'done' },
      { by: 'ann', of: 1, state: 'done' },
    ]);
    const { out } = await ann('grants', 'history', history[0]?.id ?? '');
    expect(out).toContain(
      `${FLEET} (changed)\n  !! widens ${target('trainer')}: lifetimeSeconds none → 7200`,
    );
    expect(await ann('grants', 'history', 'no-such')).toMatchObject({ exitCode: 66 });
  });

  it.each([
    [['grants', 'apply'], 64, 'needs paths of grants files, or --plan FILE'],
    [['grants', 'apply', 'a.yaml', '--plan', 'b.json'], 64, 'needs paths of grants files, or --plan FILE'],
    [['grants', 'apply', '--plan', 'none.json'], 66, 'none.json cannot be read'],
  ])('%j ends with %i', async (words, exitCode, message) => {
    const said = await ann(...words);
    expect(said.err).toContain(message);
    expect(said.exitCode).toBe(exitCode);
  });

  it('says so where a document is larger than Firestore takes, and writes nothing', async () => {
    const scope = (index: number) => `https://www.googleapis.com/auth/${String(index).padStart(200, 'x')}`;
    const scopes = Array.from({ length: 6000 }, (_, index) => scope(index)).join(', ');
    const { exitCode, err } = await apply(ann, fleetFile().replace(READ, scopes));
    expect(err).toContain('does not take what is written: a document may hold 1 MiB');
    expect(err).toContain('0 of 1 changes are applied');
    expect(exitCode).toBe(65);
    expect(await stored.versions('principals')).toEqual({});
  });

  it('takes no plan that it has not written', async () => {
    const plan = folder.write('plan.json', '{"format": "something else"}');
    const { exitCode, err } = await ann('grants', 'apply', '--plan', plan, '--yes');
    expect(err).toContain('is no plan of this version: make one with grants plan --out');
    expect(exitCode).toBe(65);
  });
});

/** Fails from then on; where answers are lost, the batch itself gets through. */
function failingAfter(database: GrantsDatabase, commits: number, answersLost: boolean): GrantsDatabase {
  let count = 0;
  return {
    ...database,
    commit: async (...words) => {
      count += 1;
      if (count <= commits) return database.commit(...words);
      if (answersLost) await database.commit(...words);
      throw new Error('the process ends here');
    },
  };
}
