/**
 * The metadata server of one task: its own accounts, and nothing of any other's.
 */

import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Log } from '../../log.ts';
import type { ProjectFacts } from '../../metadata-server/metadata.ts';
import type { PassedOn } from '../../metadata-server/pass-through.ts';
import { createMetadataServer } from '../../metadata-server/server.ts';
import type { Account } from '../../tokens/account.ts';
import { systemClock } from '../../tokens/clock.ts';
import type { Evidence } from '../attribution/evidence.ts';
import { METADATA_IPV6 } from '../metadata-addresses.ts';
import type { ConnectionCalls } from '../pacing/connection-calls.ts';
import { takeConnectionsInTurn } from '../pacing/connections-in-turn.ts';
import { CUT_OFF_COST, requestCost } from '../pacing/cost.ts';
import { createPace } from '../pacing/pace.ts';

interface Options {
  readonly accounts: readonly Account[];
  readonly project: ProjectFacts;
  readonly passedOn: PassedOn;
  readonly kind: Evidence['kind'];
  readonly calls: ConnectionCalls;
  readonly log: Log;
}

/** One task must not use up what all of them share. */
export const LIMITS = {
  connections: 256,
  requestsPerConnection: 16,
  waiters: 64,
};

/** It does not listen yet. */
export function createTaskServer({ accounts, project, passedOn, kind, calls, log }: Options): Server {
  const pace = createPace({ nowMs: () => performance.now(), setTimer: systemClock.setTimer });
  const waiting = new WeakSet<Socket>();

  /** Whoever does not wait for its turn, but sends more, is cut off. */
  function paced(answer: () => void, { socket, url = '' }: IncomingMessage): boolean {
    if (waiting.has(socket)) {
      pace.charge(CUT_OFF_COST);
      calls.cutOff(socket);
      return false;
    }
    waiting.add(socket);
    return pace.whenDue(() => {
      waiting.delete(socket);
      answer();
    }, requestCost(url));
  }

  const server = createMetadataServer({
    accounts,
    project,
    passedOn,
    guards: {
      // what the kernel has turned here comes from whatever address it was sent by; its rules say who may
      allowRemotePeers: kind === 'cgroup' || kind === 'address',
      hosts: [`[${METADATA_IPV6}]`],
    },
    limits: LIMITS,
    pace: paced,
    log,
  });
  takeConnectionsInTurn(server, pace, calls);
  return server;
}
