/**
 * From stored documents to what everybody can become. Pure.
 */

import type { StoredDocument } from '../../shared/grants/stored-document.ts';
import type { DocumentText } from '../documents/document-text.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { callersOf } from './callers.ts';
import { chainsFrom } from './chains.ts';
import { networkOf } from './network.ts';
import { storedSteps, type Setting } from './stored-steps.ts';
import type { Reach, Reached } from './way.ts';

export interface Stored {
  /** By the id of the principal. */
  readonly principals: ReadonlyMap<string, DocumentText>;
  readonly killSwitch: StoredDocument | undefined;
}

export interface Selection {
  /** Empty: all. */
  readonly principals: readonly string[];
  readonly targets: readonly string[];
}

export interface Survey {
  /** Every target that is named somewhere, whether or not somebody can become it. */
  readonly targets: ReadonlySet<string>;
  /**
   * Principals and targets in the order of their names; of targets alone, those who can become one of them. Throws a
   * `Failure` where that is more than anybody could read.
   */
  readonly reach: (selection: Selection) => readonly Reach[];
}

/** Where many can become many, through many. */
const MAX_WAYS = 500_000;

export function survey({ principals, killSwitch }: Stored, setting: Setting): Survey {
  const callers = callersOf(principals, killSwitch, setting.now).toSorted((a, b) => compare(a.id, b.id));
  const granted = new Map(callers.map((caller) => [caller.id, storedSteps(caller, setting)]));
  const network = networkOf(granted);
  const steps = [granted, network.delegates, network.signers].flatMap((one) => [...one.values()].flat());

  function reach(wanted: Selection): readonly Reach[] {
    const isWanted = (target: string) => isAmong(wanted.targets, target);
    let ways = 0;
    const all = callers.flatMap(({ id, serviceAccount }): readonly Reach[] => {
      if (!isAmong(wanted.principals, id)) return [];
      const own = serviceAccount && `serviceAccount:${serviceAccount}`;
      const ofCaller = granted.get(id) ?? [];
      const direct = new Map(ofCaller.filter(({ to }) => isWanted(to)).map((step) => [step.to, step]));
      const chains = chainsFrom(own, ofCaller, network, isWanted);
      const targets = [...new Set([...direct.keys(), ...chains.keys()])].toSorted(compare);
      ways += targets.length;
      if (ways > MAX_WAYS) throw tooMany();
      const reached = targets.map((target): Reached => {
        return { target, direct: direct.get(target), chain: chains.get(target) };
      });
      return [{ principal: id, serviceAccount, reached }];
    });
    const isOfTargets = wanted.targets.length > 0 && wanted.principals.length === 0;
    return isOfTargets ? all.filter(({ reached }) => reached.length > 0) : all;
  }

  return { targets: new Set(steps.map(({ to }) => to)), reach };
}

function isAmong(wanted: readonly string[], one: string): boolean {
  return wanted.length === 0 || wanted.includes(one);
}

function tooMany(): Failure {
  const message = `there are more than ${MAX_WAYS} ways, which nobody could read: choose with --principal or --target`;
  return new Failure(EXIT_CODES.badUsage, message);
}

/** By code units, the same on every machine. */
export function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
