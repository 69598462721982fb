import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWithFirestore } from '../support/firestore/describe-with-firestore.ts';
import { createDocumentWriter } from '../support/firestore/documents.ts';
import { createDesk, type Desk } from './desk.ts';
import { createDocumentReader, type DocumentReader } from './document-reader.ts';
import { VM } from './grants-texts.ts';

const ALICE = 'user:alice@example.com';

describeWithFirestore('the kill switch', ({ emulator, projectId }) => {
  let desk: Desk;
  let reader: DocumentReader;
  beforeEach(() => {
    desk = createDesk({ projectId });
    reader = createDocumentReader(emulator(), projectId);
  });
  afterEach(() => emulator().clear(projectId));

  const WHY = ['--reason', 'ticket 4711', '--yes'];
  const stored = () => reader.document('controls/kill-switch');

  it('stops a target and a principal, then lets each through again, with reasons in the history', async () => {
    await desk('kill', '--target', ALICE, ...WHY);
    await desk('kill', '--principal', VM, ...WHY);
    expect((await desk('status')).out).toContain(
      `target ${ALICE} is stopped (ticket 4711)\nprincipal ${VM} is stopped`,
    );
    await desk('unkill', '--target', ALICE, '--reason', 'closed', '--yes');
    expect(await stored()).toMatchObject({
      engaged: { booleanValue: false },
      principals: { arrayValue: { values: [{ stringValue: VM }] } },
    });
    const { out } = await desk('grants', 'history');
    expect(out).toMatch(
      new RegExp(`unkill ${ALICE} {2}closed\n.*kill ${VM} {2}ticket 4711\n.*kill ${ALICE} {2}ticket 4711\n`),
    );
  });

  it('stops everything, and keeps what was stopped before', async () => {
    await desk('kill', '--target', ALICE, ...WHY);
    await desk('kill', '--everything', ...WHY);
    expect(await stored()).toMatchObject({
      engaged: { booleanValue: true },
      targets: { arrayValue: { values: [{ stringValue: ALICE }] } },
    });
    await desk('kill', '--target', 'user:bob@example.com', ...WHY);
    expect(await stored()).toMatchObject({ engaged: { booleanValue: true } });
    expect((await desk('unkill', '--everything', ...WHY)).out).toBe('Nothing is stopped.\n');
  });

  it.each(['kill', 'unkill'])(
    '%s --everything replaces a switch that is malformed, which nothing else touches',
    async (verb) => {
      await createDocumentWriter(emulator(), { projectId }).set('controls/kill-switch', { target: ALICE });
      const refused = await desk(verb, '--target', ALICE, ...WHY);
      expect(refused.err).toContain(
        'controls/kill-switch: target is not a field that this document may have: every exchange fails until it is mended',
      );
      expect(refused.exitCode).toBe(65);
      expect(await desk('status')).toMatchObject({ exitCode: 65 });
      expect(await desk(verb, '--everything', ...WHY)).toMatchObject({ exitCode: 0 });
      expect(await stored()).not.toHaveProperty('target');
    },
  );

  it.each([
    [['kill', '--everything', '--yes'], 64, 'kill needs --reason TEXT'],
    [['kill', '--reason', 'x', '--yes'], 64, 'kill needs --everything, --target MEMBER or --principal ID'],
    [
      ['kill', '--target', 'alice@example.com', ...WHY],
      64,
      '--target has to be serviceAccount:EMAIL or user:EMAIL',
    ],
    [['kill', '--principal', ALICE, ...WHY], 64, '--principal has to be'],
    [
      ['kill', '--everything', '--reason', 'x'],
      77,
      'nothing was done: there is nobody to ask here: add --yes',
    ],
  ])('%j ends with %i, and nothing is written', async (words, exitCode, message) => {
    const said = await desk(...words);
    expect(said.err).toContain(message);
    expect(said.exitCode).toBe(exitCode);
    await expect(stored()).rejects.toThrow('404');
  });
});
