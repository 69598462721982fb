import { describe, expect, it } from 'vitest';
import { CLOUD_PLATFORM_SCOPE } from '../../../shared/protocol.ts';
import {
  ALICE,
  createHandMadeAccount,
  DOWN,
  READ_ONLY,
  READER,
  REFUSED,
  token,
  TRAINER,
} from './hand-made-account.ts';
import { ACCOUNTS, serve } from './served.ts';

const EMAIL = 'trainer@acme-data.iam.gserviceaccount.com';
const OTHER = 'log-reader@acme-data.iam.gserviceaccount.com';

describe('service-accounts/', () => {
  it('lists default and the account, each with its slash', async () => {
    const { ask } = await serve();
    const answer = await ask(`${ACCOUNTS}/`);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/text');
    expect(answer.body).toBe(`default/\n${EMAIL}/\n`);
  });

  it('lists several accounts in their order, users among them', async () => {
    const { body } = await serve({
      accounts: [TRAINER, ALICE, READER].map((one) => createHandMadeAccount(one)),
    });
    expect(await body(`${ACCOUNTS}/`)).toBe(`default/\n${EMAIL}/\nalice@example.com/\n${OTHER}/\n`);
  });

  it('makes the first account the default one, and no other', async () => {
    const { body } = await serve({ accounts: [ALICE, TRAINER].map((one) => createHandMadeAccount(one)) });
    expect(await body(`${ACCOUNTS}/default/email`)).toBe('alice@example.com');
    expect(await body(`${ACCOUNTS}/alice@example.com/aliases`)).toBe('default\n');
    expect(await body(`${ACCOUNTS}/${EMAIL}/aliases`)).toBe('');
  });

  it('answers all of it at once', async () => {
    const { ask } = await serve({ accounts: [TRAINER, READER].map((one) => createHandMadeAccount(one)) });
    const answer = await ask(`${ACCOUNTS}/?recursive=true`);
    expect(answer.headers['content-type']).toBe('application/json');
    const trainer = { aliases: ['default'], email: EMAIL, scopes: [READ_ONLY] };
    expect(JSON.parse(answer.body)).toEqual({
      default: trainer,
      [EMAIL]: trainer,
      // whose name keeps its hyphen
      [OTHER]: { aliases: [], email: OTHER, scopes: [READ_ONLY] },
    });
  });
});

describe.each([
  ['default', TRAINER],
  [EMAIL, TRAINER],
  [EMAIL.replace('@', '%40'), TRAINER],
  ['%64efault', TRAINER],
  ['alice@example.com', ALICE],
  ['alice%40example.com', ALICE],
  ['default', ALICE],
])('the account %s of %s', (segment, member) => {
  const email = member.split(':')[1];
  const start = () => serve({ accounts: [createHandMadeAccount(member)] });

  it('lists what is below it', async () => {
    const { body } = await start();
    expect(await body(`${ACCOUNTS}/${segment}/`)).toBe('aliases\nemail\nidentity\nscopes\ntoken\n');
  });

  it('says what libraries want to know at once, without tokens', async () => {
    const { ask } = await start();
    const answer = await ask(`${ACCOUNTS}/${segment}/?recursive=true`);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.body).toBe(`{"aliases":["default"],"email":"${email}","scopes":["${READ_ONLY}"]}`);
  });

  it('has an e-mail without a newline, aliases and scopes one a line', async () => {
    const { ask, body } = await start();
    const answer = await ask(`${ACCOUNTS}/${segment}/email`);
    expect(answer.headers['content-type']).toBe('application/text');
    expect(answer.body).toBe(email);
    expect(await body(`${ACCOUNTS}/${segment}/aliases`)).toBe('default\n');
    expect(await body(`${ACCOUNTS}/${segment}/scopes`)).toBe(`${READ_ONLY}\n`);
  });

  it('has a token', async () => {
    const { body } = await start();
    expect(await body(`${ACCOUNTS}/${segment}/token`)).toContain('ya29.first');
  });
});

describe('scopes', () => {
  it.each([
    ['before the first token', undefined],
    ['after a refusal', REFUSED],
    ['in an outage', DOWN],
    ['of a token that says none', token('a', 900, [])],
  ])('are cloud-platform %s, because libraries want a list with something in it', async (_, reading) => {
    const account = createHandMadeAccount();
    account.becomes(reading);
    const { body } = await serve({ accounts: [account] });
    expect(JSON.parse(await body(`${ACCOUNTS}/default/?recursive=true`))).toMatchObject({
      scopes: [CLOUD_PLATFORM_SCOPE],
    });
    expect(await body(`${ACCOUNTS}/default/scopes`)).toBe(`${CLOUD_PLATFORM_SCOPE}\n`);
  });

  it('are those of the token that is held', async () => {
    const account = createHandMadeAccount();
    account.becomes(token('a', 900, ['https://a', 'https://b']));
    const { body } = await serve({ accounts: [account] });
    expect(await body(`${ACCOUNTS}/default/scopes`)).toBe('https://a\nhttps://b\n');
    expect(await body(`${ACCOUNTS}/default/scopes?alt=json`)).toBe('["https://a","https://b"]');
  });
});

describe('no account', () => {
  it.each([
    'nobody@example.com/token',
    'nobody@example.com/?recursive=true',
    `${EMAIL.toUpperCase()}/email`,
    'DEFAULT/token',
    `${EMAIL}%00/email`,
    `${EMAIL}%2Femail`,
    'default/../default/email',
    'default//email',
    '/default/email',
    'default/email/',
    'default/token/',
    'default/token/x',
    'default/password',
    '__proto__/',
    'constructor/',
    'default/__proto__',
    '%E0%A4%A/email',
    'trainer@acme-data.iam.gserviceaccount.com%20/email',
  ])('is found at %s', async (path) => {
    const { ask } = await serve();
    const answer = await ask(`${ACCOUNTS}/${path}`);
    expect(answer.status).toBe(404);
    expect(answer.headers['metadata-flavor']).toBe('Google');
    expect(answer.headers['content-type']).toBe('text/html');
  });
});
