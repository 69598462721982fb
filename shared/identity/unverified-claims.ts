/**
 * What a refused identity token claimed, for the audit line: whoever has to find out which VM was refused has only this.
 *
 * Nothing of it is believed. Each value is cut short, and characters that could forge log text are dropped.
 */

import { MAX_SUBJECT_TOKEN_LENGTH } from '../protocol.ts';
import type { IdentityToken } from '../tokens.ts';
import { isRecord, parseJson } from '../unknown.ts';

const MAX_VALUE_LENGTH = 128;
const CLAIMS = ['iss', 'aud', 'sub', 'email', 'iat', 'exp'] as const;
const COMPUTE_CLAIMS = ['project_id', 'project_number', 'instance_id', 'instance_name', 'zone'] as const;

type Claims = Readonly<Record<string, unknown>>;

export function readUnverifiedClaims(token: IdentityToken): Readonly<Record<string, string>> | undefined {
  if (token.length > MAX_SUBJECT_TOKEN_LENGTH) return undefined;
  const [, segment = ''] = token.reveal().split('.');
  const claims = parseJson(Buffer.from(segment, 'base64url').toString('utf8'));
  if (!isRecord(claims)) return undefined;
  const compute = isRecord(claims['google']) ? claims['google']['compute_engine'] : undefined;
  return { ...pick(claims, CLAIMS), ...(isRecord(compute) && pick(compute, COMPUTE_CLAIMS)) };
}

function pick(claims: Claims, names: readonly string[]): Record<string, string> {
  const present = names.filter((name) => Object.hasOwn(claims, name));
  return Object.fromEntries(present.map((name) => [name, describe(claims[name])]));
}

function describe(value: unknown): string {
  const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  const text = isScalar ? String(value) : `(${Array.isArray(value) ? 'array' : typeof value})`;
  return text.slice(0, MAX_VALUE_LENGTH).replace(/[^\x20-\x7e]/g, '?');
}
