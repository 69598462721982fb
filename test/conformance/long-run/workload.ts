/** Three hours of work by clients that call an API once a minute, and half an hour without the function among them. */

import type { AuditLine } from '../../support/processes/audit-lines.ts';
import { MINUTE } from '../../support/domain/clock.ts';
import type { AcceleratedVm, Exchange } from './accelerated-vm.ts';
import type { CallEnd, Credentials, KeepingClient } from './keeping-client.ts';
import type { Served } from './served-tokens.ts';

export const MINUTES = 180;

/**
 * The worst half hour: it begins a minute before the refresher would swap its token. By then the kept credentials of both
 * clients hold tokens that their libraries give up in its course.
 */
export const OUTAGE = { fromMinute: 79, toMinute: 109 } as const;

export interface Worker {
  readonly name: string;
  readonly client: KeepingClient;
  /** When it makes the credentials that it keeps. */
  readonly startsAtMinute: number;
}

export interface Call {
  readonly minute: number;
  readonly client: string;
  readonly credentials: Credentials;
  readonly end: CallEnd;
}

/** All that can be seen of it, up to the first minute in which a call failed. */
export interface Report {
  readonly calls: readonly Call[];
  /** Requests that reached the API. */
  readonly apiRequests: number;
  readonly served: readonly Served[];
  readonly exchanges: readonly Exchange[];
  readonly auditLines: readonly AuditLine[];
}

export async function workForThreeHours(
  vm: AcceleratedVm,
  workers: readonly Worker[],
  apiRequests: () => number,
): Promise<Report> {
  const calls: Call[] = [];
  for (let minute = 0; minute <= MINUTES; minute += 1) {
    if (minute === OUTAGE.fromMinute) await vm.gate.shut();
    if (minute === OUTAGE.toMinute) await vm.gate.open();
    for (const { name: client, client: process, startsAtMinute } of workers) {
      if (minute < startsAtMinute) continue;
      const ends = await process.callAt(vm.nowMs());
      for (const credentials of ['kept', 'new'] as const)
        calls.push({ minute, client, credentials, end: ends[credentials] });
    }
    // that is enough to see, and libraries try again for a quarter of a minute each time
    if (calls.some(({ end }) => 'error' in end)) break;
    await vm.pass(MINUTE);
  }
  const { served, exchanges } = vm;
  return { calls, apiRequests: apiRequests(), served, exchanges, auditLines: vm.auditLines() };
}
