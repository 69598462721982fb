/**
 * A client inside a task: `node asking-client.js COUNT CONCURRENCY TOKEN`. Asks again and again for the token on the
 * metadata server's address, on connections that are kept, and says at its end, as JSON, what it got. COUNT 0: until its standard
 * input ends. A request that fails is sent again after a moment, as client libraries do.
 */

import { Agent, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const [count, concurrency, expected] = process.argv.slice(2);
const wanted = Number(count) || Infinity;
const agent = new Agent({ keepAlive: true, maxSockets: Number(concurrency) });
const seen = { asked: 0, right: 0, wrong: 0, failed: 0, longestGapMs: 0, p50Ms: 0, p99Ms: 0 };
const times = [];
const over = new AbortController();
let wasFailing = false;
let lastRight = performance.now();

function ask() {
  return new Promise((resolve) => {
    const request = get(
      {
        host: '169.254.169.254',
        path: '/computeMetadata/v1/instance/service-accounts/default/token',
        headers: { 'metadata-flavor': 'Google' },
        agent,
        timeout: 3000,
      },
      (response) => {
        let body = '';
        response.on('data', (chunk) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode, body }));
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve({ status: 0, body: '' }));
  });
}

async function work() {
  while (!over.signal.aborted && seen.asked < wanted) {
    seen.asked += 1;
    const begun = performance.now();
    const { status, body } = await ask();
    const now = performance.now();
    if (status === 200 && JSON.parse(body).access_token === expected) {
      seen.right += 1;
      if (seen.right === 1) process.stdout.write('asking\n');
      if (wasFailing) process.stdout.write('again\n');
      wasFailing = false;
      times.push(now - begun);
      seen.longestGapMs = Math.max(seen.longestGapMs, now - lastRight);
      lastRight = now;
    } else if (status === 200) seen.wrong += 1;
    else {
      seen.failed += 1;
      wasFailing = true;
      await pause(20);
    }
  }
}

process.stdin.once('end', () => over.abort()).resume();
await Promise.all(Array.from({ length: Number(concurrency) }, work));
times.sort((one, other) => one - other);
seen.p50Ms = times[Math.floor(times.length / 2)] ?? 0;
seen.p99Ms = times[Math.floor(times.length * 0.99)] ?? 0;
process.stdout.write(`${JSON.stringify(seen)}\n`, () => process.exit());
