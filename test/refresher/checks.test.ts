/**
 * Grants that are removed, stopped and given back while programs run: refreshers as they are shipped, functions as they are
 * deployed. A round of checks is due when the refresher's clock has been moved by a minute; it sees that within seconds.
 */

import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClock, type Clock } from '../exchanges/faults/clock.ts';
import type { DocumentData } from '../support/firestore/documents.ts';
import { MINUTE } from '../support/domain/clock.ts';
import { ALICE_GRANT, API_AUDIENCE, fleetDocument, TRAINER_GRANT } from '../support/world/world.ts';
import { startRefresher, type RefresherProcess } from './refresher-process.ts';
import {
  ALICE_TARGET,
  bearerOf,
  getMetadata,
  getToken,
  setStage,
  TRAINER_TARGET,
  type MetadataAnswer,
  type RefresherStage,
} from './stage.ts';

const CHILD = fileURLToPath(new URL('asking-child.ts', import.meta.url));
const TRAINER_ID_TOKEN = `/computeMetadata/v1/instance/service-accounts/default/identity?audience=${API_AUDIENCE}`;
/** The refresher looks at its clock every ten seconds. */
const SOON = { timeout: 25_000, interval: 100 };

describe('a running refresher', { timeout: 90_000 }, () => {
  let stage: RefresherStage;
  let clock: Clock;
  let folder: string;
  let refresher: RefresherProcess | undefined;

  beforeEach(async () => {
    stage = await setStage();
    clock = createClock();
    folder = await mkdtemp(join(tmpdir(), 'checks-'));
  });
  afterEach(async () => {
    await refresher?.stop();
    await stage.close();
    clock.remove();
    await rm(folder, { recursive: true, force: true });
  });

  async function start(...args: string[]): Promise<RefresherProcess> {
    refresher = await startRefresher({ args, env: { ...stage.env, ...clock.environment } });
    return refresher;
  }

  async function grant(grants: DocumentData): Promise<void> {
    for (const [path, document] of Object.entries(fleetDocument(stage.vm, grants)))
      await stage.grants.set(path, document);
    await stage.grants.settled();
  }

  async function isThere(file: string): Promise<boolean> {
    return access(file).then(
      () => true,
      () => false,
    );
  }

  it('gives no token of a grant that is removed, goes on with the others, and finds it when it is back', async () => {
    const file = join(folder, 'token');
    const targets = `${TRAINER_TARGET},${ALICE_TARGET}`;
    const running = await start('serve', '--metrics', '--token-file', file, '--target', targets);
    const address = await running.address();
    const statusOf = async (account?: string) => (await getToken(address, account)).status;
    const alice = ALICE_TARGET.split(':')[1];
    expect([await statusOf(), await statusOf(alice)]).toEqual([200, 200]);
    expect((await getMetadata(address, TRAINER_ID_TOKEN)).status).toBe(200);
    await expect.poll(() => isThere(file), SOON).toBe(true);
    // of an access token and of an ID token
    const { auditLines, waitForAuditLine } = stage.functions.impersonate;
    await waitForAuditLine(2);
    const exchanges = () => auditLines().filter(({ event }) => event === 'token_decision').length;

    await grant(ALICE_GRANT);
    clock.move(MINUTE);
    await expect.poll(() => statusOf(), SOON).toBe(403);
    // nobody had to exchange for that
    expect(exchanges()).toBe(2);
    expect((await getToken(address)).body).toContain('Ask whoever manages the grants');
    expect(await statusOf(alice)).toBe(200);
    await expect.poll(() => isThere(file), SOON).toBe(false);
    expect((await getMetadata(address, TRAINER_ID_TOKEN)).status).toBe(404);
    await running.logged(
      ({ severity, message, target }) =>
        severity === 'WARNING' && message.startsWith('No longer granted') && target === TRAINER_TARGET,
    );
    expect((await getMetadata(address, '/metrics')).body).toMatch(/checks_total\{outcome="checked"\} [1-9]/);

    await grant({ ...TRAINER_GRANT, ...ALICE_GRANT });
    clock.move(MINUTE);
    await expect.poll(() => statusOf(), SOON).toBe(200);
    expect(bearerOf(stage, await getToken(address))).toBe(TRAINER_TARGET);
  });

  it('gives its child no token once the kill switch is engaged', async () => {
    const running = await start('exec', '--', process.execPath, CHILD);
    await running.line();
    async function childAsks(): Promise<MetadataAnswer> {
      running.stdin.write('\n');
      return JSON.parse(await running.line()) as MetadataAnswer;
    }
    expect(bearerOf(stage, await childAsks())).toBe(TRAINER_TARGET);
    await stage.grants.set('controls/kill-switch', { engaged: true, reason: 'drill' });
    await stage.grants.settled();
    clock.move(MINUTE);
    await expect.poll(async () => (await childAsks()).status, SOON).toBe(403);
    running.stdin.end();
    expect((await running.ended).code).toBe(0);
  });

  it('keeps its token where the function is gone, and says once that it cannot check', async () => {
    const running = await start('serve');
    const address = await running.address();
    expect((await getToken(address)).status).toBe(200);
    await stage.functions.impersonate.stop();
    clock.move(MINUTE);
    await running.logged(
      ({ severity, message }) => severity === 'WARNING' && message.startsWith('No check: '),
    );
    expect((await getToken(address)).status).toBe(200);
    running.signal('SIGTERM');
    expect((await running.ended).code).toBe(0);
  });
});
