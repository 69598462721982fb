/**
 * The built command, ended by SIGKILL at random moments of an apply, half of them between its first batch and its last: nothing is lost and nothing is applied twice.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithFirestore } from '../support/firestore/describe-with-firestore.ts';
import { tether } from '../support/processes/tether.ts';
import { createDesk, createFolder, type Desk, type Folder } from './desk.ts';
import { createDocumentReader, type DocumentReader } from './document-reader.ts';
import { fleetsFile, READ, WRITE } from './grants-texts.ts';

const COMMAND = new URL('../../dist/token-vending.mjs', import.meta.url).pathname;
const FLEETS = 600;
const KILLS = 20;

/** After so many milliseconds, or once it has written a batch more. */
type Moment = number | 'amid its batches' | 'never';

describeWithFirestore('an apply of the built command', ({ emulator, projectId }) => {
  let folder: Folder;
  let desk: Desk;
  let reader: DocumentReader;
  beforeAll(() => {
    folder = createFolder();
    desk = createDesk({ projectId });
    reader = createDocumentReader(emulator(), projectId);
  });
  afterAll(() => folder.remove());

  /** The exit code, or null where it was killed. */
  async function apply(plan: string, killed: Moment): Promise<number | null> {
    const words = ['grants', 'apply', '--plan', plan, '--yes', '--allow-widenings', '--project', projectId];
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: folder.path,
      FIRESTORE_EMULATOR_HOST: emulator().host,
      METADATA_SERVER_DETECTION: 'none',
    };
    const before = killed === 'amid its batches' ? await latestApply() : '';
    const child = spawn(process.execPath, [COMMAND, ...words], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    tether(child);
    const exit = once(child, 'exit') as Promise<[number | null]>;
    const timer = typeof killed === 'number' ? setTimeout(() => child.kill('SIGKILL'), killed) : undefined;
    // once it has written something more, whatever the pace of this machine, it is in the middle of the rest
    if (killed === 'amid its batches') {
      while (child.exitCode === null && (await latestApply()) === before);
      child.kill('SIGKILL');
    }
    const [code] = await exit;
    clearTimeout(timer);
    return code;
  }

  async function latestApply(): Promise<string> {
    return JSON.stringify(await reader.document('history/latest').catch(() => undefined));
  }

  async function appliedChanges(): Promise<number> {
    const record = await reader.document('history/latest').catch(() => undefined);
    return Number((record?.['applied'] as { integerValue?: string } | undefined)?.integerValue ?? 0);
  }

  /** What was on its way when the process was killed may still arrive while the pages of a list are read. */
  async function settled(scope: string): Promise<{ applied: number; written: number }> {
    const applied = await appliedChanges();
    const written = (await reader.texts('principals')).filter((text) => text.includes(scope)).length;
    return (await appliedChanges()) === applied ? { applied, written } : settled(scope);
  }

  it(
    `killed ${KILLS} times and run again comes to its end, with one record for each change`,
    { timeout: 300_000 },
    async () => {
      let kills = 0;
      let wholeMs: number | undefined;
      const halves: { readonly applied: number; readonly written: number }[] = [];
      let round = 0;
      let scope = WRITE;
      while (kills < KILLS) {
        round += 1;
        scope = scope === READ ? WRITE : READ;
        const plan = `${folder.path}/plan-${round}.json`;
        await desk('grants', 'plan', folder.write('grants.yaml', fleetsFile(FLEETS, scope)), '--out', plan);
        let code: number | null = null;
        let isFirst = true;
        while (code === null) {
          // the first is let through, to see how long one takes; of the others every second may end before it has begun
          const moment: Moment =
            wholeMs === undefined || kills >= KILLS
              ? 'never'
              : kills % 2 === 0
                ? 'amid its batches'
                : wholeMs * Math.random();
          const startedAt = performance.now();
          code = await apply(plan, moment);
          // a machine that was busy then may be idle now
          if (code !== null && isFirst) wholeMs = performance.now() - startedAt;
          isFirst = false;
          if (code !== null) break;
          kills += 1;
          const { applied, written } = await settled(scope);
          halves.push(...(written > 0 && written < FLEETS ? [{ applied, written }] : []));
        }
        expect(code).toBe(0);
        const latest = await reader.document('history/latest');
        const { stringValue: id } = latest['id'] as { stringValue: string };
        expect(latest['state']).toEqual({ stringValue: 'done' });
        expect(Object.keys(await reader.versions(`history/${id}/changes`))).toHaveLength(FLEETS);
        expect((await reader.texts('principals')).filter((text) => text.includes(scope))).toHaveLength(
          FLEETS,
        );
      }
      expect(
        await desk('grants', 'drift', folder.write('grants.yaml', fleetsFile(FLEETS, scope))),
      ).toMatchObject({ exitCode: 0 });
      // otherwise nothing was tried
      expect(halves.length).toBeGreaterThan(2);
      expect(halves.filter(({ applied, written }) => applied !== written)).toEqual([]);
      // one apply in the history for each plan, however often it was begun
      expect(
        ((await desk('grants', 'history', '--limit', '1000', '--json')).json() as { history: unknown[] })
          .history,
      ).toHaveLength(round);
    },
  );
});
