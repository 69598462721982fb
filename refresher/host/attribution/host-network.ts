/**
 * Tasks without a network namespace of their own, told apart by their cgroup, or, where the operator wants that, by the
 * address that they have on a bridge.
 *
 * The rules are replaced as a whole whenever a task comes or goes. They outlive the daemon: until there is one again,
 * nobody answers.
 */

import { createServer, type Server } from 'node:http';
import { isIPv4 } from 'node:net';
import { cgroupAt, CGROUP_ROOT, hasCgroups, type Cgroup } from '../kernel/cgroups.ts';
import { isWithin } from '../kernel/processes.ts';
import { createRuleTable, type RuleTable } from '../kernel/rule-table.ts';
import { TaskError } from '../task-error.ts';
import type { Claim, Evidence } from './evidence.ts';
import { hostChains } from './host-network-rules.ts';
import { listenForBridge, listenOnLoopback, type LoopbackListeners } from './loopback-listeners.ts';
import type { Place } from './place.ts';

type HostEvidence = Extract<Evidence, { kind: 'cgroup' | 'address' }>;

export const HOST_TABLE = 'token_vending_tasks';

export interface HostNetwork {
  /** Throws a `TaskError` where it may be no task. */
  readonly find: (claim: Extract<Claim, { kind: 'cgroup' | 'address' }>) => Place;
  readonly findAgain: (evidence: HostEvidence) => Place;
  /** Puts the rules in place, for whatever tasks there are. */
  readonly apply: () => Promise<void>;
  readonly table: RuleTable;
}

interface Options {
  readonly daemon: Cgroup;
  /** Those that reach the VM's own server. */
  readonly allowed: () => readonly Cgroup[];
  readonly allowsAddresses: boolean;
}

interface Opened {
  readonly evidence: HostEvidence;
  readonly port: number;
}

export async function createHostNetwork({ daemon, allowed, allowsAddresses }: Options): Promise<HostNetwork> {
  const opened = new Set<Opened>();
  const table = createRuleTable(HOST_TABLE);
  const { port: nobodyPort } = await listenOnLoopback(createNobody());
  let applying: Promise<void> = Promise.resolve();
  let isWaiting = false;

  /** One at a time; those who come while one is under way share the next. */
  function apply(): Promise<void> {
    if (isWaiting) return applying;
    isWaiting = true;
    const next = applying
      .catch(() => undefined)
      .then(() => {
        isWaiting = false;
        return table.replace(hostChains({ daemon, allowed: allowed(), nobodyPort, ...still(opened) }));
      });
    applying = next;
    return next;
  }

  function placeOf(evidence: HostEvidence): Place {
    let entry: Opened | undefined;
    let listeners: LoopbackListeners | undefined;
    return {
      evidence,
      isThere: () => isThere(evidence),
      async open(server) {
        listeners = await (evidence.kind === 'cgroup' ? listenOnLoopback : listenForBridge)(server);
        entry = { evidence, port: listeners.port };
        opened.add(entry);
        try {
          await apply();
        } catch (cause) {
          throw new TaskError('unsupported', `the rules cannot be set: ${String(cause)}`, { cause });
        }
        if (!isThere(evidence)) throw new TaskError('not_found', 'the cgroup has gone meanwhile');
      },
      async close() {
        listeners?.close();
        if (entry === undefined) return;
        opened.delete(entry);
        // while they are still set, nobody answers there
        await apply().catch(() => undefined);
      },
    };
  }

  function findCgroup(given: string): Place {
    if (!hasCgroups()) {
      throw new TaskError(
        'unsupported',
        `cgroup v2 is not mounted at ${CGROUP_ROOT}: --pid and --netns work`,
      );
    }
    const cgroup = cgroupAt(given);
    if (cgroup === undefined) throw new TaskError('not_found', `there is no cgroup at ${given}`);
    if (isWithin(daemon.path, cgroup.path) || isWithin(cgroup.path, daemon.path)) {
      throw new TaskError('taken', "that cgroup is the daemon's own, above it or below it");
    }
    const other = allowed().find(({ path }) => isWithin(path, cgroup.path) || isWithin(cgroup.path, path));
    if (other !== undefined) {
      const message = `the cgroup ${other.path} may reach the VM's own metadata server (--allow-cgroup)`;
      throw new TaskError('taken', message);
    }
    return placeOf({ kind: 'cgroup', ...cgroup });
  }

  function findAddress(address: string): Place {
    if (!allowsAddresses) {
      const message = 'tasks are not told apart by address unless the daemon runs with --allow-address';
      throw new TaskError('unsupported', message);
    }
    if (!isIPv4(address) || !isBridgeAddress(address)) {
      throw new TaskError('invalid_request', 'the address has to be one of IPv4 that is not on this machine');
    }
    return placeOf({ kind: 'address', address });
  }

  return {
    table,
    apply,
    find: (claim) => (claim.kind === 'cgroup' ? findCgroup(claim.path) : findAddress(claim.address)),
    findAgain(evidence) {
      if (evidence.kind === 'address') return findAddress(evidence.address);
      if (!isThere(evidence)) throw new TaskError('not_found', 'its cgroup has gone');
      return findCgroup(evidence.path);
    },
  };
}

function isThere(evidence: HostEvidence): boolean {
  // nobody tells us when an address becomes somebody else's
  return evidence.kind === 'address' || cgroupAt(evidence.path)?.id === evidence.id;
}

/** nft refuses all of it where one cgroup has gone. */
function still(opened: ReadonlySet<Opened>) {
  const tasks: { path: string; port: number }[] = [];
  const addresses: { address: string; port: number }[] = [];
  for (const { evidence, port } of opened) {
    if (evidence.kind === 'address') addresses.push({ address: evidence.address, port });
    else if (isThere(evidence)) tasks.push({ path: evidence.path, port });
  }
  return { tasks, addresses };
}

function isBridgeAddress(address: string): boolean {
  return !/^(?:127\.|0\.|169\.254\.|2(?:2[4-9]|[3-5]\d)\.)/.test(address);
}

const NOBODY = JSON.stringify({
  error: 'access_denied',
  error_description: 'This process belongs to no task that is registered on this VM.',
});

/** Answers whoever is in no task. */
function createNobody(): Server {
  const server = createServer((_, response) => {
    response.writeHead(403, {
      'metadata-flavor': 'Google',
      'content-type': 'application/json',
      connection: 'close',
    });
    response.end(NOBODY);
  });
  server.timeout = 5_000;
  server.maxConnections = 256;
  return server;
}
