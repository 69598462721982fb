import { describe, expect, it } from 'vitest';
import { parseExchangeRequest } from '../../shared/exchange-request.ts';
import { Refusal, type RefusalReason } from '../../shared/refusal.ts';

const MINIMAL = {
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token: 'header.claims.signature',
  subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
};

type Form = Readonly<Record<string, string | undefined>>;

/** The minimal form with other parameters laid over it; one that is undefined is left out. */
function form(changes: Form = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries<string | undefined>({ ...MINIMAL, ...changes })) {
    if (value !== undefined) parameters.set(name, value);
  }
  return parameters.toString();
}

describe('a request', () => {
  it('needs three parameters, and asks then for all that its only target may', () => {
    const { subjectToken, ...rest } = parseExchangeRequest(form(), 'serviceAccount');
    expect(subjectToken.reveal()).toBe('header.claims.signature');
    expect(rest).toEqual({
      tokenType: 'access_token',
      target: undefined,
      scopes: undefined,
      resource: undefined,
    });
  });

  it('may name its target, its scopes and a resource', () => {
    const changes = {
      audience: '//iam.googleapis.com/user:alice@example.com',
      scope: 'https://a https://b',
      resource: 'https://api.example.com',
    };
    expect(parseExchangeRequest(form(changes), 'user')).toMatchObject({
      target: { kind: 'user', email: 'alice@example.com', member: 'user:alice@example.com' },
      scopes: ['https://a', 'https://b'],
      resource: 'https://api.example.com',
    });
  });

  it.each(['urn:ietf:params:oauth:token-type:id_token', 'urn:ietf:params:oauth:token-type:jwt'])(
    'may call its token %s',
    (type) => {
      const request = parseExchangeRequest(form({ subject_token_type: type }), 'user');
      expect(request.subjectToken.reveal()).toBe('header.claims.signature');
    },
  );

  it.each([
    { asked: undefined, tokenType: 'access_token' },
    { asked: 'urn:ietf:params:oauth:token-type:access_token', tokenType: 'access_token' },
    { asked: 'urn:ietf:params:oauth:token-type:id_token', tokenType: 'id_token' },
  ])('for the token type $asked is for an $tokenType', ({ asked, tokenType }) => {
    const body = form({ requested_token_type: asked });
    expect(parseExchangeRequest(body, 'serviceAccount').tokenType).toBe(tokenType);
  });

  it('takes a parameter without a value as absent', () => {
    const body = form({ requested_token_type: '', audience: '', scope: '', resource: '', actor_token: '' });
    expect(parseExchangeRequest(body, 'serviceAccount')).toMatchObject({
      tokenType: 'access_token',
      target: undefined,
      scopes: undefined,
      resource: undefined,
    });
  });

  it('ignores parameters that it does not know', () => {
    expect(parseExchangeRequest(form({ options: '{}', client_id: 'x' }), 'user').tokenType).toBe(
      'access_token',
    );
  });
});

const REFUSED: readonly { readonly what: string; readonly body: string; readonly reason: RefusalReason }[] = [
  { what: 'an empty body', body: '', reason: 'grant_type_missing' },
  { what: 'JSON for a form', body: JSON.stringify(MINIMAL), reason: 'grant_type_missing' },
  { what: 'a repeated parameter', body: `${form()}&scope=a&scope=b`, reason: 'parameter_repeated' },
  { what: 'no grant type', body: form({ grant_type: undefined }), reason: 'grant_type_missing' },
  {
    what: 'another grant type',
    body: form({ grant_type: 'authorization_code' }),
    reason: 'grant_type_unsupported',
  },
  {
    what: 'a grant type in capitals',
    body: form({ grant_type: MINIMAL.grant_type.toUpperCase() }),
    reason: 'grant_type_unsupported',
  },
  { what: 'an actor token', body: form({ actor_token: 'a.b.c' }), reason: 'actor_token_unsupported' },
  { what: 'an actor token type', body: form({ actor_token_type: 'x' }), reason: 'actor_token_unsupported' },
  { what: 'no subject token', body: form({ subject_token: undefined }), reason: 'subject_token_missing' },
  { what: 'an empty subject token', body: form({ subject_token: '' }), reason: 'subject_token_missing' },
  {
    what: 'no subject token type',
    body: form({ subject_token_type: undefined }),
    reason: 'subject_token_type_missing',
  },
  {
    what: 'an access token for a subject token',
    body: form({ subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' }),
    reason: 'subject_token_type_unsupported',
  },
  {
    what: 'a JWT asked for',
    body: form({ requested_token_type: 'urn:ietf:params:oauth:token-type:jwt' }),
    reason: 'requested_token_type_unsupported',
  },
  {
    what: 'a refresh token asked for',
    body: form({ requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }),
    reason: 'requested_token_type_unsupported',
  },
  {
    what: 'an audience that is no member',
    body: form({ audience: 'https://api.example.com' }),
    reason: 'audience_malformed',
  },
  {
    what: 'an audience in capitals',
    body: form({ audience: 'user:Alice@example.com' }),
    reason: 'audience_malformed',
  },
  { what: 'a scope with a quotation mark', body: form({ scope: 'https://a"' }), reason: 'scope_malformed' },
  { what: 'a scope of spaces', body: form({ scope: '  ' }), reason: 'scope_malformed' },
];

describe('a request is refused', () => {
  it.each(REFUSED)('with $what: $reason', ({ body, reason }) => {
    expect(() => parseExchangeRequest(body, 'serviceAccount')).toThrow(new Refusal(reason));
  });

  it('where it wants the ID token of a user', () => {
    const body = form({ requested_token_type: 'urn:ietf:params:oauth:token-type:id_token' });
    expect(() => parseExchangeRequest(body, 'user')).toThrow(new Refusal('requested_token_type_unsupported'));
  });

  it.each([
    { first: 'parameter_repeated', body: 'grant_type=x&grant_type=y' },
    { first: 'grant_type_unsupported', body: form({ grant_type: 'x', actor_token: 'y' }) },
    { first: 'actor_token_unsupported', body: form({ actor_token: 'y', subject_token: undefined }) },
    {
      first: 'subject_token_missing',
      body: form({ subject_token: undefined, subject_token_type: undefined }),
    },
    { first: 'subject_token_type_unsupported', body: form({ subject_token_type: 'x', audience: 'y' }) },
  ] as const)('for $first before anything that comes after it', ({ first, body }) => {
    expect(() => parseExchangeRequest(body, 'serviceAccount')).toThrow(new Refusal(first));
  });
});
