import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWithFirestore } from '../../support/firestore/describe-with-firestore.ts';
import { createDocumentWriter } from '../../support/firestore/documents.ts';
import { NOW } from '../../support/domain/clock.ts';
import { createDesk, createFolder, type Desk, type Folder } from '../desk.ts';
import { FLEET, fleetFile, PIN, READ, target, VM } from '../grants-texts.ts';
import { ALL } from './company.ts';

const TRAINER = target('trainer');
const CACHE = target('cache');

/** A fleet that can become the trainer, whose VMs can become the cache; and a VM. */
const CHAIN = `principals:
  ${FLEET}:
    uniqueId: '${PIN}'
    grants:
      ${TRAINER}:
        scopes: [${ALL}]
        condition: instance.zone.startsWith('us-central1-')
  ${TRAINER}:
    uniqueId: '109422233875895820586'
    grants:
      ${CACHE}:
        scopes: [${READ}]
  ${VM}:
    uniqueId: '${PIN}'
    grants:
      user:alice@example.com:
        signer: dwd-signer@acme-identity.iam.gserviceaccount.com
        scopes: [https://www.googleapis.com/auth/drive.readonly]
`;

describeWithFirestore('reach', ({ emulator, projectId }) => {
  let desk: Desk;
  let folder: Folder;
  beforeEach(() => {
    desk = createDesk({ projectId, now: NOW });
    folder = createFolder();
  });
  afterEach(async () => {
    folder.remove();
    await emulator().clear(projectId);
  });

  it('says what a principal can become, step by step, of what is stored', async () => {
    await desk('grants', 'apply', folder.write('grants.yaml', CHAIN), '--yes');
    const { out, exitCode } = await desk('reach', '--principal', FLEET);
    expect(out).toBe(`${FLEET} can become 2
  ${CACHE}  through 3 steps
      → ${TRAINER}  granted in principals/${FLEET}: cloud-platform, 3600 s, where instance.zone.startsWith('us-central1-')
      → ${TRAINER}  if it may start or enter a VM that runs as it
      → ${CACHE}  granted in principals/${TRAINER}: devstorage.read_only, 3600 s
  ${TRAINER}  granted in principals/${FLEET}: cloud-platform, 3600 s, where instance.zone.startsWith('us-central1-')

1 principal can become 2 targets; 1 of 2 ways through others.
`);
    expect(exitCode).toBe(0);
  });

  it('says who can become a target, VMs of the fleet too, of files and of the database alike', async () => {
    const file = folder.write('grants.yaml', CHAIN);
    await desk('grants', 'apply', file, '--yes');
    const stored = await desk('reach', '--target', CACHE);
    expect(stored.out).toContain(`${CACHE} can be become by 3\n  ${VM}  through 3 steps\n`);
    expect(await desk('reach', file, '--target', CACHE)).toEqual({
      ...stored,
      json: expect.any(Function) as unknown,
    });
  });

  it('has the same as JSON', async () => {
    const said = await desk('reach', folder.write('grants.yaml', CHAIN), '--json');
    expect(said.json()).toMatchObject({
      at: NOW.toISOString(),
      principals: [
        { principal: VM, serviceAccount: FLEET.slice('serviceAccount:'.length) },
        { principal: TRAINER, reaches: [{ target: CACHE, direct: { isOpen: true, power: 'read' } }] },
        {
          principal: FLEET,
          reaches: [
            {
              target: CACHE,
              chain: { isCertain: false, isConditional: true, steps: [{}, { kind: 'vm' }, {}] },
            },
            { target: TRAINER, direct: { isOpen: true, isConditional: true, power: 'all' } },
          ],
        },
      ],
      targets: [
        { target: CACHE, principals: [VM, TRAINER, FLEET] },
        { target: TRAINER, principals: [VM, FLEET] },
        { target: 'user:alice@example.com', principals: [VM] },
      ],
    });
  });

  it('draws the same, as an SVG or as a page with all of it in words', async () => {
    const file = folder.write('grants.yaml', CHAIN);
    for (const name of ['reach.svg', 'reach.html']) {
      const picture = `${folder.path}/${name}`;
      const { out, exitCode } = await desk('reach', file, '--picture', picture);
      expect({ out, exitCode }).toEqual({
        out: `3 principals can become 3 targets; 2 of 6 ways through others.\nThe picture is in ${picture}.\n`,
        exitCode: 0,
      });
      expect(readFileSync(picture, 'utf8')).toContain('>VM of trainer@acme-data<');
    }
    expect(readFileSync(`${folder.path}/reach.html`, 'utf8')).toContain(`${CACHE} can be become by 3`);
  });

  it('counts what is stopped as no way', async () => {
    await desk('grants', 'apply', folder.write('grants.yaml', CHAIN), '--yes');
    await desk('kill', '--target', TRAINER, '--reason', 'ticket 4711', '--yes');
    const { out } = await desk('reach', '--principal', FLEET);
    expect(out).toContain(
      `${FLEET} can become nobody\n  ${TRAINER}  granted in principals/${FLEET}: not now, kill_switch_target`,
    );
  });

  it('keeps users above the ceilings of delegate out, where it is told them', async () => {
    const file = folder.write('grants.yaml', CHAIN);
    const ask = (...flags: readonly string[]) => desk('reach', file, '--principal', VM, ...flags);
    expect((await ask()).out).toContain('user:alice@example.com  granted in');
    expect((await ask('--delegation-subjects', '@other.example')).out).toContain('not now, ceiling_subject');
  });

  it('shows documents that nobody can read as what they are', async () => {
    const writer = createDocumentWriter(emulator(), { projectId });
    await writer.set(`principals/${FLEET}`, {
      uniqueId: PIN,
      disabld: true,
      grants: { [TRAINER]: { scopes: [READ] } },
    });
    await writer.set(`principals/${VM}`, { grants: 'none' });
    const { out, exitCode } = await desk('reach');
    expect(out).toContain(`${TRAINER}  granted in principals/${FLEET}: not now, document_malformed`);
    expect(out).toContain(`${VM} can become nobody; pinned to no fleet that is stored`);
    expect(exitCode).toBe(0);
  });

  it.each([
    [['--principal', FLEET.replace('workers@', 'worker@')], 66, `did you mean ${FLEET}?`],
    [['--target', target('trainr')], 66, `nobody can become ${target('trainr')} in`],
    [['--picture', 'reach.png'], 64, '--picture has to be a file that ends in .svg or .html'],
    [['--picture', '/nowhere/at/all.svg'], 66, '/nowhere/at/all.svg cannot be written'],
    [['--principl', 'x'], 64, 'did you mean --principal?'],
  ])('with %j ends with %i, and draws nothing', async (flags, exitCode, message) => {
    const said = await desk('reach', folder.write('grants.yaml', fleetFile()), ...flags);
    expect(said.err).toContain(message);
    expect({ exitCode: said.exitCode, out: said.out }).toEqual({ exitCode, out: '' });
    expect(existsSync('reach.png')).toBe(false);
  });

  it('points at what is wrong with a file', async () => {
    const said = await desk('reach', folder.write('grants.yaml', fleetFile('scope: x')));
    expect(said.err).toContain('grants.yaml:7:9: unknown field "scope": did you mean scopes?');
    expect(said.exitCode).toBe(65);
  });
});
