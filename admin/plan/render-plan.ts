/**
 * A plan for people. Pure.
 */

import type { Colours } from '../output/colours.ts';
import { count, type Change, type Consequence, type Effect, type Plan } from './change.ts';

/** The mark of each effect; what widens has two, so that it is seen without colours, too. */
const MARKS: Readonly<Record<Effect, string>> = {
  gains: '+ ',
  loses: '- ',
  widens: '!!',
  narrows: '~ ',
  changes: '~ ',
};

export function consequenceLine({ effect, target, what }: Consequence): string {
  const subject = target ?? 'the principal';
  return `${MARKS[effect]} ${effect === 'gains' || effect === 'loses' ? '' : `${effect} `}${subject}: ${what}`;
}

function coloured(consequence: Consequence, colours: Colours): string {
  const line = consequenceLine(consequence);
  if (consequence.effect === 'gains') return colours.gain(line);
  if (consequence.effect === 'loses') return colours.loss(line);
  return consequence.effect === 'widens' ? colours.caution(line) : line;
}

function changeText({ id, kind, consequences }: Change, colours: Colours): string {
  const lines = consequences.map((consequence) => `  ${coloured(consequence, colours)}\n`);
  return `${colours.strong(id)} ${colours.faint(`(${kind})`)}\n${lines.join('')}\n`;
}

/** Piece by piece, because all of a first import would be one long text. */
export function* planText(plan: Plan, colours: Colours): Generator<string> {
  for (const change of plan.changes) yield changeText(change, colours);
  yield `${summaryLine(plan)}\n`;
}

export function summaryLine({ changes, unchanged, left, projectId, databaseId }: Plan): string {
  const of = (kind: Change['kind']) => changes.filter((change) => change.kind === kind).length;
  const where = `database ${databaseId} of ${projectId}`;
  const kept = left === 0 ? '' : `; ${left} of instances that no file names are left alone`;
  if (changes.length === 0)
    return `No changes: ${where} has what the files say, ${unchanged} documents${kept}.`;
  const documents = `${of('created')} to create, ${of('changed')} to change, ${of('deleted')} to delete, ${unchanged} unchanged${kept}`;
  const grants = `${count(changes, 'gains')} gained, ${count(changes, 'loses')} lost, ${count(changes, 'widens')} widened, ${count(changes, 'narrows')} narrowed`;
  return `${where}: ${documents}.\nPermissions: ${grants}.`;
}
