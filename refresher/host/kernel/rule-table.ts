/**
 * One table of nftables that is ours alone: replaced as a whole, at one moment, and compared with what it should be.
 */

import { startTool } from './run-tool.ts';

export interface RuleTable {
  /** Replaces whatever the table holds. Throws `ToolFailed`, and leaves it as it was. */
  replace(chains: string): Promise<void>;
  /** Whether it is as it was left by the last `replace`. */
  isUntouched(): Promise<boolean>;
}

/** `inet`: both versions of IP. */
export function createRuleTable(name: string): RuleTable {
  let listed: string | undefined;
  let work: Promise<unknown> = Promise.resolve();

  /** One at a time: who looks while the table is being replaced would find it changed. */
  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = work.then(act);
    work = turn.catch(() => undefined);
    return turn;
  }

  return {
    replace: (chains) =>
      inTurn(async () => {
        await startTool('nft', ['-f', '-'], replacing(name, chains));
        listed = await list(name);
      }),
    isUntouched: () => inTurn(async () => listed !== undefined && listed === (await list(name))),
  };
}

export async function removeRuleTable(name: string): Promise<void> {
  // deleting what is not there would be an error
  await startTool('nft', ['-f', '-'], `table inet ${name} {}\ndelete table inet ${name}\n`);
}

/** The text of a table, for `nft -f`; in one transaction, so that nothing passes in between. */
export function replacing(name: string, chains: string): string {
  return `table inet ${name} {}\ndelete table inet ${name}\ntable inet ${name} {\n${chains}}\n`;
}

function list(name: string): Promise<string> {
  return startTool('nft', ['list', 'table', 'inet', name]).catch(() => '');
}
