/**
 * What everybody can become, for people, piece by piece. Pure.
 */

import { countOf } from '../output/count-of.ts';
import type { Colours } from '../output/colours.ts';
import { stepText } from './describe.ts';
import { byTarget } from './by-target.ts';
import { isOpen, type Reach, type Reached, type Way } from './way.ts';

export function* principalsText(all: readonly Reach[], colours: Colours): Generator<string> {
  for (const reach of all) {
    const { principal, serviceAccount, reached } = reach;
    const open = reached.filter(isOpen).length;
    yield `${colours.strong(principal)} can become ${open === 0 ? 'nobody' : open}${fleetText(principal, serviceAccount)}\n`;
    for (const one of reached) yield reachedText(one.target, one, colours);
    yield '\n';
  }
}

/** @param targets those that were asked for; empty: all that somebody can become */
export function* targetsText(
  all: readonly Reach[],
  targets: readonly string[],
  colours: Colours,
): Generator<string> {
  const found = byTarget(all);
  for (const target of targets.length === 0 ? found.keys() : targets) {
    const by = found.get(target) ?? [];
    const open = by.filter(([, one]) => isOpen(one)).length;
    yield `${colours.strong(target)} can be become by ${open === 0 ? 'nobody' : open}\n`;
    for (const [principal, one] of by) yield reachedText(principal, one, colours);
    yield '\n';
  }
}

export function fleetText(principal: string, serviceAccount: string | undefined): string {
  if (!principal.startsWith('instance:')) return '';
  return serviceAccount === undefined
    ? '; pinned to no fleet that is stored, so what a fleet grants it is not counted'
    : `; a VM of ${serviceAccount}`;
}

function reachedText(name: string, { direct, chain }: Reached, colours: Colours): string {
  const isOff = direct?.reason !== undefined;
  const lines = [
    ...(direct === undefined
      ? []
      : [`${isOff ? colours.faint(`  ${name}`) : `  ${name}`}  ${colours.faint(stepText(direct))}`]),
    ...(chain === undefined
      ? []
      : [`  ${name}  ${colours.caution(`through ${chain.length} steps`)}`, ...chainLines(chain, colours)]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function chainLines(chain: Way, colours: Colours): readonly string[] {
  return chain.map(({ to, ...step }) => `      → ${to}  ${colours.faint(stepText({ to, ...step }))}`);
}

export function summaryText(all: readonly Reach[]): string {
  const reached = all.flatMap((one) => one.reached);
  const targets = new Set(reached.filter(isOpen).map(({ target }) => target)).size;
  const through = reached.filter(({ chain }) => chain !== undefined).length;
  const ways = reached.length === 1 ? 'way' : 'ways';
  return `${countOf(all.length, 'principal')} can become ${countOf(targets, 'target')}; ${through} of ${reached.length} ${ways} through others.`;
}
