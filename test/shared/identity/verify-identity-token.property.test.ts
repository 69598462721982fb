import * as fc from '../../support/properties.ts';
import { describe, expect, it } from 'vitest';
import { createIdentityTokenVerifier } from '../../../shared/identity/verify-identity-token.ts';
import { IdentityToken } from '../../../shared/tokens.ts';
import { AUDIENCE, oneGoogleKey, workerToken } from '../../support/domain/callers.ts';
import { NOW } from '../../support/domain/clock.ts';
import { callContext } from '../../support/domain/contexts.ts';
import { attemptAsync, reasonOf } from '../../vectors/attempt.ts';

const verify = createIdentityTokenVerifier({
  keys: oneGoogleKey,
  audiences: [AUDIENCE],
  nowMs: () => NOW.getTime(),
});
const verifyText = (token: string) => attemptAsync(() => verify(new IdentityToken(token), callContext()));

describe('an identity token', () => {
  it('is refused with any one character changed, added or left out, though it was accepted before', async () => {
    const token = workerToken().reveal();
    expect(reasonOf(await verifyText(token))).toBe('granted');

    const character = fc.oneof(
      fc.stringMatching(/^[\w.=+/ \n-]$/),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    );
    const change = fc.constantFrom('replace', 'insert', 'delete');
    await fc.assert(
      fc.asyncProperty(change, fc.nat({ max: token.length - 1 }), character, async (kind, at, put) => {
        const rest = token.slice(kind === 'insert' ? at : at + 1);
        const changed = token.slice(0, at) + (kind === 'delete' ? '' : put) + rest;
        fc.pre(changed !== token);
        expect(reasonOf(await verifyText(changed))).toMatch(/^token_/);
      }),
      { numRuns: 600 },
    );
  });

  it('is refused with segments of two tokens, each of which is accepted', async () => {
    const tokens = [workerToken(), workerToken({ header: { note: 'another' } })].map((token) =>
      token.reveal(),
    );
    const segments = tokens.flatMap((token) => token.split('.'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...segments), { minLength: 2, maxLength: 4 }),
        async (parts) => {
          const mixed = parts.join('.');
          const reason = reasonOf(await verifyText(mixed));
          expect(reason === 'granted').toBe(tokens.includes(mixed));
        },
      ),
      { numRuns: 300 },
    );
  });
});
