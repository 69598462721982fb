/** A child of `refresher exec` that asks for its token as client libraries do, once for each line that it reads. */

import { createInterface } from 'node:readline';

const host = process.env['GCE_METADATA_HOST'] ?? '';
const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/token`;

process.stdout.write(`${host}\n`);
for await (const _ of createInterface(process.stdin)) {
  const response = await fetch(url, { headers: { 'metadata-flavor': 'Google' } });
  process.stdout.write(`${JSON.stringify({ status: response.status, body: await response.text() })}\n`);
}
