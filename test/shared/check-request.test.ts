import { describe, expect, it } from 'vitest';
import { parseCheckRequest } from '../../shared/check-request.ts';
import {
  encodeForm,
  MAX_BODY_BYTES,
  MAX_CHECK_TARGETS,
  MAX_SUBJECT_TOKEN_LENGTH,
} from '../../shared/protocol.ts';
import { Refusal, type RefusalReason } from '../../shared/refusal.ts';

const TRAINER = 'serviceAccount:trainer@acme-data.iam.gserviceaccount.com';
const ALICE = 'user:alice@example.com';
const MINIMAL = {
  subject_token: 'a.b.c',
  subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
  audience: TRAINER,
};
const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:';

function form(changes: Readonly<Record<string, string | undefined>> = {}): string {
  const parameters = Object.entries({ ...MINIMAL, ...changes });
  const present = parameters.flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as [string, string]],
  );
  return new URLSearchParams(present).toString();
}

const account = (index: number) => `serviceAccount:task-${index}@acme-data.iam.gserviceaccount.com`;
const accounts = (count: number) => Array.from({ length: count }, (_, index) => account(index));

describe('a check', () => {
  it('asks about one target', () => {
    const { subjectToken, ...request } = parseCheckRequest(form(), 'serviceAccount');
    expect(subjectToken.reveal()).toBe('a.b.c');
    expect(request).toEqual({
      tokenType: 'access_token',
      targets: [
        {
          kind: 'serviceAccount',
          email: 'trainer@acme-data.iam.gserviceaccount.com',
          member: TRAINER,
        },
      ],
      scopes: undefined,
      resource: undefined,
    });
  });

  it('asks about several in their order, of either kind and in either form', () => {
    const audience = `${ALICE} //iam.googleapis.com/${TRAINER} ${account(7)}`;
    const { targets } = parseCheckRequest(form({ audience }), 'user');
    expect(targets.map(({ member }) => member)).toEqual([ALICE, TRAINER, account(7)]);
  });

  it('asks for what an exchange could ask for', () => {
    const body = form({
      requested_token_type: `${TOKEN_TYPE}id_token`,
      scope: 'b a',
      resource: 'https://api.example.com',
    });
    expect(parseCheckRequest(body, 'serviceAccount')).toMatchObject({
      tokenType: 'id_token',
      scopes: ['b', 'a'],
      resource: 'https://api.example.com',
    });
  });

  it.each([
    { what: 'no grant type', grantType: undefined },
    { what: 'that of an exchange', grantType: 'urn:ietf:params:oauth:grant-type:token-exchange' },
    { what: 'any other', grantType: 'authorization_code' },
  ])('may have $what: nothing is granted', ({ grantType }) => {
    expect(parseCheckRequest(form({ grant_type: grantType }), 'user').targets).toHaveLength(1);
  });

  it(`asks about ${MAX_CHECK_TARGETS} targets at once`, () => {
    const audience = accounts(MAX_CHECK_TARGETS).join(' ');
    expect(parseCheckRequest(form({ audience }), 'serviceAccount').targets).toHaveLength(500);
  });

  it('about as many accounts of the longest names fits into a body, beside the longest identity token', () => {
    // https://cloud.google.com/iam/docs/service-accounts-create: 30 characters of name, 30 of project
    const longest = (index: number) =>
      `serviceAccount:${String(index).padStart(30, 'a')}@${'p'.repeat(30)}.iam.gserviceaccount.com`;
    const audience = Array.from({ length: MAX_CHECK_TARGETS }, (_, index) => longest(index)).join(' ');
    const body = encodeForm({ ...MINIMAL, subject_token: 'x'.repeat(MAX_SUBJECT_TOKEN_LENGTH), audience });
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MAX_BODY_BYTES);
    expect(parseCheckRequest(body, 'serviceAccount').targets).toHaveLength(500);
  });
});

const REFUSED: readonly { readonly what: string; readonly body: string; readonly reason: RefusalReason }[] = [
  { what: 'an empty body', body: '', reason: 'subject_token_missing' },
  { what: 'JSON for a form', body: JSON.stringify(MINIMAL), reason: 'subject_token_missing' },
  { what: 'its list as parameters', body: `${form()}&audience=${ALICE}`, reason: 'parameter_repeated' },
  { what: 'an unknown parameter twice', body: `${form()}&x=1&x=2`, reason: 'parameter_repeated' },
  { what: 'an actor token', body: form({ actor_token: 'a.b.c' }), reason: 'actor_token_unsupported' },
  { what: 'no subject token', body: form({ subject_token: undefined }), reason: 'subject_token_missing' },
  {
    what: 'no subject token type',
    body: form({ subject_token_type: '' }),
    reason: 'subject_token_type_missing',
  },
  {
    what: 'an access token for a subject token',
    body: form({ subject_token_type: `${TOKEN_TYPE}access_token` }),
    reason: 'subject_token_type_unsupported',
  },
  {
    what: 'a JWT asked for',
    body: form({ requested_token_type: `${TOKEN_TYPE}jwt` }),
    reason: 'requested_token_type_unsupported',
  },
  { what: 'a scope of spaces', body: form({ scope: '  ' }), reason: 'scope_malformed' },
  { what: 'no targets', body: form({ audience: undefined }), reason: 'audience_missing' },
  { what: 'an empty list of targets', body: form({ audience: '' }), reason: 'audience_missing' },
  { what: 'a space for a target', body: form({ audience: ' ' }), reason: 'audience_malformed' },
  { what: 'a space before the list', body: form({ audience: ` ${ALICE}` }), reason: 'audience_malformed' },
  { what: 'a space behind the list', body: form({ audience: `${ALICE} ` }), reason: 'audience_malformed' },
  {
    what: 'two spaces in the list',
    body: form({ audience: `${ALICE}  ${TRAINER}` }),
    reason: 'audience_malformed',
  },
  ...['\t', '\n', ',', ';', '\u00a0', '%20', '+'].map((separator) => ({
    what: `${JSON.stringify(separator)} between two targets`,
    body: form({ audience: `${ALICE}${separator}${TRAINER}` }),
    reason: 'audience_malformed' as const,
  })),
  { what: 'JSON for a list', body: form({ audience: `["${ALICE}"]` }), reason: 'audience_malformed' },
  {
    what: 'a list in brackets',
    body: form({ audience: undefined, 'audience[]': ALICE }),
    reason: 'audience_missing',
  },
  { what: 'an e-mail', body: form({ audience: 'alice@example.com' }), reason: 'audience_malformed' },
  {
    what: 'a target in capitals behind a good one',
    body: form({ audience: `${TRAINER} user:Alice@example.com` }),
    reason: 'audience_malformed',
  },
  { what: 'a wildcard', body: form({ audience: 'user:*' }), reason: 'audience_malformed' },
  { what: 'a target twice', body: form({ audience: `${ALICE} ${ALICE}` }), reason: 'target_repeated' },
  {
    what: 'a target twice, named in two ways',
    body: form({ audience: `//iam.googleapis.com/${ALICE} ${TRAINER} ${ALICE}` }),
    reason: 'target_repeated',
  },
  { what: '501 targets', body: form({ audience: accounts(501).join(' ') }), reason: 'targets_too_many' },
  {
    what: 'spaces up to the size of a body',
    body: form({ audience: ' '.repeat(60_000) }),
    reason: 'targets_too_many',
  },
];

describe('a check is refused', () => {
  it.each(REFUSED)('with $what: $reason', ({ body, reason }) => {
    expect(() => parseCheckRequest(body, 'serviceAccount')).toThrow(new Refusal(reason));
  });

  it('where it wants the ID tokens of users', () => {
    const body = form({ requested_token_type: `${TOKEN_TYPE}id_token` });
    expect(() => parseCheckRequest(body, 'user')).toThrow(new Refusal('requested_token_type_unsupported'));
  });
});
