/**
 * Tasks with a network namespace of their own: the socket that listens is inside it, so that which socket a request came
 * through is who asks. Nothing of ours runs there.
 */

import type { Server as NetServer } from 'node:net';
import { BACKLOG, systemCallCode, type Libc } from '../kernel/libc.ts';
import {
  isHostNamespace,
  isSameNamespace,
  namespaceAt,
  namespacePathOf,
  openNamespace,
  strangerIn,
  type OpenNamespace,
} from '../kernel/namespaces.ts';
import { startTimeOf } from '../kernel/processes.ts';
import { METADATA_IPV4, METADATA_IPV6, METADATA_PORT } from '../metadata-addresses.ts';
import { anotherListener } from '../pacing/connections-in-turn.ts';
import { TaskError } from '../task-error.ts';
import type { Claim, Evidence } from './evidence.ts';
import type { Place } from './place.ts';
import { prepareNamespace } from './prepare-namespace.ts';

/** Rules say the same, but those inside its namespace a task may be able to change. */
const LOOPBACK = 'lo';

type NamespaceClaim = Extract<Claim, { kind: 'pid' | 'netns' }>;
type NamespaceEvidence = Extract<Evidence, { kind: 'pid' | 'netns' }>;

export function findNamespace(claim: NamespaceClaim, libc: Libc): Place {
  const startTime = claim.kind === 'pid' ? startTimeOf(claim.pid) : undefined;
  if (claim.kind === 'pid' && startTime === undefined) {
    throw new TaskError('not_found', `there is no process ${claim.pid}`);
  }
  const namespace = openAt(claim);
  try {
    const evidence = evidenceOf(claim, namespace, cookieOf(namespace, libc), startTime ?? '');
    refuseUnfit(evidence);
    // the number may have become another process's before its namespace was opened
    if (!isThere(evidence)) throw new TaskError('not_found', 'the process has ended meanwhile');
    return placeOf(evidence, namespace, libc, 'new');
  } catch (error) {
    namespace.close();
    throw error;
  }
}

/** After a restart of the daemon. A namespace that was made later may have the same number, but not the same cookie. */
export function findNamespaceAgain(evidence: NamespaceEvidence, libc: Libc): Place {
  const namespace = openAt(evidence);
  try {
    if (cookieOf(namespace, libc) === evidence.cookie && isThere(evidence)) {
      return placeOf(evidence, namespace, libc, 'prepared');
    }
  } catch (error) {
    namespace.close();
    throw error;
  }
  namespace.close();
  throw new TaskError('not_found', 'its process or its namespace has gone');
}

function openAt(claim: NamespaceClaim): OpenNamespace {
  const path = claim.kind === 'pid' ? namespacePathOf(claim.pid) : claim.path;
  const namespace = openNamespace(path);
  if (namespace === undefined) throw new TaskError('not_found', `there is no network namespace at ${path}`);
  return namespace;
}

function cookieOf({ fd }: OpenNamespace, libc: Libc): string {
  try {
    return libc.within(fd, () => libc.namespaceCookie());
  } catch (cause) {
    const code = systemCallCode(cause);
    if (code === undefined) throw cause;
    throw code === 'EINVAL'
      ? new TaskError('not_found', 'that is a namespace, but none of a network', { cause })
      : new TaskError('unsupported', withoutNamespaces(code), { cause });
  }
}

function withoutNamespaces(code: string): string {
  const lacks = {
    EPERM: 'the daemon may not enter network namespaces (CAP_SYS_ADMIN is missing)',
    ENOPROTOOPT: 'the kernel has no cookies of network namespaces, which Linux has from 5.14 on',
  }[code];
  return `${lacks ?? `network namespaces cannot be entered (${code})`}: --cgroup works`;
}

function evidenceOf(
  claim: NamespaceClaim,
  { id: namespace }: OpenNamespace,
  cookie: string,
  startTime: string,
): NamespaceEvidence {
  return claim.kind === 'pid'
    ? { kind: 'pid', pid: claim.pid, startTime, namespace, cookie }
    : { kind: 'netns', path: claim.path, namespace, cookie };
}

function refuseUnfit(evidence: NamespaceEvidence): void {
  if (isHostNamespace(evidence.namespace)) {
    throw new TaskError(
      'taken',
      "this is the host's own network namespace: register what runs there by its cgroup",
    );
  }
  if (evidence.kind !== 'pid') return;
  const stranger = strangerIn(evidence.namespace, evidence.pid);
  if (stranger === undefined) return;
  const message = `process ${stranger}, which is in another cgroup, shares the network namespace: if all of it is one task, name it by --netns`;
  throw new TaskError('taken', message);
}

function isThere(evidence: NamespaceEvidence): boolean {
  if (evidence.kind === 'netns') return isSameNamespace(evidence.namespace, namespaceAt(evidence.path));
  return startTimeOf(evidence.pid) === evidence.startTime;
}

function placeOf(
  evidence: NamespaceEvidence,
  namespace: OpenNamespace,
  libc: Libc,
  state: 'new' | 'prepared',
): Place {
  const others: NetServer[] = [];
  let isClosed = false;

  /** A descriptor, or the code of what went wrong. */
  function listenAt(address: string): number | string {
    try {
      return libc.within(namespace.fd, () => libc.listen(address, METADATA_PORT, LOOPBACK));
    } catch (error) {
      return systemCallCode(error) ?? 'unknown';
    }
  }

  return {
    evidence,
    isThere: () => isThere(evidence),
    async open(server) {
      if (state === 'new') await prepareNamespace(namespace);
      if (isClosed) throw new TaskError('not_found', 'the task was removed');
      const [ipv4, ipv6] = [listenAt(METADATA_IPV4), listenAt(METADATA_IPV6)];
      // what listens is closed with the server, and with the others
      if (typeof ipv6 === 'number') {
        const other = anotherListener(server);
        others.push(other);
        await serveFrom(other, ipv6);
      }
      if (typeof ipv4 === 'string') throw cannotListen(ipv4);
      await serveFrom(server, ipv4);
      // where the namespace has no IPv6, nobody in it can ask by that either
      if (typeof ipv6 === 'string' && !isWithoutIpv6(ipv6)) throw cannotListen(ipv6);
    },
    async close() {
      isClosed = true;
      for (const other of others) other.close();
      // the addresses stay: they keep what is left of the task from the VM's own server
      namespace.close();
    },
  };
}

/** What comes in through the descriptor is the server's. */
function serveFrom(server: NetServer, fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ fd, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

const isWithoutIpv6 = (code: string) => code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT';

function cannotListen(code: string): TaskError {
  if (code === 'EADDRINUSE') {
    const message = `something in the network namespace listens on port ${METADATA_PORT} already: register the task before it starts`;
    return new TaskError('taken', message);
  }
  return new TaskError('failed', `nobody can listen in the network namespace (${code})`);
}
