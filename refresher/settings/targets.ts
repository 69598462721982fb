/**
 * What to become. Pure.
 */

import { parseAudience, type Target } from '../../shared/member.ts';
import { badConfiguration } from '../failure.ts';
import { sourcesOf } from './options.ts';
import { list, unfit, type Given, type Values } from './values.ts';

/** The first is the default account. */
export type Targets = readonly [Target, ...Target[]];

const MEANING = 'serviceAccount:EMAIL or user:EMAIL, in lower case';

export function parseTargets(values: Values): Targets {
  const [first, ...others] = distinct(list(values, 'target').map(parseTarget));
  if (first !== undefined) return [first, ...others];
  throw badConfiguration(`no target given: set ${sourcesOf('target')} to ${MEANING}`);
}

function parseTarget(given: Given): Target {
  const target = parseAudience(given.value);
  if (target !== undefined) return target;
  throw unfit(given, MEANING);
}

function distinct(targets: readonly Target[]): readonly Target[] {
  return [...new Map(targets.map((target) => [target.member, target])).values()];
}
