import { describe, expect, it } from 'vitest';
import type { Account } from '../../../refresher/tokens/account.ts';
import { createAccountAtWork } from '../tokens/account-at-work.ts';
import { DOWN as FUNCTION_DOWN, granted } from '../tokens/scripted-function.ts';
import { ALICE, createHandMadeAccount, DOWN, READER, REFUSED, token } from './hand-made-account.ts';
import { ACCOUNTS, serve } from './served.ts';

const TOKEN = `${ACCOUNTS}/default/token`;

describe('the access token', () => {
  it('is answered with exactly three fields, as application/json, on one line', async () => {
    const { ask } = await serve();
    const answer = await ask(TOKEN);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.headers['content-length']).toBe(String(answer.body.length));
    expect(answer.body).toBe('{"access_token":"ya29.first","expires_in":3000,"token_type":"Bearer"}');
  });

  it('carries the headers of the real server', async () => {
    const { ask } = await serve();
    const { headers } = await ask(TOKEN);
    expect(headers).toMatchObject({
      'metadata-flavor': 'Google',
      server: 'Metadata Server for VM',
      'x-xss-protection': '0',
      'x-frame-options': 'SAMEORIGIN',
    });
    expect(headers.etag).toMatch(/^[\da-f]{16}$/);
    expect(headers.date).toBeDefined();
  });

  it.each([
    'scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdrive,https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform',
    'scopes=',
    'audience=https%3A%2F%2Fwww.googleapis.com%2Foauth2%2Fv4%2Ftoken',
    'transport=mtls&binding-enforcement=on&bindCertificateFingerprint=abc',
    'alt=text',
    'recursive=true',
    'scopes=%E0%A4%A',
  ])('is the same whatever a client asks for besides: %s', async (query) => {
    const { body } = await serve();
    expect(await body(`${TOKEN}?${query}`)).toBe(await body(TOKEN));
  });

  it('shows each second less of life, and never the seconds of another token', async () => {
    const account = createHandMadeAccount();
    const { body } = await serve({ accounts: [account] });
    const seen: string[] = [];
    for (const reading of [
      token('a', 901),
      token('a', 900),
      token('b', 900),
      token('b', 899),
      token('a', 899),
    ]) {
      account.becomes(reading);
      seen.push(await body(TOKEN));
    }
    expect(seen.map((text) => JSON.parse(text) as unknown)).toMatchObject([
      { access_token: 'a', expires_in: 901 },
      { access_token: 'a', expires_in: 900 },
      { access_token: 'b', expires_in: 900 },
      { access_token: 'b', expires_in: 899 },
      { access_token: 'a', expires_in: 899 },
    ]);
  });

  it('has an ETag that changes with the token and not with the seconds', async () => {
    const account = createHandMadeAccount();
    const { ask } = await serve({ accounts: [account] });
    const etags: unknown[] = [];
    for (const reading of [token('a', 901), token('a', 900), token('b', 900)]) {
      account.becomes(reading);
      etags.push((await ask(TOKEN)).headers.etag);
    }
    expect(etags[0]).toBe(etags[1]);
    expect(etags[2]).not.toBe(etags[1]);
  });

  it('is waited for where the first exchange has not ended', async () => {
    const account = createHandMadeAccount();
    account.becomes(undefined);
    const { body } = await serve({ accounts: [account] });
    const asked = Array.from({ length: 5 }, () => body(TOKEN));
    while (account.reads() < 5) await new Promise(setImmediate);
    account.becomes(token('ya29.late'));
    for (const text of await Promise.all(asked)) expect(text).toContain('ya29.late');
  });

  it('refused is 403, with a sentence that says what to do, in JSON that .NET reads', async () => {
    const account = createHandMadeAccount();
    account.becomes(REFUSED);
    const { ask } = await serve({ accounts: [account] });
    const answer = await ask(TOKEN);
    expect(answer.status).toBe(403);
    expect(answer.headers['metadata-flavor']).toBe('Google');
    expect(answer.headers['content-type']).toBe('application/json');
    expect(JSON.parse(answer.body)).toEqual({
      error: 'access_denied',
      error_description: 'Ask whoever manages the grants.',
    });
  });

  it('that nobody can fetch is 503 with Retry-After, and never 404 or 429', async () => {
    const account = createHandMadeAccount();
    account.becomes(DOWN);
    const { ask } = await serve({ accounts: [account] });
    const answer = await ask(TOKEN);
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('7');
    expect(answer.headers['metadata-flavor']).toBe('Google');
    expect(JSON.parse(answer.body)).toEqual({
      error: 'temporarily_unavailable',
      error_description: 'The function is down.',
    });
  });

  it('is gone with a refusal, and nothing of it is kept', async () => {
    const account = createHandMadeAccount();
    const { ask, body } = await serve({ accounts: [account] });
    expect(await body(TOKEN)).toContain('ya29.first');
    account.becomes(REFUSED);
    expect((await ask(TOKEN)).status).toBe(403);
    account.becomes(token('ya29.second'));
    expect(await body(TOKEN)).toContain('ya29.second');
  });

  it('whose account breaks is 503 in JSON, and the log says how without the token', async () => {
    const broken: Account = {
      ...createHandMadeAccount(),
      currentAccessToken: () => undefined,
      readAccessToken: () => Promise.reject(new Error('out of order')),
    };
    const { ask, lines } = await serve({ accounts: [broken] });
    const answer = await ask(TOKEN);
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('5');
    expect(JSON.parse(answer.body)).toMatchObject({ error: 'server_error' });
    expect(lines).toMatchObject([{ severity: 'ERROR', fields: { causes: ['Error: out of order'] } }]);
  });

  it('belongs to the account in the path: each has its own, and a user has one like a service account', async () => {
    const accounts = [ALICE, READER].map((member) => createHandMadeAccount(member));
    for (const account of accounts) account.becomes(token(`ya29.${account.target.email}`));
    const { body } = await serve({ accounts });
    expect(await body(TOKEN)).toContain('ya29.alice@example.com');
    expect(await body(`${ACCOUNTS}/alice@example.com/token`)).toContain('ya29.alice@example.com');
    expect(await body(`${ACCOUNTS}/log-reader@acme-data.iam.gserviceaccount.com/token`)).toContain(
      'ya29.log-reader@',
    );
  });

  it('is never in what the server logs', async () => {
    const { ask, lines } = await serve();
    await ask(TOKEN);
    await ask(TOKEN, { headers: { 'metadata-flavor': undefined } });
    expect(JSON.stringify(lines)).not.toContain('ya29');
    expect(lines).toHaveLength(1);
  });
});

describe('with tokens that are kept fresh', () => {
  it('asks the function once for 100 parallel requests before the first token', async () => {
    const { account, fn } = createAccountAtWork();
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    fn.answer = async () => {
      await answered;
      return granted(1, 3_600);
    };
    let allRead: () => void = () => undefined;
    const untilRead = new Promise<void>((resolve) => (allRead = resolve));
    let reads = 0;
    const counted: Account = {
      ...account,
      readAccessToken() {
        reads += 1;
        if (reads === 100) allRead();
        return account.readAccessToken();
      },
    };
    account.start();
    const { body } = await serve({ accounts: [counted] });
    const asked = Array.from({ length: 100 }, () => body(TOKEN));
    await untilRead;
    answer();
    expect(new Set(await Promise.all(asked)).size).toBe(1);
    expect(fn.asked).toHaveLength(1);
    account.stop();
  });

  it('shows whole seconds that only fall until the swap, true to the second, and never fewer than 600', async () => {
    const { account, clock } = createAccountAtWork({ lifeSeconds: 3_600 });
    account.start();
    await clock.pass(0);
    const { body } = await serve({ accounts: [account] });
    const bornAt = new Map<string, number>();
    let last: { access_token: string; expires_in: number } | undefined;
    for (let minute = 0; minute < 180; minute += 1) {
      const now = JSON.parse(await body(TOKEN)) as { access_token: string; expires_in: number };
      expect(Number.isInteger(now.expires_in)).toBe(true);
      expect(now.expires_in).toBeGreaterThanOrEqual(600);
      if (!bornAt.has(now.access_token))
        bornAt.set(now.access_token, clock.monotonicMs() / 1000 + now.expires_in);
      const ends = bornAt.get(now.access_token) ?? 0;
      expect(Math.abs(clock.monotonicMs() / 1000 + now.expires_in - ends)).toBeLessThanOrEqual(1);
      const before = last?.access_token === now.access_token ? last.expires_in : Infinity;
      expect(now.expires_in).toBeLessThan(before);
      last = now;
      await clock.pass(60_000);
    }
    expect(bornAt.size).toBeGreaterThan(3);
    account.stop();
  });

  it('serves what is left of a token through an outage, and 503 only once it has run out', async () => {
    const { account, clock, fn } = createAccountAtWork({ lifeSeconds: 900 });
    account.start();
    await clock.pass(0);
    const { ask } = await serve({ accounts: [account] });
    fn.answer = () => FUNCTION_DOWN;
    await clock.pass(700_000);
    const within = await ask(TOKEN);
    expect(within.status).toBe(200);
    const { expires_in: left } = JSON.parse(within.body) as { expires_in: number };
    expect(left).toBeLessThanOrEqual(200);
    expect(left).toBeGreaterThanOrEqual(198);
    await clock.pass(201_000);
    const after = await ask(TOKEN);
    expect(after.status).toBe(503);
    expect(after.body).toContain(FUNCTION_DOWN.kind === 'outage' ? FUNCTION_DOWN.sentence : '');
    expect(Number(after.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    account.stop();
  });

  it('asks for a new token at the first request after a sleep, without waiting for it', async () => {
    const { account, clock, fn } = createAccountAtWork({ lifeSeconds: 3_600 });
    account.start();
    await clock.pass(0);
    const { body } = await serve({ accounts: [account] });
    clock.sleep(3_300_000);
    const { expires_in: left } = JSON.parse(await body(TOKEN)) as { expires_in: number };
    expect(left).toBeLessThanOrEqual(300);
    expect(fn.asked).toHaveLength(2);
    account.stop();
  });
});
