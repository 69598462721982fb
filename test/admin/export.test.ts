import * as fc from '../support/properties.ts';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWithFirestore } from '../support/firestore/describe-with-firestore.ts';
import {
  createDocumentWriter,
  type DocumentData,
  type DocumentWriter,
} from '../support/firestore/documents.ts';
import { createDesk, createFolder, type Desk, type Folder } from './desk.ts';
import { createDocumentReader } from './document-reader.ts';
import { generatedDocument } from './generated-documents.ts';
import { fleetFile, FLEET, PIN, READ, target, VM, WRITE } from './grants-texts.ts';

describeWithFirestore('grants export', ({ emulator, projectId }) => {
  let desk: Desk;
  let documents: DocumentWriter;
  let folder: Folder;
  beforeEach(() => {
    desk = createDesk({ projectId });
    documents = createDocumentWriter(emulator(), { projectId });
    folder = createFolder();
  });
  afterEach(async () => {
    folder.remove();
    await emulator().clear(projectId);
  });

  const store = (data: DocumentData) => documents.set(`principals/${FLEET}`, data);
  const trainer = (scopes: readonly string[], more: DocumentData = {}) => ({
    uniqueId: PIN,
    grants: { [target('trainer')]: { scopes, ...more } },
  });

  it('prints a file that has the database as it is', async () => {
    await store({
      ...trainer([READ], { lifetimeSeconds: 3600, expiresAt: new Date('2027-01-01T00:00:00Z') }),
      disabled: false,
    });
    const { out } = await desk('grants', 'export');
    expect(out).toBe(`principals:
  ${FLEET}:
    uniqueId: '${PIN}'
    disabled: false
    grants:
      ${target('trainer')}:
        scopes: [${READ}]
        expiresAt: 2027-01-01T00:00:00Z
        lifetimeSeconds: 3600
`);
  });

  it('leaves instances out unless they are asked for', async () => {
    await documents.set(`principals/${VM}`, { grants: {} });
    expect((await desk('grants', 'export')).out).toBe('principals: {}\n');
    expect((await desk('grants', 'export', '--instances')).out).toBe(
      `principals:\n  ${VM}:\n    grants: {}\n`,
    );
  });

  it('into a file changes what differs, and keeps comments, order, scope sets and the rest', async () => {
    const file = folder.write(
      'grants.yaml',
      `# ours
scopeSets: { read: [${READ}] } # often
principals:
  # the fleet
  ${FLEET}:
    uniqueId: '${PIN}' # of 2025
    grants:
      # trains
      ${target('trainer')}:
        scopeSets: [read]
        lifetimeSeconds: 3600 # an hour
      # reports
      ${target('reporter')}:
        scopeSets: [read]
      ${target('gone')}: { scopes: [${READ}] }
`,
    );
    await store({
      uniqueId: PIN,
      grants: {
        [target('trainer')]: { scopes: [READ], lifetimeSeconds: 900 },
        [target('reporter')]: { scopes: [WRITE] },
        [target('new')]: { scopes: [READ] },
      },
    });
    await documents.set(
      'principals/serviceAccount:other@acme-workers.iam.gserviceaccount.com',
      trainer([READ]),
    );
    expect(await desk('grants', 'export', file)).toMatchObject({ exitCode: 0, out: `Updated ${file}\n` });
    expect(readFileSync(file, 'utf8')).toBe(`# ours
scopeSets: {read: [${READ}]} # often
principals:
  # the fleet
  ${FLEET}:
    uniqueId: '${PIN}' # of 2025
    grants:
      # trains
      ${target('trainer')}:
        scopeSets: [read]
        lifetimeSeconds: 900 # an hour
      # reports
      ${target('reporter')}:
        scopes: [${WRITE}]
      ${target('new')}:
        scopes: [${READ}]
  serviceAccount:other@acme-workers.iam.gserviceaccount.com:
    uniqueId: '${PIN}'
    grants:
      ${target('trainer')}:
        scopes: [${READ}]
`);
    expect(await desk('grants', 'drift', file)).toMatchObject({ exitCode: 0 });
    expect((await desk('grants', 'export', file)).out).toBe('The files say what is stored.\n');
  });

  it('into a folder changes each file alone', async () => {
    const one = folder.write('many/1.yaml', fleetFile());
    const two = folder.write('many/2.yaml', `scopeSets: { read: [${READ}] }\n`);
    await store(trainer([WRITE]));
    expect((await desk('grants', 'export', `${folder.path}/many`)).out).toBe(`Updated ${one}\n`);
    expect(readFileSync(two, 'utf8')).toBe(`scopeSets: { read: [${READ}] }\n`);
  });

  it.each<[string, DocumentData, string]>([
    ['a malformed document', { uniqueId: PIN, grants: { allUsers: {} } }, 'allUsers is not a target'],
    ['an unknown field', { ...trainer([READ]), owner: 'ann' }, 'unknown field "owner"'],
    ['a document without its pin', { grants: {} }, 'uniqueId is missing'],
  ])('refuses %s, which no file can hold, and writes nothing', async (_, data, problem) => {
    await store(data);
    const file = folder.write('grants.yaml', fleetFile());
    const { exitCode, err } = await desk('grants', 'export', file);
    expect(err).toContain(`${FLEET}: ${problem}`);
    expect(err).toContain('mend or delete what is listed above; nothing was written');
    expect(exitCode).toBe(65);
    expect(readFileSync(file, 'utf8')).toBe(fleetFile());
  });

  it('and applied again changes nothing, whatever the documents', { timeout: 120_000 }, async () => {
    const reader = createDocumentReader(emulator(), projectId);
    const ids = fc.uniqueArray(
      fc.constantFrom(FLEET, VM, 'serviceAccount:b@p.iam.gserviceaccount.com', 'instance:1:2'),
      { maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(
        ids.chain((chosen) => fc.tuple(...chosen.map((id) => fc.tuple(fc.constant(id), generatedDocument)))),
        async (written) => {
          await emulator().clear(projectId);
          for (const [id, data] of written) await documents.set(`principals/${id}`, data);
          const before = await reader.versions('principals');
          const { out, err, exitCode } = await desk('grants', 'export', '--instances');
          expect({ err, exitCode }).toEqual({ err: '', exitCode: 0 });
          const file = folder.write('exported.yaml', out);
          const applied = await desk('grants', 'apply', file, '--instances', '--yes');
          expect(applied).toMatchObject({ exitCode: 0, err: '' });
          expect(applied.out).toContain('No changes');
          expect(await reader.versions('principals')).toEqual(before);
        },
      ),
      { numRuns: 60 },
    );
  });
});
