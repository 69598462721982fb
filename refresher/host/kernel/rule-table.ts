/**
 * One table of nftables that is ours alone: replaced as a whole, at one moment, and compared with what it should be.
 */

import { runTool } from './run-tool.ts';

export interface RuleTable {
  /** Replaces whatever the table holds; `elements` are commands that fill its sets. Throws `ToolFailed`, and leaves it as it was. */
  replace(chains: string, elements?: string): Promise<void>;
  /** Further commands; those that come while others run are sent together, and fail together. Throws `ToolFailed`. */
  change(commands: string): Promise<void>;
  /** Whether it is as it was left by the last `replace`, but for the elements of its sets. */
  isUntouched(): Promise<boolean>;
}

/** `inet`: both versions of IP. */
export function createRuleTable(name: string): RuleTable {
  let listed: string | undefined;
  let work: Promise<unknown> = Promise.resolve();
  let waiting: { commands: string; done: Promise<void> } | undefined;

  /** One at a time: who looks while the table is being replaced would find it changed. */
  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = work.then(act);
    work = turn.catch(() => undefined);
    return turn;
  }

  async function sendWaiting(): Promise<void> {
    const commands = waiting?.commands ?? '';
    waiting = undefined;
    await runTool('nft', ['-f', '-'], { input: commands });
  }

  return {
    replace: (chains, elements = '') =>
      inTurn(async () => {
        await runTool('nft', ['-f', '-'], { input: replacing(name, chains) + elements });
        listed = await list(name);
      }),
    change(commands) {
      if (waiting === undefined) waiting = { commands, done: inTurn(sendWaiting) };
      else waiting.commands += commands;
      return waiting.done;
    },
    isUntouched: () => inTurn(async () => listed !== undefined && listed === (await list(name))),
  };
}

export async function removeRuleTable(name: string): Promise<void> {
  // deleting what is not there would be an error
  await runTool('nft', ['-f', '-'], { input: `table inet ${name} {}\ndelete table inet ${name}\n` });
}

/** The text of a table, for `nft -f`; in one transaction, so that nothing passes in between. */
export function replacing(name: string, chains: string): string {
  return `table inet ${name} {}\ndelete table inet ${name}\n${creating(name, chains)}`;
}

/** The same where there is no such table yet: an error otherwise. It is done sooner, as the kernel has nothing to delete. */
export function creating(name: string, chains: string): string {
  return `create table inet ${name}\ntable inet ${name} {\n${chains}}\n`;
}

/** Without elements: nft looks for the name of each cgroup among all that there are. */
function list(name: string): Promise<string> {
  return runTool('nft', ['--terse', 'list', 'table', 'inet', name]).catch(() => '');
}
