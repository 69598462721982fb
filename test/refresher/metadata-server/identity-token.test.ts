import { describe, expect, it } from 'vitest';
import type { Account } from '../../../refresher/tokens/account.ts';
import { ALICE, createHandMadeAccount, READER, TRAINER } from './hand-made-account.ts';
import { ACCOUNTS, serve } from './served.ts';

const IDENTITY = `${ACCOUNTS}/default/identity`;
const GCLOUD = 'audience=32555940559.apps.googleusercontent.com&format=standard&licenses=FALSE';

describe('an ID token', () => {
  it('is the bare token as text/html', async () => {
    const account = createHandMadeAccount();
    account.idTokens.set('https://svc.example', 'e30.e30.c2ln');
    const { ask } = await serve({ accounts: [account] });
    const answer = await ask(`${IDENTITY}?audience=https%3A%2F%2Fsvc.example&format=full`);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/html');
    expect(answer.headers['metadata-flavor']).toBe('Google');
    expect(answer.body).toBe('e30.e30.c2ln');
  });

  it('is for the whole audience where a client sends it unescaped', async () => {
    const account = createHandMadeAccount();
    account.idTokens.set('https://svc.example/a?b=c&wait_for_change=true', 'e30.e30.c2ln');
    const { ask } = await serve({ accounts: [account] });
    await ask(`${IDENTITY}?format=full&audience=https://svc.example/a?b=c&d=e`);
    await ask(
      `${IDENTITY}?audience=https://svc.example/a?b=c&wait_for_change=true&format=full&licenses=TRUE`,
    );
    expect(account.audiences).toEqual([
      'https://svc.example/a?b=c&d=e',
      'https://svc.example/a?b=c&wait_for_change=true',
    ]);
  });

  it('is the one of the account in the path', async () => {
    const accounts = [TRAINER, READER].map((member) => createHandMadeAccount(member));
    for (const account of accounts) account.idTokens.set('a', account.target.email);
    const { body } = await serve({ accounts });
    const { email } = accounts[1]?.target ?? { email: '' };
    expect(await body(`${ACCOUNTS}/${email}/identity?audience=a`)).toBe(email);
  });

  it.each([
    ['there is none for the audience', TRAINER, `?${GCLOUD}`],
    ['the account is a user', ALICE, `?${GCLOUD}`],
    ['no audience is named', TRAINER, ''],
    ['the audience is empty', TRAINER, '?audience=&format=full'],
  ])('is 404, which gcloud bears, where %s', async (_, member, query) => {
    const account = createHandMadeAccount(member);
    const { ask } = await serve({ accounts: [account] });
    const answer = await ask(`${IDENTITY}${query}`);
    expect(answer.status).toBe(404);
    expect(answer.headers['metadata-flavor']).toBe('Google');
  });

  it('is never even asked for where the account is a user', async () => {
    const account = createHandMadeAccount(ALICE);
    account.idTokens.set('a', 'e30.e30.c2ln');
    const { ask } = await serve({ accounts: [account] });
    expect((await ask(`${IDENTITY}?audience=a`)).status).toBe(404);
    expect(account.audiences).toEqual([]);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('out of order'))],
    [
      'throws',
      () => {
        throw new Error('out of order');
      },
    ],
  ])('is 404 too where the account %s: gcloud crashes at 500 and 503', async (_, readIdToken) => {
    const broken: Account = { ...createHandMadeAccount(), readIdToken };
    const { ask, lines } = await serve({ accounts: [broken] });
    expect((await ask(`${IDENTITY}?${GCLOUD}`)).status).toBe(404);
    expect(lines).toMatchObject([{ severity: 'ERROR' }]);
  });
});
