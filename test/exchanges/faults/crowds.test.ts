/** Many callers at once: some of them up to no good, some of them gone before their answer comes. */

import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendRaw } from '../../support/processes/raw-http.ts';
import { startLane, type Caller, type Lane, type Outcome } from './lane.ts';
import { below, granted } from './outcomes.ts';

const COOL_DOWN_MS = 31_000;

describe('a flood of identity tokens with invented key ids', () => {
  const AT_A_TIME = 40;
  let lane: Lane;

  beforeAll(async () => {
    lane = await startLane('an access token', { movableClock: true });
  });
  afterAll(() => lane.close());

  /** Posts so many; gives the answers that came back, with how many there were of each. */
  async function flood(caller: Caller, tokens: number): Promise<Record<string, number>> {
    const form = lane.form(caller);
    const [, claims = ''] = (form.get('subject_token') ?? '').split('.');
    const payloadText = Buffer.from(claims, 'base64url').toString();
    const answers: Record<string, number> = {};
    let left = tokens;
    const pour = async () => {
      while (left > 0) {
        left -= 1;
        const header = { alg: 'RS256', kid: randomBytes(20).toString('hex') };
        const forged = lane.google.keys.sign({ header, payloadText, key: { hmacSecret: 'anything' } });
        form.set('subject_token', forged);
        const { status, body } = await lane.post(form);
        const answer = `${status} ${String(body['error'])}`;
        answers[answer] = (answers[answer] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, pour));
    return answers;
  }

  /** Others, who come one after the other meanwhile. */
  async function askInTurn(callers: readonly Caller[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const caller of callers) outcomes.push(await lane.ask(caller));
    return outcomes;
  }

  it.each([
    ['makes nobody fetch a key set that has just come', 300, 0, 0],
    ['makes the function fetch an older key set once', 2_000, COOL_DOWN_MS, 1],
  ])('%s, mints nothing and keeps nobody else waiting', async (_, tokens, keptForMs, fetches) => {
    lane.moveClock(COOL_DOWN_MS);
    lane.google.keys.rotate();
    expect(await lane.ask(lane.nextCaller())).toMatchObject({ status: 200 });
    lane.moveClock(keptForMs);
    const others = Array.from({ length: 10 }, () => lane.nextCaller());
    lane.google.resetCalls();

    const [answers, outcomes] = await Promise.all([flood(lane.nextCaller(), tokens), askInTurn(others)]);
    expect(answers).toEqual({ '400 invalid_request': tokens });
    expect(outcomes).toEqual(others.map((caller) => granted(caller)));
    expect(lane.google.calls('jwks')).toBe(fetches);
    expect(lane.google.calls('generateAccessToken')).toBe(others.length);
  });

  it('is told to come back while the key set cannot be had, mints nothing and keeps nobody else waiting', async () => {
    const others = Array.from({ length: 10 }, () => lane.nextCaller());
    lane.moveClock(COOL_DOWN_MS);
    lane.google.faults.set('jwks', { kind: 'status', status: 503 });
    lane.google.resetCalls();

    const [answers, outcomes] = await Promise.all([flood(lane.nextCaller(), 300), askInTurn(others)]);
    lane.google.faults.clear();
    expect(answers).toEqual({ '503 temporarily_unavailable': 300 });
    expect(outcomes).toEqual(others.map((caller) => granted(caller)));
    // an attempt and its repetition: at once, after a second, after two more
    expect(lane.google.calls('jwks')).toBeLessThanOrEqual(6);
    expect(lane.google.calls('generateAccessToken')).toBe(others.length);
  });
});

describe('callers who share a mint', () => {
  const DEADLINE_MS = 1_500;
  const CALLERS = 10;
  let lane: Lane;

  beforeAll(async () => {
    lane = await startLane('an access token', {
      prepare: () => ({ TOKEN_VENDING_DEADLINE_MS: String(DEADLINE_MS) }),
    });
  });
  afterAll(() => lane.close());

  /** Resolves when IAM is asked. */
  const mintBegins = () =>
    new Promise<void>((resolve) => {
      lane.google.faults.onRequest('generateAccessToken', () => resolve());
    });

  /** Its body is a second late, which leaves half a second for the rest. */
  async function* slowRequest(form: URLSearchParams): AsyncGenerator<string> {
    const body = form.toString();
    const head = [
      'POST /v1/token HTTP/1.1',
      'host: localhost',
      'content-type: application/x-www-form-urlencoded',
      `content-length: ${body.length}`,
    ];
    yield `${head.join('\r\n')}\r\n\r\n`;
    await delay(1_000);
    yield body;
  }

  it('give up when their own time is over: the mint goes on, and whoever asks again has its token', async () => {
    const caller = lane.nextCaller();
    lane.google.faults.set('generateAccessToken', { kind: 'latency', ms: 1_000 });
    lane.google.resetCalls();
    const minting = mintBegins();
    const givingUp = Array.from({ length: CALLERS }, () => {
      lane.countExchange();
      return sendRaw(lane.process.port, slowRequest(lane.form(caller)), { timeoutMs: 10_000 });
    });
    await minting;
    // comes late, and has time enough
    const waiting = lane.post(lane.form(caller));

    const late = { status: 503, elapsedMs: below(DEADLINE_MS + 1_000) };
    expect(await Promise.all(givingUp)).toEqual(givingUp.map(() => expect.objectContaining(late) as unknown));
    const first = await waiting;
    const second = await lane.post(lane.form(caller));
    expect(first).toMatchObject({ status: 200, given: caller.wanted.given });
    expect(second.body['access_token']).toBe(first.body['access_token']);
    expect(lane.google.calls('generateAccessToken')).toBe(1);

    const lines = lane.auditOf(caller).map(({ reason, reused }) => [reason, reused]);
    const gaveUp = givingUp.map(() => ['deadline_exceeded', undefined]);
    expect(lines).toEqual([...gaveUp, ['granted', true], ['granted', true]]);
  });

  it('hang up: the mint goes on, and whoever asks again has its token', async () => {
    const caller = lane.nextCaller();
    lane.google.faults.set('generateAccessToken', { kind: 'latency', ms: 500 });
    lane.google.resetCalls();
    const minting = mintBegins();
    const hangUp = new AbortController();
    const gone = Array.from({ length: CALLERS }, () => {
      lane.countExchange();
      const init = { method: 'POST', body: lane.form(caller), signal: hangUp.signal };
      return fetch(`${lane.process.url}/v1/token`, init).then(
        () => 'answered',
        () => 'gone',
      );
    });
    await minting;
    hangUp.abort();
    expect(await Promise.all(gone)).toEqual(gone.map(() => 'gone'));

    expect(await lane.post(lane.form(caller))).toMatchObject({ status: 200, given: caller.wanted.given });
    expect(lane.google.calls('generateAccessToken')).toBe(1);
    await lane.process.waitForAuditLine(() => lane.auditOf(caller).length === CALLERS + 1);
  });

  it('fail together, and are told to wait as long as IAM wants them to', async () => {
    const caller = lane.nextCaller();
    const fault = { kind: 'status', status: 429, headers: { 'retry-after': '9' } } as const;
    lane.google.faults.set('generateAccessToken', fault);
    const forms = Array.from({ length: CALLERS }, () => lane.form(caller));
    const answers = await Promise.all(forms.map((form) => lane.post(form)));
    const toldToWait = { status: 503, retryAfter: '9', given: undefined };
    expect(answers).toEqual(answers.map(() => expect.objectContaining(toldToWait) as unknown));
    await lane.process.waitForAuditLine(() => lane.auditOf(caller).length === CALLERS);
    expect(new Set(lane.auditOf(caller).map(({ reason }) => reason))).toEqual(new Set(['iam_unavailable']));

    lane.google.faults.clear();
    expect(await lane.ask(caller)).toEqual(granted(caller));
  });
});
