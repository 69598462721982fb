/**
 * A grant that is removed while tokens are out: gone from the server and from the file with the next exchange.
 */

import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fleetDocument, TRAINER_GRANT } from '../support/world/world.ts';
import { startRefresher } from './refresher-process.ts';
import { bearerOf, getToken, setStage, TRAINER_TARGET, type RefresherStage } from './stage.ts';

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
      args: ['exec', '--token-file', file, '--', 'sh', '-c', 'echo $GCE_METADATA_HOST; read -r _'],
      env: stage.env,
    });
    const address = await refresher.line();
    expect(bearerOf(stage, await getToken(address))).toBe(TRAINER_TARGET);
    expect(await readFile(file, 'utf8')).not.toBe('');

    await stage.grants.set(
      `principals/${stage.vm.fleetId}`,
      fleetDocument(stage.vm, { 'user:nobody@example.com': TRAINER_GRANT[TRAINER_TARGET] })[
        `principals/${stage.vm.fleetId}`
      ] ?? {},
    );
    await refresher.logged(({ severity, target }) => severity === 'ERROR' && target === TRAINER_TARGET);

    const { status, body } = await getToken(address);
    expect(status).toBe(403);
    expect(body).toContain('Ask whoever manages the grants');
    expect(body).not.toContain('ya29');
    await expect
      .poll(() =>
        access(file).then(
          () => 'there',
          () => 'gone',
        ),
      )
      .toBe('gone');
    refresher.stdin.end('\n');
    expect((await refresher.ended).code).toBe(0);
  });
});
