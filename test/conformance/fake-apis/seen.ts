/** What a fake API keeps of a request: never the token, only whose it was and its SHA-256. */

import { hash } from 'node:crypto';
import type { FakeGoogle } from '../../support/google/fake-google.ts';

export interface Seen {
  readonly method: string;
  /** With its query, as sent. */
  readonly path: string;
  /** Of the bearer token, in hex; absent: there was none. */
  readonly tokenSha256?: string;
  /** IAM member whom the token stands for; absent: nobody, or this Google never issued it. */
  readonly principal?: string;
}

/** @param authorization the header's value */
export function seen(
  google: Pick<FakeGoogle, 'whoIs'>,
  method: string,
  path: string,
  authorization: string | undefined,
): Seen {
  const token = bearerToken(authorization);
  if (token === undefined) return { method, path };
  const principal = google.whoIs(token)?.principal;
  return { method, path, tokenSha256: sha256(token), ...(principal !== undefined && { principal }) };
}

export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
}

export function sha256(token: string): string {
  return hash('sha256', token, 'hex');
}
