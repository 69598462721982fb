/**
 * Concealment at work: the rules are put in place, looked at again and again, and mended. While they are not as they
 * should be no task gets a token, because none could be told from the VM itself.
 */

import { loggableText } from '../../../shared/loggable.ts';
import type { Log } from '../../log.ts';
import { cgroupAt, type Cgroup } from '../kernel/cgroups.ts';
import { createRuleTable } from '../kernel/rule-table.ts';
import { CONCEALMENT_TABLE, concealmentChains } from './concealment-rules.ts';

export interface Concealment {
  /** Throws `ToolFailed`. */
  readonly install: () => Promise<void>;
  /** Looks, and mends where it has to; what is wrong, if that did not help. */
  readonly check: () => Promise<string | undefined>;
  /** What was wrong when it was last looked at. */
  readonly trouble: () => string | undefined;
  /** Of those that were named, the cgroups that there are. */
  readonly allowed: () => readonly Cgroup[];
}

interface Options {
  readonly daemon: Cgroup;
  readonly allowedPaths: readonly string[];
  /** Further rules that have to hold: those of the tasks. */
  readonly others: () =>
    | { readonly isInPlace: () => Promise<boolean>; readonly apply: () => Promise<void> }
    | undefined;
  readonly log: Log;
}

export function createConcealment({ daemon, allowedPaths, others, log }: Options): Concealment {
  const table = createRuleTable(CONCEALMENT_TABLE);
  let installedFor = '';
  let trouble: string | undefined = 'The rules are not in place yet.';

  const allowed = () =>
    allowedPaths.flatMap((path) => {
      const cgroup = cgroupAt(path);
      return cgroup === undefined ? [] : [cgroup];
    });

  async function install(): Promise<void> {
    const present = allowed();
    await table.replace(concealmentChains({ daemon, allowed: present }));
    await others()?.apply();
    installedFor = idsOf(present);
    trouble = undefined;
  }

  async function check(): Promise<string | undefined> {
    const untouched = await Promise.all([
      table.isUntouched(),
      others()?.isInPlace() ?? Promise.resolve(true),
    ]);
    // afterwards: nft has no name for a cgroup that went while it looked
    const isAsItWas = installedFor === idsOf(allowed());
    if (isAsItWas && untouched.every(Boolean)) return (trouble = undefined);
    if (isAsItWas) {
      trouble = "The rules that conceal the VM's own metadata server were changed or removed.";
      log('ERROR', `${trouble} They are put back; no task gets tokens until then.`);
    }
    try {
      await install();
    } catch (error) {
      const why = loggableText(error instanceof Error ? error.message : String(error));
      trouble = `The rules that conceal the VM's own metadata server cannot be put in place: ${why}`;
      log('ERROR', `${trouble} No task gets tokens.`);
    }
    return trouble;
  }

  return { install, check, trouble: () => trouble, allowed };
}

/** A service that was restarted has a new cgroup under its old name. */
function idsOf(cgroups: readonly Cgroup[]): string {
  return cgroups.map(({ id }) => id).join(' ');
}
