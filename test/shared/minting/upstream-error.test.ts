import { describe, expect, it } from 'vitest';
import { describeApiError, parseOAuthError } from '../../../shared/minting/upstream-error.ts';

const JWT = `eyJhbGciOiJSUzI1NiJ9.${'eyJpc3MiOiJodHRwcyJ9'.repeat(3)}.c2ln`;

describe("an API's error", () => {
  it.each([
    {
      what: 'its status and the reason behind it',
      error: {
        code: 403,
        status: 'PERMISSION_DENIED',
        details: [{ reason: 'IAM_PERMISSION_DENIED', metadata: { permission: 'x' } }],
      },
      described: 'PERMISSION_DENIED IAM_PERMISSION_DENIED',
    },
    { what: 'its status alone', error: { status: 'UNAVAILABLE' }, described: 'UNAVAILABLE' },
    {
      what: 'its reasons alone',
      error: { details: [{}, { reason: 'RATE_LIMIT_EXCEEDED' }] },
      described: 'RATE_LIMIT_EXCEEDED',
    },
    { what: 'nothing of its message', error: { message: JWT, status: 'INTERNAL' }, described: 'INTERNAL' },
    {
      what: 'no code that is not written as one',
      error: { status: JWT, details: [{ reason: 'see https://x' }] },
      described: '',
    },
    { what: 'no code that is too long', error: { status: 'A'.repeat(64) }, described: '' },
    { what: 'nothing where it has another shape', error: { status: 403 }, described: '' },
    { what: 'nothing where its details have another shape', error: { details: 'none' }, described: '' },
  ])('is described by $what', ({ error, described }) => {
    expect(describeApiError(JSON.stringify({ error }))).toBe(described);
  });

  it.each(['', '<html>', '{', '[]', 'null', '{"error":"invalid_grant"}', '{"error":null}'])(
    'is not described where the body is %o',
    (body) => {
      expect(describeApiError(body)).toBe('');
    },
  );
});

describe('an OAuth error', () => {
  it('is its code and its description', () => {
    const body = '{"error":"invalid_grant","error_description":"Invalid JWT Signature."}';
    expect(parseOAuthError(body)).toEqual({ code: 'invalid_grant', description: 'Invalid JWT Signature.' });
  });

  it('needs no description', () => {
    expect(parseOAuthError('{"error":"server_error"}')).toEqual({ code: 'server_error', description: '' });
  });

  it('loses what may be a token or forge a line', () => {
    const body = JSON.stringify({
      error: `bad\n${JWT}`,
      error_description: `Invalid assertion ${JWT}\u0007`,
    });
    expect(parseOAuthError(body)).toEqual({ code: 'bad?[…]', description: 'Invalid assertion […]?' });
  });

  it.each(['', '<html>', 'null', '{}', '{"error":{"code":403}}', '{"error":"x","error_description":1}'])(
    'is none where the body is %o',
    (body) => {
      expect(parseOAuthError(body)).toBeUndefined();
    },
  );
});
