import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../support/google/faults.ts';
import { startLane, type Lane } from './lane.ts';
import { failed, granted } from './outcomes.ts';

/** As long as the function's own token lives. */
const HOUR = 3600_000;

const unavailable = {
  error: 'temporarily_unavailable',
  reason: 'runtime_credentials_unavailable',
  detail: 'the metadata server of the function gave no access token; it has to have a service account',
} as const;

const json = (value: unknown): Fault => ({ kind: 'body', status: 200, body: JSON.stringify(value) });

const FAULTS: readonly (readonly [title: string, fault: Fault])[] = [
  ['knows no service account', { kind: 'status', status: 404 }],
  ['forbids it', { kind: 'status', status: 403 }],
  ['answers in HTML', { kind: 'html', status: 200 }],
  ['cuts its answer short', { kind: 'truncatedJson' }],
  ['answers nothing', json({})],
  ['answers an empty token', json({ access_token: '', expires_in: 3599, token_type: 'Bearer' })],
];

describe('nothing is minted where the metadata server of the function', () => {
  let lane: Lane;

  beforeAll(async () => {
    lane = await startLane('an access token', { movableClock: true });
  });
  afterAll(() => lane.close());

  it.each(FAULTS)('%s', async (_, fault) => {
    const caller = lane.nextCaller();
    lane.moveClock(HOUR);
    lane.google.faults.set('metadata', fault);
    expect(await lane.ask(caller)).toEqual(failed(unavailable));
    lane.google.faults.clear();
    expect(await lane.ask(caller)).toEqual(granted(caller));
  });

  it('(but its own token lives on while that is down)', async () => {
    const caller = lane.nextCaller();
    lane.google.faults.set('metadata', { kind: 'hang' });
    lane.google.resetCalls();
    expect(await lane.ask(caller)).toEqual(granted(caller));
    expect(lane.google.calls('metadata')).toBe(0);
    lane.google.faults.clear();
  });
});
