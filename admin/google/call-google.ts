/**
 * One call of a Google API as whoever runs this command.
 */

import type { Send } from '../../shared/http/outbound.ts';
import { loggableText } from '../../shared/loggable.ts';
import type { AccessToken } from '../../shared/tokens.ts';
import { isRecord, parseJson } from '../../shared/unknown.ts';
import type { Unknown } from './google.ts';

/** Each has an origin of its own; a test puts one in the place of all. */
export const APIS = {
  iam: 'https://iam.googleapis.com',
  iamCredentials: 'https://iamcredentials.googleapis.com',
  logging: 'https://logging.googleapis.com',
  oauth: 'https://oauth2.googleapis.com',
  policyTroubleshooter: 'https://policytroubleshooter.googleapis.com',
  serviceUsage: 'https://serviceusage.googleapis.com',
} as const;

export type Api = keyof typeof APIS;

/** Who asks, and which project pays for it. */
export interface OperatorToken {
  readonly token: AccessToken;
  readonly quotaProject: string | undefined;
}

export interface GoogleCall {
  readonly api: Api;
  readonly path: string;
  /** Sent by POST; without one it is a GET. */
  readonly json?: unknown;
}

export interface GoogleAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** Of `google.rpc.ErrorInfo`: https://google.aip.dev/193#errorinfo. Empty where there is none. */
  readonly reason: string;
  /** Of the same: the number or id of the project that the call counts for. */
  readonly consumer?: string | undefined;
}

/** Does not throw: nobody answered where it is `undefined`. */
export type CallGoogle = (call: GoogleCall) => Promise<GoogleAnswer | undefined>;

interface Options {
  readonly send: Send;
  readonly operator: OperatorToken;
  readonly originOf: (api: Api) => string;
}

/** For all of it, repetitions included. */
const CALL_TIMEOUT_MS = 15_000;

export function createCallGoogle({ send, operator, originOf }: Options): CallGoogle {
  const { token, quotaProject } = operator;
  return async function callGoogle({ api, path, json }) {
    const headers = {
      authorization: `Bearer ${token.reveal()}`,
      ...(quotaProject !== undefined && { 'x-goog-user-project': quotaProject }),
      ...(json !== undefined && { 'content-type': 'application/json' }),
    };
    const url = `${originOf(api)}${path}`;
    const request =
      json === undefined
        ? ({ method: 'GET', url, headers } as const)
        : ({ method: 'POST', url, headers, body: JSON.stringify(json) } as const);
    try {
      const { status, body } = await send(request, AbortSignal.timeout(CALL_TIMEOUT_MS));
      const parsed = parseJson(body);
      const fields = isRecord(parsed) ? parsed : {};
      return { status, body: fields, ...infoOf(fields) };
    } catch {
      return undefined;
    }
  };
}

function infoOf({ error }: GoogleAnswer['body']): Pick<GoogleAnswer, 'reason' | 'consumer'> {
  const details: readonly unknown[] =
    isRecord(error) && Array.isArray(error['details']) ? error['details'] : [];
  const info = details.filter(isRecord).find(({ reason }) => typeof reason === 'string');
  const { reason, metadata } = info ?? {};
  const consumer = isRecord(metadata) ? metadata['consumer'] : undefined;
  return {
    reason: typeof reason === 'string' ? loggableText(reason) : '',
    consumer: typeof consumer === 'string' ? /^projects\/([a-z0-9-]{1,40})$/.exec(consumer)?.[1] : undefined,
  };
}

/** An answer that does not say what was asked. `role`: what would let its asker know. */
export function unknown(
  answer: GoogleAnswer | undefined,
  { api, role, projectId }: { readonly api: Api; readonly role: string; readonly projectId: string },
): Unknown {
  const service = new URL(APIS[api]).host;
  if (answer === undefined) return { is: 'unknown', because: `${service} did not answer`, mend: [] };
  if (answer.reason === 'SERVICE_DISABLED') {
    const line = `gcloud services enable ${service} --project=${answer.consumer ?? projectId}`;
    return { is: 'unknown', because: `${service} is off in the project that asks`, mend: [line] };
  }
  if (answer.status === 401) {
    const line = 'gcloud auth application-default login';
    return { is: 'unknown', because: `${service} does not accept your credentials`, mend: [line] };
  }
  if (answer.status === 403) {
    const line = `gcloud projects add-iam-policy-binding ${projectId} --member=user:YOU --role=${role}`;
    return { is: 'unknown', because: `${service} does not tell you`, mend: [line] };
  }
  return { is: 'unknown', because: `${service} answered ${answer.status}`, mend: [] };
}
