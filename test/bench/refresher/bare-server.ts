/**
 * The baseline: a server as anybody would write it, that sends to everybody the bytes that the refresher sends to
 * those who may have them.
 */

import { createServer } from 'node:http';

const { PORT, HEADERS = '{}', BODY = '' } = process.env;
const headers = JSON.parse(HEADERS) as Record<string, string>;

// the one option that shows in the answer
createServer({ keepAliveTimeout: 65_000 }, (_request, response) => {
  response.writeHead(200, headers);
  response.end(BODY);
}).listen(Number(PORT), '127.0.0.1');
