/**
 * Makes a network namespace one of a task: the addresses of the metadata server, and the rules that guard them.
 */

import type { OpenNamespace } from '../kernel/namespaces.ts';
import { creating, replacing } from '../kernel/rule-table.ts';
import { runTool, ToolFailed } from '../kernel/run-tool.ts';
import { TaskError } from '../task-error.ts';
import { IPV4_COMMANDS, IPV6_COMMANDS, NAMESPACE_CHAINS, NAMESPACE_TABLE } from './namespace-rules.ts';

/** A second time changes nothing. Throws a `TaskError`. */
export async function prepareNamespace({ fd }: OpenNamespace): Promise<void> {
  const run = (input: string, tool: string, ...words: readonly string[]) =>
    runTool(tool, words, { input, namespaceFd: fd });
  // three programs at once: addresses of one version have nothing to do with those of the other, nor with rules
  const running = [
    run(creating(NAMESPACE_TABLE, NAMESPACE_CHAINS), 'nft', '-f', '-').catch(() =>
      run(replacing(NAMESPACE_TABLE, NAMESPACE_CHAINS), 'nft', '-f', '-'),
    ),
    run(IPV4_COMMANDS, 'ip', '-4', '-force', '-batch', '-').catch(ignoreRepetition),
    run(IPV6_COMMANDS, 'ip', '-6', '-force', '-batch', '-').catch(ignoreRepetition),
  ];
  // when this ends, the descriptor may become another namespace's: none of them may be about to enter by it then
  await Promise.allSettled(running);
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
