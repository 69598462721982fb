/**
 * Three hours of a workload in some seconds.
 *
 * Real are: google-auth and golang.org/x/oauth2, which decide by themselves when to ask for a token; every part of the
 * refresher from its metadata server to the connection to the function; the function, as it is deployed; all sockets.
 * The network is one of loopback alone.
 *
 * Simulated are Google, and time. The refresher, Google and the function get the time as they do in other tests. The
 * clients are told it before each call, once a minute: google-auth by the one function by which it reads the time, the
 * Go program by `time.Now`, for which it is built with another (`go/keepcalling/testdata`). Timers of clients and of
 * the function are the machine's, so that a call that hung would hang for as long as it really does. While a call or an
 * exchange is under way, time stands still. The refresher has no jitter: it swaps as late as it ever does, which is when an
 * outage is worst. In the outage nobody listens where the function was.
 */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import { tether } from '../../support/processes/tether.ts';
import { ALICE, TRAINER } from '../../support/world/world.ts';
import { inNamespace } from '../harness/namespace.ts';
import { installed, itWith } from '../harness/on-this-machine.ts';
import { PYTHON } from '../python/toolchain.ts';
import { GO_WITH_MOVABLE_CLOCK } from './toolchain.ts';
import { MINUTES, OUTAGE, type Call, type Report } from './workload.ts';

const RUN = fileURLToPath(new URL('run.ts', import.meta.url));
const TOOLCHAINS = [PYTHON, GO_WITH_MOVABLE_CLOCK].map((toolchain) => ({ toolchain }));
const REPORT_BYTES = 16 * 1024 * 1024;

/** No client takes a token that is good for less for a fresh one. */
const LEAST_SECONDS = 360;

describe.each([`serviceAccount:${TRAINER}`, `user:${ALICE}`])('in three hours as %s', (member) => {
  let report: Promise<Report> | undefined;

  /** Lives through them once, for all that there is to see. */
  function afterwards(): Promise<Report> {
    report ??= liveThrough(member);
    return report;
  }

  itWith(
    TOOLCHAINS,
    'a Python and a Go client that keep calling do not notice half an hour without the function',
    async () => {
      const { calls, apiRequests, exchanges } = await afterwards();
      expect(calls.filter(({ end }) => !('status' in end) || end.status !== 200)).toEqual([]);
      expect(calls.length).toBeGreaterThan(3 * MINUTES);
      // no library has asked again after an answer that it did not like
      expect(apiRequests).toBe(calls.length);
      const inOutage = exchanges.filter(({ atSeconds }) => isOutage(atSeconds / 60));
      expect(new Set(inOutage.map(({ outcome }) => outcome))).toEqual(new Set(['outage']));
    },
  );

  itWith(TOOLCHAINS, 'both fetch a token in the middle of that, by their libraries’ own rules', async () => {
    const { calls } = await afterwards();
    const refetched = ['Python', 'Go'].map((client) => {
      const kept = calls.filter((call) => call.client === client && call.credentials === 'kept');
      const minutes = refetchMinutes(kept);
      return { client, inOutage: minutes.filter(isOutage).length, ever: minutes.length };
    });
    const atLeastThree = expect.toSatisfy((times: number) => times >= 3) as number;
    expect(refetched).toEqual([
      { client: 'Python', inOutage: 1, ever: atLeastThree },
      { client: 'Go', inOutage: 1, ever: atLeastThree },
    ]);
  });

  itWith(
    TOOLCHAINS,
    `none is ever told of less than ${LEAST_SECONDS} s, nor of other than there is`,
    async () => {
      const { calls, served } = await afterwards();
      for (const { status, expiresInSeconds, trulySeconds } of served) {
        expect(status).toBe(200);
        expect(expiresInSeconds).toBeGreaterThanOrEqual(LEAST_SECONDS);
        expect(Math.abs(expiresInSeconds - trulySeconds)).toBeLessThanOrEqual(2);
      }
      const fresh = calls.filter(({ credentials }) => credentials === 'new');
      for (const { end } of fresh) expect(livesSeconds(end)).toBeGreaterThan(LEAST_SECONDS - 1);
      expect(served.length).toBeGreaterThan(fresh.length);
    },
  );

  itWith(TOOLCHAINS, 'tokens rotate, each by one exchange', async () => {
    const { served, exchanges, auditLines } = await afterwards();
    const granted = exchanges.filter(({ outcome }) => outcome === 'granted');
    const tokens = new Set(served.map(({ tokenSha256 }) => tokenSha256));
    expect(tokens.size).toBeGreaterThanOrEqual(8);
    expect(granted.length).toBeLessThanOrEqual(10);
    expect(auditLines.map((line) => [line['outcome'], tokens.has(String(line['tokenSha256']))])).toEqual(
      granted.map(() => ['granted', true]),
    );
  });

  itWith(TOOLCHAINS, 'a function that is not there is asked once or twice a minute', async () => {
    const { exchanges } = await afterwards();
    const attempts = exchanges.filter(({ outcome }) => outcome === 'outage').length;
    const minutes = OUTAGE.toMinute - OUTAGE.fromMinute;
    expect(attempts).toBeGreaterThanOrEqual(minutes - 2);
    expect(attempts).toBeLessThanOrEqual(2 * minutes + 10);
  });
});

function isOutage(minute: number): boolean {
  return minute >= OUTAGE.fromMinute && minute < OUTAGE.toMinute;
}

/** When a client's token had suddenly more to live than a minute before. */
function refetchMinutes(calls: readonly Call[]): readonly number[] {
  return calls
    .filter(({ end }, at) => at > 0 && livesSeconds(end) > livesSeconds(calls[at - 1]?.end))
    .map(({ minute }) => minute);
}

function livesSeconds(end: Call['end'] | undefined): number {
  return end !== undefined && 'livesSeconds' in end ? end.livesSeconds : Number.NaN;
}

async function liveThrough(member: string): Promise<Report> {
  const programs = [
    installed(PYTHON).programs['python'] ?? '',
    installed(GO_WITH_MOVABLE_CLOCK).programs['keepcalling'] ?? '',
  ];
  const [program, args] = inNamespace('plain', [process.execPath, RUN, member, ...programs]);
  const running = promisify(execFile)(program, args, { maxBuffer: REPORT_BYTES });
  tether(running.child);
  return JSON.parse((await running).stdout) as Report;
}
