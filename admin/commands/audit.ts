/**
 * `audit`: what the functions have decided, by their log; and what they would have, by other grants.
 */

import { createConditionEvaluator } from '../../shared/grants/condition.ts';
import { isPrincipalDocumentId } from '../../shared/identity/principal.ts';
import { parseMember } from '../../shared/member.ts';
import { reportText } from '../audit/audit-text.ts';
import { readLogs } from '../audit/read-log.ts';
import { isDecision } from '../audit/recorded.ts';
import { createReplay } from '../audit/replay.ts';
import { changes, createReplayCounter, type ReplayCounter } from '../audit/replayed.ts';
import { reportJson, type Report, type Unread } from '../audit/report.ts';
import { isSelected, type Selection } from '../audit/selection.ts';
import { createCounter } from '../audit/tally.ts';
import { createTimeCounter } from '../audit/time-line.ts';
import { isGiven, valueOf, type Command, type Context, type Invocation } from '../command-line/command.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { CEILING_OPTIONS, ceilingsOf, givenCeilings, projectNumbersOf } from '../explain/ceiling-flags.ts';
import { badUsage } from '../failure.ts';
import { readGrantsFiles } from '../files/read-grants-files.ts';
import { JSON_OPTION, printJson } from '../output/print-json.ts';
import { printPieces } from '../output/print-pieces.ts';

export const audit: Command = {
  summary: 'say who got what, and what was refused and why, by the log of the functions; replay it',
  explanation: `Takes what gcloud logging read --format=json prints, what a log sink stores, and lines as functions print them; .gz, too.
With --replay each decision is taken again, by the code of the functions, as if those files had been in the
database then; exit code 1 where one would come out otherwise.`,
  words: { meaning: 'FILE…', least: 1, most: 100 },
  options: {
    since: { value: 'TIME', help: 'nothing before that: 2027-01-31, or with a time, 2027-01-31T12:00:00Z' },
    until: { value: 'TIME', help: 'nothing from then on' },
    principal: { value: 'ID', isRepeatable: true, help: 'this caller alone, by the id of its document' },
    target: { value: 'MEMBER', isRepeatable: true, help: 'this target alone' },
    replay: {
      value: 'PATH',
      isRepeatable: true,
      help: 'grants files, or a folder of them, to replay it against',
    },
    ...CEILING_OPTIONS,
    ...JSON_OPTION,
  },
  example: 'token-vending audit decisions.json --replay grants.yaml',

  async run(invocation, context) {
    const selection = selectionOf(invocation);
    const replay = await replayOf(invocation, context);
    const report = await readAll(invocation, selection, replay, context);
    await (isGiven(invocation, 'json')
      ? printJson(context, reportJson(report))
      : printPieces(context, reportText(report, context.colours)));
    if (report.unread.broken > 0) {
      context.note(`${report.unread.broken} entries are not whole and not counted: export the log again\n`);
      return EXIT_CODES.badFile;
    }
    const isOtherwise = report.replay !== undefined && changes(report.replay) > 0;
    return isOtherwise ? EXIT_CODES.differs : EXIT_CODES.ok;
  },
};

/** Entries that are not whole, by their places; more are counted. */
const MAX_SHOWN = 5;

async function readAll(
  { words, values }: Invocation,
  selection: Selection,
  replay: ReplayCounter | undefined,
  { note, progress }: Context,
): Promise<Report> {
  const counter = createCounter();
  const times = createTimeCounter();
  const unread: Unread = { other: 0, broken: 0, twice: 0 };
  let read = 0;
  for await (const found of readLogs(words)) {
    read += 1;
    if (read % 1000 === 0) progress(`${read} entries read`);
    if (found.kind !== 'recorded') {
      unread[found.kind] += 1;
      if (found.kind === 'broken' && unread.broken <= MAX_SHOWN) note(`${found.place}: not a whole entry\n`);
      continue;
    }
    const { recorded } = found;
    if (!isSelected(recorded, selection)) continue;
    counter.add(recorded);
    if (!isDecision(recorded)) continue;
    times.add(recorded.at, recorded.event.outcome);
    replay?.add(recorded);
  }
  if (read > 0 && unread.other === read) note(NONE_OF_OURS);
  const against = (values['replay'] ?? []).join(' ');
  return { tally: counter.tally(), timeLine: times.timeLine(), replay: replay?.tally(), against, unread };
}

const NONE_OF_OURS = `None of these entries is of the functions: export those with jsonPayload.event="token_decision"\n`;

/** Throws a `Failure`. */
function selectionOf(invocation: Invocation): Selection {
  const principals = invocation.values['principal'] ?? [];
  const targets = invocation.values['target'] ?? [];
  if (!principals.every(isPrincipalDocumentId))
    throw badUsage('--principal has to be serviceAccount:EMAIL or instance:PROJECT_NUMBER:INSTANCE_ID');
  if (!targets.every((target) => parseMember(target) !== undefined))
    throw badUsage('--target has to be serviceAccount:EMAIL or user:EMAIL, in lower case');
  return { since: timeOf(invocation, 'since'), until: timeOf(invocation, 'until'), principals, targets };
}

/** A day begins at midnight UTC, on every machine. */
function timeOf(invocation: Invocation, flag: string): Date | undefined {
  const value = valueOf(invocation, flag);
  if (value === undefined) return undefined;
  const at = new Date(value);
  if (/^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?$/.test(value) && !Number.isNaN(at.getTime()))
    return at;
  throw badUsage(`--${flag} has to be a day such as 2027-01-31, or a time such as 2027-01-31T12:00:00Z`);
}

async function replayOf(invocation: Invocation, context: Context): Promise<ReplayCounter | undefined> {
  const paths = invocation.values['replay'];
  if (paths === undefined) return undefined;
  const { entries } = await readGrantsFiles(paths, context.readPrincipals);
  const replay = createReplay({
    documents: new Map(Array.from(entries.values(), ({ id, text }) => [id, text])),
    evaluateCondition: createConditionEvaluator(),
    projectNumbers: projectNumbersOf(invocation),
    knowsCeilings: Object.values(givenCeilings(invocation)).every((one) => one !== undefined),
    ceilingsFor: (documents, wanted) => ceilingsOf(invocation, documents, wanted).ceilings,
    now: context.now(),
  });
  return createReplayCounter(replay);
}
