/**
 * Hostile identity tokens: `identity-tokens.yaml`, and the builder that makes tokens of its recipes.
 */

import * as v from 'valibot';
import { identityTokenClaims, type FakeGoogle } from '../support/google/fake-google.ts';
import { AUDIENCES, type Vm } from '../support/world/world.ts';
import { encodePart, jsonPart } from './json-part.ts';
import type { Facts } from './placeholders.ts';
import { createSigner, SIGNING_MEANS, unpublishedKey } from './signing-means.ts';
import { loadVectors, type Vector } from './vector-file.ts';
import { applyWireStep, needsSpareBits, wireStep } from './wire-steps.ts';

const recipe = {
  header: v.optional(jsonPart),
  claims: v.optional(jsonPart),
  key: v.optional(v.picklist(SIGNING_MEANS), 'google'),
  /** The whole token is made exactly so long, by members that nobody reads. */
  length: v.optional(v.number()),
  /** Claims that take the place of those that were signed. */
  claimsAfterSigning: v.optional(jsonPart),
  afterSigning: v.optional(v.array(wireStep), []),
};

type Recipe = v.InferOutput<v.StrictObjectSchema<typeof recipe, undefined>>;

export type IdentityTokenVector = Vector<Recipe>;

export interface IdentityTokenMakings {
  readonly google: FakeGoogle;
  /** Whose token it would be. */
  readonly vm: Vm;
  /** Of the function that is attacked. */
  readonly audience: string;
  readonly nowSeconds: number;
}

/** What a function has to be told beyond what any test tells it, so that every row means what it says. */
export function vectorEnvironment(vm: Vm): Readonly<Record<string, string>> {
  return { TOKEN_VENDING_PROJECT_NUMBERS: String(vm.identity.instance.projectNumber) };
}

export function loadIdentityTokenVectors(): readonly IdentityTokenVector[] {
  return loadVectors('identity-tokens.yaml', recipe);
}

export function buildIdentityToken(
  { recipe: row }: Pick<IdentityTokenVector, 'recipe'>,
  makings: IdentityTokenMakings,
): string {
  const { google, vm, audience, nowSeconds } = makings;
  const facts = factsOf(makings);
  const signer = createSigner(row.key, google, vm.identity.serviceAccount);
  const plainHeader = { alg: signer.alg, kid: signer.kid, typ: 'JWT' };
  const plainClaims = identityTokenClaims(vm.identity, audience, nowSeconds);

  const header = encodePart(plainHeader, row.header, facts);
  const claims = encodePart(plainClaims, row.claims, facts);
  const [paddedHeader, paddedClaims] =
    row.length === undefined ? [header, claims] : fillUp(header, claims, row.length);
  const signed = sign(
    needsSpareBits(row.afterSigning, 'header') ? leaveBitsOver(paddedHeader) : paddedHeader,
    needsSpareBits(row.afterSigning, 'claims') ? leaveBitsOver(paddedClaims) : paddedClaims,
  );
  const [signedHeader, signedClaims, signature] = signed.split('.');
  const swapped =
    row.claimsAfterSigning === undefined
      ? signedClaims
      : encodePart(plainClaims, row.claimsAfterSigning, facts).toString('base64url');
  return row.afterSigning.reduce(
    (token, step) => applyWireStep(token, step, facts),
    [signedHeader, swapped, signature].join('.'),
  );

  function sign(headerBytes: Buffer, claimsBytes: Buffer): string {
    const input = `${headerBytes.toString('base64url')}.${claimsBytes.toString('base64url')}`;
    return `${input}.${signer.sign(Buffer.from(input)).toString('base64url')}`;
  }
}

function factsOf({ google, vm, audience, nowSeconds }: IdentityTokenMakings): Facts {
  const [older = google.keys.signing] = google.keys.served;
  const { serviceAccount, uniqueId, instance } = vm.identity;
  return {
    now: nowSeconds,
    audience,
    'upper-case audience': audience.toUpperCase(),
    'other audience': Object.values(AUDIENCES).find((other) => other !== audience),
    email: serviceAccount,
    'upper-case email': serviceAccount.toUpperCase(),
    'unique id': uniqueId,
    'instance id': instance.id,
    'google kid': google.keys.signing.kid,
    'upper-case google kid': google.keys.signing.kid.toUpperCase(),
    'older kid': older.kid,
    'attacker jwk': unpublishedKey(google).jwk,
    'attacker jwks url': 'https://keys.attacker.example/certs',
  };
}

/** Spaces after the closing brace change nothing in JSON. */
function leaveBitsOver(bytes: Buffer): Buffer {
  return bytes.length % 3 === 0 ? Buffer.concat([bytes, Buffer.from(' ')]) : bytes;
}

/** A 2048-bit signature. */
const SIGNATURE_LENGTH = 342;

/** Base64url has no text of 4n + 1 characters, so that now and then the header has to give one. */
function fillUp(header: Buffer, claims: Buffer, length: number): [Buffer, Buffer] {
  const spaces = (bytes: Buffer, count: number) => Buffer.concat([bytes, Buffer.alloc(count, ' ')]);
  const lengthOf = (bytes: number) => Math.ceil((bytes * 4) / 3);
  for (const extra of [0, 1, 2]) {
    const left = length - SIGNATURE_LENGTH - 2 - lengthOf(header.length + extra);
    const size = Math.floor((left * 3) / 4);
    if (lengthOf(size) === left) return [spaces(header, extra), spaces(claims, size - claims.length)];
  }
  throw new Error(`no token is ${length} characters long`);
}
