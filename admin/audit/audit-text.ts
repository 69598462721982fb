/**
 * What was recorded, for people. Pure.
 */

import type { Colours } from '../output/colours.ts';
import { countOf } from '../output/count-of.ts';
import { shortScope } from '../documents/short-scope.ts';
import { OTHERWISE, type ReplayTally } from './replayed.ts';
import type { Report } from './report.ts';
import type { Group, Tally } from './tally.ts';
import type { TimeLine } from './time-line.ts';

/** Groups of a list; more are counted. */
const MAX_LISTED = 30;
const BAR_LENGTH = 40;

export function* reportText(report: Report, colours: Colours): Generator<string> {
  const { tally, timeLine, replay, unread } = report;
  const { granted, refused, fault } = tally.outcomes;
  yield headText(tally);
  if (granted.length > 0) yield* section('Who got what', listText(granted, colours.gain, whatText));
  yield* section('Refused', byReason(refused, colours, colours.loss));
  yield* section('Failed', byReason(fault, colours, colours.error));
  if (timeLine !== undefined)
    yield* section(`Time line, ${stepText(timeLine.minutes)} a line`, timeText(timeLine, colours));
  if (replay !== undefined) yield* replayText(replay, report.against, colours);
  if (unread.twice > 0) yield `\nOf entries that are there twice one is counted: ${unread.twice} left out.\n`;
  if (tally.withoutTime > 0)
    yield `\n${tally.withoutTime} decisions have no time: they are lines as functions print them.\n`;
}

function headText({ outcomes, checks, first, last }: Tally): string {
  const [granted, refused, failed] = [sum(outcomes.granted), sum(outcomes.refused), sum(outcomes.fault)];
  const span =
    first === undefined || last === undefined ? '' : ` from ${minute(first)} to ${minute(last)} UTC`;
  const answers = `${checks.answers.yes} yes, ${checks.answers.no} no, ${checks.answers.fault} fault`;
  const checked = checks.count === 0 ? '' : `${countOf(checks.count, 'check')}: ${answers}\n`;
  return `${countOf(granted + refused + failed, 'decision')}${span}: ${granted} granted, ${refused} refused, ${failed} failed\n${checked}`;
}

function sum(groups: readonly Group[]): number {
  return groups.reduce((before, { count }) => before + count, 0);
}

function* section(heading: string, lines: Iterable<string>): Generator<string> {
  let isBegun = false;
  for (const line of lines) {
    if (!isBegun) yield `\n${heading}\n`;
    isBegun = true;
    yield line;
  }
}

type What = (group: Group) => string;

function* listText(
  groups: readonly Group[],
  colour: (text: string) => string,
  what: What,
  indent = '  ',
): Generator<string> {
  for (const group of groups.slice(0, MAX_LISTED)) {
    const { serviceAccount = 'an unverified caller', target = 'its only target', count, vms, last } = group;
    const where = vms.size === 0 ? '' : ` on ${countOf(vms.size, 'VM')}`;
    const when = last === undefined ? '' : `, last ${minute(last)}`;
    yield `${indent}${colour(String(count).padStart(6))}  ${serviceAccount}${where} → ${target}${what(group)}${when}\n`;
  }
  if (groups.length > MAX_LISTED) yield `${indent}… and ${groups.length - MAX_LISTED} more: --json has all\n`;
}

function whatText({ what, scopes }: Group): string {
  return `: ${what === 'id_token' ? 'ID token' : [...scopes].map(shortScope).join(' ')}`;
}

function* byReason(
  groups: readonly Group[],
  colours: Colours,
  colour: (text: string) => string,
): Generator<string> {
  const reasons = [...Map.groupBy(groups, ({ what }) => what)].map(([reason, of]) => ({
    reason,
    of,
    count: sum(of),
  }));
  for (const { reason, of, count } of reasons.toSorted((a, b) => b.count - a.count)) {
    yield `${colour(String(count).padStart(6))}  ${colours.strong(reason)}${colours.faint(`  docs/troubleshooting.md#${reason}`)}\n`;
    yield* listText(of, colours.faint, () => '', '    ');
  }
}

function total({ granted, refused, fault }: TimeLine['stretches'][number]['counts']): number {
  return granted + refused + fault;
}

function* timeText({ stretches }: TimeLine, colours: Colours): Generator<string> {
  const most = Math.max(...stretches.map(({ counts }) => total(counts)));
  for (const { at, counts } of stretches) {
    const bar = (count: number, mark: string) =>
      mark.repeat(count === 0 ? 0 : Math.max(1, Math.round((count / most) * BAR_LENGTH)));
    const drawn = [
      colours.gain(bar(counts.granted, '█')),
      colours.loss(bar(counts.refused, '▒')),
      colours.error(bar(counts.fault, '×')),
    ].join('');
    const words =
      total(counts) === 0
        ? ''
        : `  ${counts.granted} granted, ${counts.refused} refused, ${counts.fault} failed`;
    yield `  ${minute(at)}  ${drawn}${words}`.trimEnd() + '\n';
  }
}

const HEADINGS = {
  refused: 'would now be refused',
  less: 'would now get less',
  granted: 'would now be granted',
  unknown: 'cannot be told',
} as const;

function* replayText({ counts, groups }: ReplayTally, against: string, colours: Colours): Generator<string> {
  const { same, elsewhere, ...otherwise } = counts;
  const parts = OTHERWISE.map((kind) => `${otherwise[kind]} ${HEADINGS[kind]}`);
  yield `\nReplayed against ${against}: ${same} the same, ${parts.join(', ')}, ${elsewhere} not decided by grants\n`;
  const colour = {
    refused: colours.loss,
    less: colours.caution,
    granted: colours.gain,
    unknown: colours.faint,
  };
  for (const kind of ['refused', 'less', 'granted', 'unknown'] as const) {
    yield* section(
      `These ${otherwise[kind]} ${HEADINGS[kind]}`,
      listText(groups[kind], colour[kind], ({ what }) => `: ${what}`),
    );
  }
}

function minute(at: Date): string {
  return at.toISOString().slice(0, 16).replace('T', ' ');
}

function stepText(minutes: number): string {
  if (minutes < 60) return countOf(minutes, 'minute');
  if (minutes < 24 * 60) return countOf(minutes / 60, 'hour');
  return countOf(minutes / (24 * 60), 'day');
}
