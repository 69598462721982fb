/**
 * What to become. Pure.
 */

import { parseAudience, type Target } from '../../shared/member.ts';
import { badConfiguration } from '../failure.ts';
import { list, unfit, type Given, type Values } from './values.ts';

/** The first is the default account. */
export type Targets = readonly [Target, ...Target[]];

const MEANING = 'serviceAccount:EMAIL or user:EMAIL, in lower case';

export function parseTargets(values: Values): Targets {
  const [first, ...others] = distinct(list(values, 'target').map(parseTarget));
  if (first !== undefined) return [first, ...others];
  throw badConfiguration(
    'no target given: set --target or TOKEN_VENDING_TARGET to serviceAccount:EMAIL or user:EMAIL',
  );
}

function parseTarget(given: Given): Target {
  const target = parseAudience(given.value);
  if (target !== undefined) return target;
  const meant = ['serviceAccount', 'user'].find((kind) => parseAudience(`${kind}:${given.value}`));
  throw unfit(given, meant === undefined ? MEANING : `${MEANING}, such as ${meant}:${given.value}`);
}

function distinct(targets: readonly Target[]): readonly Target[] {
  return [...new Map(targets.map((target) => [target.member, target])).values()];
}
