/**
 * What Google's error answers say, reduced to what may be logged: codes, and text that cannot hold a token.
 */

import * as v from 'valibot';
import { loggableText } from '../loggable.ts';
import { parseJson } from '../unknown.ts';

/** https://google.aip.dev/193 */
const ApiError = v.object({
  error: v.object({
    status: v.optional(v.string()),
    details: v.optional(
      v.array(
        v.object({
          reason: v.optional(v.string()),
          metadata: v.optional(v.record(v.string(), v.unknown())),
        }),
      ),
    ),
  }),
});

/** RFC 6749 §5.2 */
const OAuthError = v.object({ error: v.string(), error_description: v.optional(v.string()) });

export interface OAuthErrorText {
  readonly code: string;
  readonly description: string;
}

/** The codes of a Google API's error body, `PERMISSION_DENIED IAM_PERMISSION_DENIED`; empty where it has none. */
export function describeApiError(body: string): string {
  const parsed = v.safeParse(ApiError, parseJson(body));
  if (!parsed.success) return '';
  const { status, details = [] } = parsed.output.error;
  const codes = [status, ...details.map(({ reason }) => reason)].filter((code) => code !== undefined);
  return codes.filter((code) => /^[A-Z0-9_]{1,63}$/.test(code)).join(' ');
}

/** The OAuth token endpoint's error; `undefined` where the body is none. */
export function parseOAuthError(body: string): OAuthErrorText | undefined {
  const parsed = v.safeParse(OAuthError, parseJson(body));
  if (!parsed.success) return undefined;
  const { error, error_description: description = '' } = parsed.output;
  return { code: loggableText(error), description: loggableText(description) };
}
