/**
 * The baseline: a function that does nothing but what any handler of this endpoint must. It parses the form and answers
 * a JSON of the same size, under the same framework as ours.
 *
 * `empty-logging` also writes one line of the audit line's length for each request, which the baseline does not.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { http } from '@google-cloud/functions-framework';

/** As long as an access token of Google's. */
const TOKEN = 'x'.repeat(220);
const LINE = `${JSON.stringify({ severity: 'INFO', message: 'x'.repeat(780) })}\n`;

type FormRequest = IncomingMessage & { readonly rawBody?: Buffer };

function answer(request: FormRequest, response: ServerResponse): void {
  const form = new URLSearchParams(request.rawBody?.toString());
  const text = JSON.stringify({
    access_token: TOKEN,
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: form.size,
    scope: 'https://www.googleapis.com/auth/devstorage.read_write',
  });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  response.writeHead(200, headers).end(text);
}

http('empty', answer);
http('empty-logging', (request, response) => {
  process.stdout.write(LINE);
  answer(request, response);
});
