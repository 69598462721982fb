/**
 * A grant that is removed while tokens are out: gone from the server and from the file with the next exchange.
 */

import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fleetDocument, TRAINER_GRANT } from '../support/world/world.ts';
import { startRefresher } from './refresher-process.ts';
import {
  bearerOf,
  getToken,
  setStage,
  TRAINER_TARGET,
  type MetadataAnswer,
  type RefresherStage,
} from './stage.ts';

const CHILD = fileURLToPath(new URL('asking-child.ts', import.meta.url));

/** So short a life that the next exchange comes within seconds. */
const GRANT_LIFE_MS = 30_000;

describe('where a grant is removed while a child runs', () => {
  let stage: RefresherStage;
  let folder: string;

  beforeAll(async () => {
    const expiresAt = new Date(Date.now() + GRANT_LIFE_MS);
    stage = await setStage((vm) =>
      fleetDocument(vm, { [TRAINER_TARGET]: { ...TRAINER_GRANT[TRAINER_TARGET], expiresAt } }),
    );
    folder = await mkdtemp(join(tmpdir(), 'revocation-'));
  });
  afterAll(async () => {
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('its next request is 403 with a sentence that says what to do, and the file is gone', async () => {
    const file = join(folder, 'token');
    const refresher = await startRefresher({
      args: ['exec', '--token-file', file, '--', process.execPath, CHILD],
      env: stage.env,
    });
    const address = await refresher.line();
    /** What the child says that it was answered. */
    async function childAsks(): Promise<MetadataAnswer> {
      refresher.stdin.write('\n');
      return JSON.parse(await refresher.line()) as MetadataAnswer;
    }
    expect(bearerOf(stage, await childAsks())).toBe(TRAINER_TARGET);
    expect(await readFile(file, 'utf8')).not.toBe('');

    await stage.grants.set(
      `principals/${stage.vm.fleetId}`,
      fleetDocument(stage.vm, { 'user:nobody@example.com': TRAINER_GRANT[TRAINER_TARGET] })[
        `principals/${stage.vm.fleetId}`
      ] ?? {},
    );
    await stage.grants.settled();
    const { auditLines } = stage.functions.impersonate;
    const before = auditLines().length;
    await refresher.logged(({ severity, target }) => severity === 'ERROR' && target === TRAINER_TARGET);
    // one exchange was enough, and none has been granted since
    expect(auditLines().filter(({ outcome }) => outcome === 'refused')).toHaveLength(1);
    expect(auditLines().slice(before)).not.toContainEqual(expect.objectContaining({ outcome: 'granted' }));

    const answers = [await childAsks(), await getToken(address)];
    for (const { status, body } of answers) {
      expect(status).toBe(403);
      expect(body).toContain('Ask whoever manages the grants');
      expect(body).not.toContain('ya29');
    }
    await expect
      .poll(() =>
        access(file).then(
          () => 'there',
          () => 'gone',
        ),
      )
      .toBe('gone');
    refresher.stdin.end();
    expect((await refresher.ended).code).toBe(0);
  });
});
