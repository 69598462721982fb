/**
 * The checks for people: one line each, and below it what mends it.
 */

import type { Context } from '../command-line/command.ts';
import type { Colours } from '../output/colours.ts';
import { inLayers, type Check } from './check.ts';

export async function printChecks(
  checks: readonly Check[],
  { colours, print }: Pick<Context, 'colours' | 'print'>,
): Promise<void> {
  const lines = inLayers(checks).flatMap((check) => linesOf(check, colours));
  await print(`${lines.join('\n')}\n`);
}

function linesOf({ layer, is, found, mend }: Check, colours: Colours): readonly string[] {
  const paint = {
    ok: colours.gain,
    failed: colours.error,
    warning: colours.caution,
    skipped: colours.faint,
  }[is];
  return [
    `${paint(is.padEnd(7))} ${layer.padEnd(11)} ${found}`,
    ...mend.map((line) => `${' '.repeat(20)}${line}`),
  ];
}
