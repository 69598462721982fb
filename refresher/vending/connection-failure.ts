/**
 * Why a server could not be reached, in words that a person can act on. Pure.
 */

import { errorCode } from '../../shared/unknown.ts';
import { TimedOut, TooLong } from './http-call.ts';

/** Node's codes and those of Bun, which has names of its own. */
const REASONS = [
  ['nobody listens there', /^(?:ECONNREFUSED|ConnectionRefused|FailedToOpenSocket)$/],
  ['it closed the connection', /^(?:ECONNRESET|ConnectionClosed|EPIPE)$/],
  ['its name is not known', /^ENOTFOUND$/],
  ['its name could not be looked up', /^(?:EAI_AGAIN|DNSException)$/],
  ['no network leads there', /^E(?:HOST|NET)UNREACH$/],
  ['this machine forbids the connection', /^(?:EACCES|EPERM)$/],
  ['it does not answer', /^ETIMEDOUT$/],
  ['it does not speak HTTP', /^HPE_/],
] as const;

export function connectionFailure(error: unknown): string {
  if (error instanceof TimedOut) return 'it did not answer in time';
  if (error instanceof TooLong) return 'its answer is too long to be meant';
  const code = errorCode(error);
  if (typeof code !== 'string') return 'the connection failed';
  const known = REASONS.find(([, codes]) => codes.test(code));
  if (known !== undefined) return known[0];
  if (/CERT|TLS|SSL|VERIFY|EPROTO/.test(code)) return `its certificate or its TLS is not accepted (${code})`;
  return `the connection failed (${/^[\w-]{1,60}$/.test(code) ? code : 'unknown code'})`;
}
