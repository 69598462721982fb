/**
 * Makes a network namespace one of a task: the addresses of the metadata server, and the rules that guard them.
 */

import type { Libc } from '../kernel/libc.ts';
import type { OpenNamespace } from '../kernel/namespaces.ts';
import { creating, replacing } from '../kernel/rule-table.ts';
import { startTool, ToolFailed } from '../kernel/run-tool.ts';
import { TaskError } from '../task-error.ts';
import { IPV4_COMMANDS, IPV6_COMMANDS, NAMESPACE_CHAINS, NAMESPACE_TABLE } from './namespace-rules.ts';

/** A second time changes nothing. Throws a `TaskError`. */
export async function prepareNamespace({ fd }: OpenNamespace, libc: Libc): Promise<void> {
  // three programs at once: addresses of one version have nothing to do with those of the other, nor with rules
  const running = libc.within(fd, () => [
    startTool('nft', ['-f', '-'], creating(NAMESPACE_TABLE, NAMESPACE_CHAINS)).catch(replace),
    startTool('ip', ['-4', '-force', '-batch', '-'], IPV4_COMMANDS).catch(ignoreRepetition),
    startTool('ip', ['-6', '-force', '-batch', '-'], IPV6_COMMANDS).catch(ignoreRepetition),
  ]);
  function replace(): Promise<string> {
    return libc.within(fd, () => startTool('nft', ['-f', '-'], replacing(NAMESPACE_TABLE, NAMESPACE_CHAINS)));
  }
  try {
    await Promise.all(running);
  } catch (error) {
    if (!(error instanceof ToolFailed)) throw error;
    const message = `a network namespace cannot be prepared: ${error.message}`;
    throw new TaskError('unsupported', message, { cause: error });
  }
}

/** Whether the addresses are there is seen when somebody listens on them. */
function ignoreRepetition(error: unknown): void {
  if (error instanceof ToolFailed && error.isMissing) throw error;
}
