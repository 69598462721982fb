/** Calls one URL, as the refresher calls a function, and prints what came of it: `node call-once.ts URL`. */

import { connectionFailure } from '../../../refresher/vending/connection-failure.ts';
import { callHttp } from '../../../refresher/vending/http-call.ts';

const [url = ''] = process.argv.slice(2);
const call = { method: 'GET', url, headers: {} } as const;
const limits = { timeoutMs: 20_000, maxBytes: 1_000 };
const outcome = await callHttp(call, limits, new AbortController().signal).then(
  ({ body }) => body,
  connectionFailure,
);
process.stdout.write(outcome);
