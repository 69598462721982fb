/**
 * Whether the world is as it should be. Pure.
 *
 * Two things can be wrong, and somebody else is called for each: what should work does not (`broken`), or what should be
 * refused is not (`too_open`).
 */

import type { Answer } from './ask.ts';
import type { Expected } from './probes.ts';
import type { Used } from './use-token.ts';

export interface Verdict {
  readonly result: 'as_expected' | 'broken' | 'too_open';
  /** What happened, for the log; holds no secret. */
  readonly sentence: string;
}

const WANTED: Readonly<Record<Expected, string>> = {
  token: 'a token',
  invalid_target: '400 invalid_target',
  invalid_request: '400 invalid_request',
  edge: '401 or 403 of the platform',
};

/** `used`: of the token, where there was one to use. */
export function judge(expected: Expected, answer: Answer, used?: Used): Verdict {
  const { status, error, token } = answer;
  const got = `${status}${error === undefined ? '' : ` ${nameOf(error)}`}`;
  if (expected === 'token') return token === undefined ? broken(`${got}, and no token`) : judgeUse(used);
  if (token !== undefined || status === 200)
    return tooOpen(`${WANTED[expected]} was due, and there came ${got}`);
  // the platform let somebody through whom it does not know: the function's own check is all that is left
  if (expected === 'edge' && error !== undefined) return tooOpen(`the function itself answered: ${got}`);
  const isRefused =
    expected === 'edge' ? status === 401 || status === 403 : status === 400 && error === expected;
  return isRefused ? asExpected(got) : broken(`${WANTED[expected]} was due, and there came ${got}`);
}

function judgeUse(used: Used | undefined): Verdict {
  if (used === undefined) return broken('the token was not used');
  const { allowed, forbidden } = used;
  if (forbidden === 200) return tooOpen('the token lists buckets, which its account must not');
  if (allowed !== 200) return broken(`the token does not read its object: ${allowed}`);
  if (forbidden !== 403) return broken(`403 was due for a list of buckets, and there came ${forbidden}`);
  return asExpected('a token that reads its object, and nothing else');
}

/** A word of RFC 6749; what else stands there may be anything. */
function nameOf(error: string): string {
  return /^[a-z_]{1,40}$/.test(error) ? error : 'with an unknown error';
}

const asExpected = (sentence: string): Verdict => ({ result: 'as_expected', sentence });
const broken = (sentence: string): Verdict => ({ result: 'broken', sentence });
const tooOpen = (sentence: string): Verdict => ({ result: 'too_open', sentence });
