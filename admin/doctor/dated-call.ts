/**
 * An HTTP call that also notes what the server's clock says.
 */

import { callHttp, type HttpAnswer, type HttpCall } from '../../refresher/vending/http-call.ts';
import type { DateSeen } from './clock-check.ts';
import { never } from './patient.ts';

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 128 * 1024;

export type DatedCall = (call: HttpCall) => Promise<HttpAnswer & { readonly seen: DateSeen }>;

export function createDatedCall(nowMs: () => number): DatedCall {
  return async function datedCall(call) {
    const askedAtMs = nowMs();
    const answer = await callHttp(call, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES }, never());
    const server = new URL(call.url).host;
    return {
      ...answer,
      seen: { server, date: answer.header('date'), askedAtMs, answeredAtMs: nowMs() },
    };
  };
}
