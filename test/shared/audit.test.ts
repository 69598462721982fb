import { hash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAudit, type Decision, type Findings } from '../../shared/audit.ts';
import type { ExchangeRequest } from '../../shared/exchange-request.ts';
import { Fault } from '../../shared/fault.ts';
import type { AuthorizedAccessToken, AuthorizedIdToken } from '../../shared/grants/authorized-grant.ts';
import type { Principal } from '../../shared/identity/principal.ts';
import { Refusal } from '../../shared/refusal.ts';
import { AccessToken, IdentityToken, IdToken } from '../../shared/tokens.ts';
import { authorizedAccessToken, authorizedIdToken } from '../support/domain/authorized.ts';
import { AUDIENCE, verifiedWorker, WORKER, WORKER_IDS, workerToken } from '../support/domain/callers.ts';
import { NOW } from '../support/domain/clock.ts';
import {
  accessTokenRequest,
  API,
  idTokenRequest,
  STORAGE,
  TRAINER_MEMBER,
} from '../support/domain/questions.ts';

const TOKEN = 'ya29.c.b0Aaekm1K-secret';
const TRACE = 'projects/acme-vending/traces/4bf92f3577b34da6a3ce929d0e0e4736';

const PRINCIPAL = {
  serviceAccount: WORKER.serviceAccount,
  uniqueId: WORKER.uniqueId,
  projectNumber: 326694433618,
  instanceId: '2875949485074006138',
  instanceName: 'worker-1',
  zone: 'us-central1-a',
};

let principal: Principal;
let grant: AuthorizedAccessToken;
let idGrant: AuthorizedIdToken;
let request: ExchangeRequest;
beforeAll(async () => {
  principal = await verifiedWorker();
  grant = await authorizedAccessToken();
  idGrant = await authorizedIdToken();
  request = { ...accessTokenRequest({ audience: TRAINER_MEMBER }), subjectToken: workerToken() };
});

function lineOf(findings: Findings, rest: Partial<Decision> = {}): string {
  const lines: string[] = [];
  const record = createAudit('impersonate', (line) => void lines.push(line));
  void record({
    findings,
    durationMs: 12.3456,
    upstreamMs: { keys: 1.009, iam: 10.5 },
    trace: undefined,
    ...rest,
  });
  expect(lines).toHaveLength(1);
  return lines.join('');
}

function eventOf(findings: Findings, rest: Partial<Decision> = {}): Record<string, unknown> {
  return JSON.parse(lineOf(findings, rest)) as Record<string, unknown>;
}

const minted = (reused = false) => ({ token: new AccessToken(TOKEN), expiresAtMs: 0, reused });

describe('the audit line of what was granted', () => {
  it('holds who became whom, by which grant, and of the token its hash alone', () => {
    const findings = { request, principal, grant, minted: minted(), expiresInSeconds: 3599 };
    expect(eventOf(findings, { trace: TRACE })).toEqual({
      severity: 'INFO',
      message: `impersonate: ${WORKER.serviceAccount} on worker-1 became ${TRAINER_MEMBER}`,
      event: 'token_decision',
      outcome: 'granted',
      reason: 'granted',
      function: 'impersonate',
      principal: PRINCIPAL,
      target: TRAINER_MEMBER,
      grant: `principals/${WORKER_IDS.serviceAccount}`,
      tokenType: 'access_token',
      scopes: [STORAGE],
      lifetimeSeconds: 3599,
      tokenSha256: hash('sha256', TOKEN, 'hex'),
      reused: false,
      durationMs: 12.35,
      upstreamMs: { keys: 1.01, iam: 10.5 },
      'logging.googleapis.com/trace': TRACE,
    });
  });

  it('tells an ID token, which has no scopes', () => {
    const token = new IdToken('header.claims.signature');
    const findings = {
      request: idTokenRequest({ resource: API }),
      principal,
      grant: idGrant,
      minted: { token, expiresAtMs: 0, reused: true },
      expiresInSeconds: 3600,
    };
    expect(eventOf(findings)).toMatchObject({
      outcome: 'granted',
      tokenType: 'id_token',
      scopes: [],
      resource: API,
      reused: true,
      tokenSha256: hash('sha256', 'header.claims.signature', 'hex'),
    });
  });

  it('names the target that was chosen where none was asked for', () => {
    const findings = { request: accessTokenRequest(), principal, grant, minted: minted() };
    expect(eventOf(findings)).toMatchObject({ target: TRAINER_MEMBER });
  });
});

describe('the audit line of what was refused', () => {
  it('holds the reason and the detail that the caller is not told', () => {
    const error = new Refusal('condition_false', 'principals/x');
    expect(eventOf({ request, principal }, { error })).toEqual({
      severity: 'WARNING',
      message: `impersonate: ${WORKER.serviceAccount} on worker-1 was refused ${TRAINER_MEMBER}: condition_false`,
      event: 'token_decision',
      outcome: 'refused',
      reason: 'condition_false',
      detail: 'principals/x',
      function: 'impersonate',
      principal: PRINCIPAL,
      target: TRAINER_MEMBER,
      tokenType: 'access_token',
      durationMs: 12.35,
      upstreamMs: { keys: 1.01, iam: 10.5 },
    });
  });

  it('shows what an unverified token claimed, apart from any principal', () => {
    const event = eventOf(
      { request: { ...request, target: undefined } },
      { error: new Refusal('token_signature_invalid') },
    );
    expect(event).toEqual({
      severity: 'WARNING',
      message: 'impersonate: an unverified caller was refused its target: token_signature_invalid',
      event: 'token_decision',
      outcome: 'refused',
      reason: 'token_signature_invalid',
      function: 'impersonate',
      unverified: {
        iss: 'https://accounts.google.com',
        aud: AUDIENCE,
        sub: WORKER.uniqueId,
        email: WORKER.serviceAccount,
        iat: String(NOW.getTime() / 1000),
        exp: String(NOW.getTime() / 1000 + 3600),
        project_id: 'acme-workers',
        project_number: '326694433618',
        instance_id: '2875949485074006138',
        instance_name: 'worker-1',
        zone: 'us-central1-a',
      },
      tokenType: 'access_token',
      durationMs: 12.35,
      upstreamMs: { keys: 1.01, iam: 10.5 },
    });
  });

  it('cuts what an unverified token claimed', () => {
    const claims = Buffer.from(JSON.stringify({ email: 'x'.repeat(500) })).toString('base64url');
    const subjectToken = new IdentityToken(`h.${claims}.s`);
    const event = eventOf(
      { request: { ...request, subjectToken } },
      { error: new Refusal('token_malformed') },
    );
    expect(event['unverified']).toEqual({ email: 'x'.repeat(128) });
  });

  it('shows nothing unverified beside a principal', () => {
    expect(eventOf({ request, principal }, { error: new Refusal('no_grant') })).not.toHaveProperty(
      'unverified',
    );
  });

  it('is there for a request that could not be parsed', () => {
    expect(eventOf({}, { error: new Refusal('grant_type_missing') })).toEqual({
      severity: 'WARNING',
      message: 'impersonate: an unverified caller was refused its target: grant_type_missing',
      event: 'token_decision',
      outcome: 'refused',
      reason: 'grant_type_missing',
      function: 'impersonate',
      durationMs: 12.35,
      upstreamMs: { keys: 1.01, iam: 10.5 },
    });
  });
});

describe('the audit line of a fault', () => {
  it('holds what failed and what caused it', () => {
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    const cause = new TypeError('fetch failed', { cause: reset });
    const error = new Fault('iam_unavailable', { detail: 'signJwt on x', cause });
    expect(eventOf({ request, principal, grant }, { error })).toMatchObject({
      severity: 'ERROR',
      message: `impersonate: the exchange of ${WORKER.serviceAccount} on worker-1 for ${TRAINER_MEMBER} failed: iam_unavailable`,
      outcome: 'fault',
      reason: 'iam_unavailable',
      detail: 'signJwt on x',
      cause: ['TypeError: fetch failed', 'Error (ECONNRESET): read ECONNRESET'],
      grant: `principals/${WORKER_IDS.serviceAccount}`,
      scopes: [STORAGE],
    });
  });

  it('says of a bug where it is', () => {
    const event = eventOf({ request, principal }, { error: new TypeError('x is undefined') });
    expect(event).toMatchObject({ severity: 'ERROR', outcome: 'fault', reason: 'internal' });
    const [message, frame] = event['cause'] as string[];
    expect(message).toBe('TypeError: x is undefined');
    expect(frame).toMatch(/^at .+ test\.ts:\d+:\d+$/);
  });

  it('says of any other fault no frames', () => {
    expect(eventOf({}, { error: new Fault('keys_unavailable', { cause: new Error('down') }) })).toMatchObject(
      {
        cause: ['Error: down'],
      },
    );
  });

  it.each(['thrown text', 7, null, { secret: TOKEN }])('is there for %o that was thrown', (error) => {
    expect(eventOf({}, { error })).toMatchObject({ outcome: 'fault', reason: 'internal', cause: [] });
  });
});

describe('no audit line', () => {
  const quoting = () =>
    new Error(`cannot read ${request.subjectToken.reveal()} and ${TOKEN.padEnd(40, 'x')}`);
  it.each([
    { what: 'a granted token', error: () => undefined },
    { what: 'a refusal that quotes them', error: () => new Refusal('token_malformed', quoting().message) },
    { what: 'a fault that quotes them', error: () => new Fault('iam_unavailable', { cause: quoting() }) },
    { what: 'a bug that quotes them', error: quoting },
  ])('of $what holds a token', ({ error }) => {
    const line = lineOf({ request, principal, grant, minted: minted() }, { error: error() });
    expect(line).not.toContain(TOKEN);
    for (const segment of request.subjectToken.reveal().split('.')) expect(line).not.toContain(segment);
  });

  it('is more than one line, whatever is in it', () => {
    const error = new Refusal('no_grant', 'two\nlines\r\n{"event":"forged"}\u2028');
    const line = lineOf({ request, principal }, { error });
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(JSON.parse(line)).toMatchObject({ detail: 'two?lines??{"event":"forged"}?' });
  });

  it('is lost in silence: who cannot write it throws', () => {
    const full = new Error('ENOSPC');
    const record = createAudit('impersonate', () => {
      throw full;
    });
    expect(() => record({ findings: {}, durationMs: 0, upstreamMs: {}, trace: undefined })).toThrow(full);
  });

  it('is done before it is written', async () => {
    const { promise: written, resolve } = Promise.withResolvers<void>();
    const order: string[] = [];
    const record = createAudit('impersonate', () => written.then(() => void order.push('written')));
    const done = record({ findings: {}, durationMs: 0, upstreamMs: {}, trace: undefined });
    resolve();
    await done;
    expect(order).toEqual(['written']);
  });
});
