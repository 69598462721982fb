/**
 * A task with a network namespace of its own: the sockets that its requests come through are inside it, so that which
 * socket a request came through is who asks. Nothing of ours runs there.
 */

import { randomBytes } from 'node:crypto';
import type { Server as NetServer } from 'node:net';
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
import { replacing } from '../kernel/rule-table.ts';
import { runTool, ToolFailed } from '../kernel/run-tool.ts';
import { METADATA_IPV4, METADATA_IPV6, METADATA_PORT } from '../metadata-addresses.ts';
import { TaskError } from '../task-error.ts';
import type { Claim, Evidence } from './evidence.ts';
import { listenersInNamespace } from './listeners-in-namespace.ts';
import { IPV4_COMMANDS, IPV6_COMMANDS, NAMESPACE_TABLE, namespaceChains } from './namespace-rules.ts';
import type { Place } from './place.ts';

type NamespaceClaim = Extract<Claim, { kind: 'pid' | 'netns' }>;
type NamespaceEvidence = Extract<Evidence, { kind: 'pid' | 'netns' }>;

interface Tools {
  readonly program: readonly string[];
}

export function findNamespace(claim: NamespaceClaim, tools: Tools): Place {
  const startTime = claim.kind === 'pid' ? startTimeOf(claim.pid) : undefined;
  if (claim.kind === 'pid' && startTime === undefined) {
    throw new TaskError('not_found', `there is no process ${claim.pid}`);
  }
  const namespace = openAt(claim);
  try {
    const evidence = evidenceOf(claim, namespace, startTime ?? '');
    refuseUnfit(evidence);
    // the number may have become another process's before its namespace was opened
    if (!isThere(evidence)) throw new TaskError('not_found', 'the process has ended meanwhile');
    return placeOf(evidence, namespace, tools, false);
  } catch (error) {
    namespace.close();
    throw error;
  }
}

/** After a restart of the daemon: whether it still is the same is seen when it is opened, by the mark. */
export function findNamespaceAgain(evidence: NamespaceEvidence, tools: Tools): Place {
  const namespace = openAt(evidence);
  const isSame = isSameNamespace(namespace.id, evidence.namespace) && isThere(evidence);
  if (isSame) return placeOf(evidence, namespace, tools, true);
  namespace.close();
  throw new TaskError('not_found', 'its process or its namespace has gone');
}

function openAt(claim: NamespaceClaim): OpenNamespace {
  const path = claim.kind === 'pid' ? namespacePathOf(claim.pid) : claim.path;
  const namespace = openNamespace(path);
  if (namespace === undefined) throw new TaskError('not_found', `there is no network namespace at ${path}`);
  return namespace;
}

function evidenceOf(
  claim: NamespaceClaim,
  { id: namespace }: OpenNamespace,
  startTime: string,
): NamespaceEvidence {
  const mark = `mark_${randomBytes(12).toString('hex')}`;
  return claim.kind === 'pid'
    ? { kind: 'pid', pid: claim.pid, startTime, namespace, mark }
    : { kind: 'netns', path: claim.path, namespace, mark };
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
  { program }: Tools,
  isKnown: boolean,
): Place {
  const listeners: NetServer[] = [];
  let isClosed = false;

  async function prepare(): Promise<void> {
    if (isKnown) await expectMark(namespace, evidence.mark);
    // addresses of one version have nothing to do with those of the other
    await Promise.all(
      [['-4', IPV4_COMMANDS] as const, ['-6', IPV6_COMMANDS] as const].map(([version, commands]) =>
        inside(namespace, ['ip', version, '-force', '-batch', '-'], commands).catch(ignoreRepetition),
      ),
    );
    await inside(namespace, ['nft', '-f', '-'], replacing(NAMESPACE_TABLE, namespaceChains(evidence.mark)));
  }

  return {
    evidence,
    isThere: () => isThere(evidence),
    async open(server) {
      const { listening, failed } = await listenersInNamespace({
        fd: namespace.fd,
        program,
        wanted: [
          { host: METADATA_IPV4, port: METADATA_PORT },
          { host: METADATA_IPV6, port: METADATA_PORT },
        ],
        ready: prepare(),
      }).catch((error: unknown) => {
        if (error instanceof TaskError) throw error;
        if (error instanceof ToolFailed) throw unsupported(error);
        const message =
          'nothing can be opened in there: is it a network namespace, and is nsenter installed?';
        throw new TaskError('unsupported', message, { cause: error });
      });
      listeners.push(...listening.values());
      const [ipv4, ipv6] = [listening.get(METADATA_IPV4), listening.get(METADATA_IPV6)];
      // where the namespace has no IPv6, nobody in it can ask by that either
      const code = ipv4 === undefined ? failed.get(METADATA_IPV4) : failed.get(METADATA_IPV6);
      const isFine = ipv4 !== undefined && (ipv6 !== undefined || isWithoutIpv6(code));
      if (!isFine || isClosed) {
        for (const listener of listeners) listener.close();
        throw cannotListen(code ?? 'closed');
      }
      server.listen(ipv4);
      ipv6?.on('connection', (socket) => void server.emit('connection', socket));
    },
    async close() {
      isClosed = true;
      for (const listener of listeners) listener.close();
      // the addresses stay: they keep what is left of the task from the VM's own server
      namespace.close();
    },
  };
}

const isWithoutIpv6 = (code: string | undefined) => code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT';

/** A namespace that was made later may have the same number, but not the same mark. */
async function expectMark(namespace: OpenNamespace, mark: string): Promise<void> {
  const chains = await inside(namespace, ['nft', 'list', 'chains', 'inet'], '').catch(() => '');
  if (!chains.includes(mark)) throw new TaskError('not_found', 'its network namespace is another one now');
}

function inside({ fd }: OpenNamespace, [tool = '', ...words]: readonly string[], input: string) {
  return runTool('nsenter', ['--net=/proc/self/fd/3', '--', tool, ...words], { fd, input });
}

/** Whether the addresses are there is seen when somebody listens on them. */
function ignoreRepetition(error: unknown): void {
  if (error instanceof ToolFailed && error.isMissing) throw error;
}

function unsupported(error: ToolFailed): TaskError {
  const message = `a network namespace cannot be prepared: ${error.message}`;
  return new TaskError('unsupported', message, { cause: error });
}

function cannotListen(code: string): TaskError {
  if (code === 'EADDRINUSE') {
    const message = `something in the network namespace listens on port ${METADATA_PORT} already: register the task before it starts`;
    return new TaskError('taken', message);
  }
  return new TaskError('failed', `nobody can listen in the network namespace (${code})`);
}
