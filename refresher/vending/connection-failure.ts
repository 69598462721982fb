/**
 * Why a server could not be reached, in words that a person can act on. Pure.
 */

import { errorCode } from '../../shared/unknown.ts';
import { TimedOut, TooLong } from './http-call.ts';

/** Node's codes and those of Bun, which has names of its own. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ConnectionRefused: 'nobody listens there',
  FailedToOpenSocket: 'nobody listens there',
  ECONNRESET: 'it closed the connection',
  ConnectionClosed: 'it closed the connection',
  EPIPE: 'it closed the connection',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name could not be looked up',
  DNSException: 'its name could not be looked up',
  EHOSTUNREACH: 'no network leads there',
  ENETUNREACH: 'no network leads there',
  EACCES: 'this machine forbids the connection',
  EPERM: 'this machine forbids the connection',
  ETIMEDOUT: 'it does not answer',
};

export function connectionFailure(error: unknown): string {
  if (error instanceof TimedOut) return 'it did not answer in time';
  if (error instanceof TooLong) return 'its answer is too long to be meant';
  const code = errorCode(error);
  if (typeof code !== 'string') return 'the connection failed';
  const known = REASONS[code];
  if (known !== undefined) return known;
  if (code.startsWith('HPE_')) return 'it does not speak HTTP';
  if (/CERT|TLS|SSL|VERIFY|EPROTO/.test(code)) return `its certificate or its TLS is not accepted (${code})`;
  return `the connection failed (${/^[\w-]{1,60}$/.test(code) ? code : 'unknown code'})`;
}
