/**
 * Tasks without a network namespace of their own, told apart by their cgroup, or, where the operator wants that, by the
 * address that they have on a bridge.
 *
 * The rules outlive the daemon: until there is one again, nobody answers.
 */

import { isIPv4 } from 'node:net';
import {
  cgroupAt,
  CGROUP_ROOT,
  hasCgroups,
  openCgroup,
  type Cgroup,
  type OpenCgroup,
} from '../kernel/cgroups.ts';
import type { Libc } from '../kernel/libc.ts';
import { isWithin } from '../kernel/processes.ts';
import { createRuleTable } from '../kernel/rule-table.ts';
import { createConnectionCalls } from '../pacing/connection-calls.ts';
import { TaskError } from '../task-error.ts';
import type { Claim, Evidence } from './evidence.ts';
import { elements, hostChains, MAX_DEPTH, type HostTask } from './host-network-rules.ts';
import { listenForBridge, listenOnLoopback, type LoopbackListeners } from './loopback-listeners.ts';
import { createNobody } from './nobody.ts';
import type { Place } from './place.ts';

type HostEvidence = Extract<Evidence, { kind: 'cgroup' | 'address' }>;

export const HOST_TABLE = 'token_vending_tasks';

export interface HostNetwork {
  /** Throws a `TaskError` where it may be no task. */
  readonly find: (claim: Extract<Claim, { kind: 'cgroup' | 'address' }>) => Place;
  readonly findAgain: (evidence: HostEvidence) => Place;
  /** Puts the rules in place, for whatever tasks there are. */
  readonly apply: () => Promise<void>;
  /** Whether they still are; what is missing of the tasks alone is put back. */
  readonly isInPlace: () => Promise<boolean>;
}

interface Options {
  readonly daemon: Cgroup;
  /** Those that reach the VM's own server. */
  readonly allowed: () => readonly Cgroup[];
  readonly allowsAddresses: boolean;
  /** `undefined`: it could not be loaded, and is not needed. */
  readonly libc: Libc | undefined;
}

export async function createHostNetwork({
  daemon,
  allowed,
  allowsAddresses,
  libc,
}: Options): Promise<HostNetwork> {
  const opened = new Set<HostTask>();
  const table = createRuleTable(HOST_TABLE);
  const { port: nobodyPort } = await listenOnLoopback(createNobody(createConnectionCalls(libc)), libc);
  let applying: Promise<void> = Promise.resolve();
  let isWaiting = false;

  const allElements = () => Array.from(opened, (task) => elements('add', HOST_TABLE, task)).join('');

  /** One at a time; those who come while one is under way share the next. */
  function apply(): Promise<void> {
    if (isWaiting) return applying;
    isWaiting = true;
    const next = applying
      .catch(() => undefined)
      .then(() => {
        isWaiting = false;
        return table.replace(hostChains({ daemon, allowed: allowed(), nobodyPort }), allElements());
      });
    applying = next;
    return next;
  }

  /** Where the rules were changed by somebody else, all of them are put in place. */
  function change(verb: 'add' | 'delete', task: HostTask): Promise<void> {
    return table.change(elements(verb, HOST_TABLE, task)).catch(apply);
  }

  async function isInPlace(): Promise<boolean> {
    if (!(await table.isUntouched())) return false;
    // elements alone are put back without a word: without them a task is nobody
    return table.change(allElements()).then(
      () => true,
      () => false,
    );
  }

  function placeOf(evidence: HostEvidence, cgroup?: OpenCgroup): Place {
    let task: HostTask | undefined;
    let listeners: LoopbackListeners | undefined;
    return {
      evidence,
      isThere: () => isThere(evidence),
      async open(server) {
        listeners = await (evidence.kind === 'cgroup' ? listenOnLoopback : listenForBridge)(server, libc);
        const { port } = listeners;
        task =
          evidence.kind === 'address'
            ? { kind: 'address', address: evidence.address, port }
            : { kind: 'cgroup', path: cgroup?.pathForNft ?? '', depth: cgroup?.depth ?? 0, port };
        opened.add(task);
        try {
          await change('add', task);
        } catch (cause) {
          throw new TaskError('unsupported', `the rules cannot be set: ${String(cause)}`, { cause });
        }
        if (!isThere(evidence)) throw new TaskError('not_found', 'the cgroup has gone meanwhile');
      },
      async close() {
        listeners?.close();
        if (task !== undefined) {
          opened.delete(task);
          // while they are still set, nobody answers there
          await change('delete', task).catch(() => undefined);
        }
        // not before: commands that wait for their turn may name it by its descriptor
        cgroup?.close();
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
    const cgroup = openCgroup(given);
    if (cgroup === undefined) throw new TaskError('not_found', `there is no cgroup at ${given}`);
    try {
      refuseUnfit(cgroup);
    } catch (error) {
      cgroup.close();
      throw error;
    }
    return placeOf({ kind: 'cgroup', path: cgroup.path, id: cgroup.id }, cgroup);
  }

  function refuseUnfit({ path, depth }: OpenCgroup): void {
    if (isWithin(daemon.path, path) || isWithin(path, daemon.path)) {
      throw new TaskError('taken', "that cgroup is the daemon's own, above it or below it");
    }
    const other = allowed().find((one) => isWithin(one.path, path) || isWithin(path, one.path));
    if (other !== undefined) {
      const message = `the cgroup ${other.path} may reach the VM's own metadata server (--allow-cgroup)`;
      throw new TaskError('taken', message);
    }
    if (depth > MAX_DEPTH) {
      throw new TaskError('unsupported', `that cgroup is more than ${MAX_DEPTH} names below the root`);
    }
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
    isInPlace,
    apply,
    find: (claim) => (claim.kind === 'cgroup' ? findCgroup(claim.path) : findAddress(claim.address)),
    findAgain(evidence) {
      if (evidence.kind === 'address') return findAddress(evidence.address);
      const place = findCgroup(evidence.path);
      if (place.evidence.kind === 'cgroup' && place.evidence.id === evidence.id) return place;
      void place.close();
      throw new TaskError('not_found', 'its cgroup has gone');
    },
  };
}

function isThere(evidence: HostEvidence): boolean {
  // nobody tells us when an address becomes somebody else's
  return evidence.kind === 'address' || cgroupAt(evidence.path)?.id === evidence.id;
}

function isBridgeAddress(address: string): boolean {
  return !/^(?:127\.|0\.|169\.254\.|2(?:2[4-9]|[3-5]\d)\.)/.test(address);
}
