import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DRIVE_READONLY, SIGNER } from '../../support/world/world.ts';
import { askAround } from './asking.ts';
import { startLane, type Lane } from './lane.ts';
import { OAUTH_ERRORS } from './oauth-errors.ts';
import { failed, granted } from './outcomes.ts';

const rejected = {
  error: 'server_error',
  reason: 'oauth_rejected',
  calls: { signJwt: 1, oauthToken: 1 },
} as const;

describe('the token endpoint', () => {
  let lane: Lane;

  beforeAll(async () => {
    lane = await startLane("a user's token", { vms: 80 });
  });
  afterAll(() => lane.close());

  it.each(OAUTH_ERRORS.map((row) => [row.title, row] as const))(
    'gives nothing where it answers %s',
    async (_, { fault, failure, calls }) => {
      const { caller, broken, mended } = await askAround(lane, 'oauthToken', fault);
      expect(broken).toEqual(failed({ ...failure, calls: { signJwt: 1, oauthToken: calls } }));
      expect(mended).toEqual(granted(caller));
    },
  );

  it.each([
    ['500 once', { kind: 'status', status: 500 }],
    ['503 once', { kind: 'status', status: 503 }],
    ['in HTML once', { kind: 'html', status: 502 }],
    ['with a reset once', { kind: 'reset' }],
  ] as const)('gives a token all the same where it answers %s', async (_, fault) => {
    const { caller, broken } = await askAround(lane, 'oauthToken', fault, { times: 1 });
    expect(broken).toEqual(granted(caller));
    expect(broken.calls).toMatchObject({ signJwt: 1, oauthToken: 2 });
  });

  it('gives nothing for a user who is suspended', async () => {
    const caller = lane.nextCaller();
    const email = caller.wanted.given.principal.slice('user:'.length);
    lane.google.workspace.suspend(email);
    expect(await lane.ask(caller)).toEqual(
      failed({ ...rejected, detail: 'answered 400 invalid_grant Invalid email or User ID' }),
    );
    lane.google.workspace.addUser(email);
    expect(await lane.ask(caller)).toEqual(granted(caller));
  });

  it('gives nothing once the domain has withdrawn its delegation', async () => {
    const caller = lane.nextCaller();
    const { workspace, iam } = lane.google;
    const { clientId } = iam.serviceAccount(SIGNER);
    workspace.revoke(clientId);
    expect(await lane.ask(caller)).toEqual(
      failed({ ...rejected, detail: 'answered 401 unauthorized_client' }),
    );
    workspace.authorize({ clientId, scopes: [DRIVE_READONLY] });
    expect(await lane.ask(caller)).toEqual(granted(caller));
  });
});
