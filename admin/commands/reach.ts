/**
 * `reach`: what principals can become, and who can become a target, through others, too.
 */

import { writeFile } from 'node:fs/promises';
import { KILL_SWITCH_PATH } from '../../shared/grants/grant-store.ts';
import { loggableText } from '../../shared/loggable.ts';
import { errorCode } from '../../shared/unknown.ts';
import { isGiven, valueOf, type Command, type Context, type Invocation } from '../command-line/command.ts';
import { DATABASE_OPTIONS, databaseAddress } from '../database/database-address.ts';
import { documentOfText } from '../documents/document-text.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { CEILING_OPTIONS, givenCeilings } from '../explain/ceiling-flags.ts';
import { badUsage, Failure } from '../failure.ts';
import { readGrantsFiles } from '../files/read-grants-files.ts';
import { didYouMean } from '../output/nearest-name.ts';
import { JSON_OPTION, printJson } from '../output/print-json.ts';
import { printPieces } from '../output/print-pieces.ts';
import { htmlPage } from '../reach/picture/html-page.ts';
import type { Pictured } from '../reach/picture/pictured.ts';
import { svgDocument } from '../reach/picture/svg-document.ts';
import { reachJson } from '../reach/reach-json.ts';
import { survey, type Selection, type Stored } from '../reach/survey.ts';
import { principalsText, summaryText, targetsText } from '../reach/reach-text.ts';
import type { Reach } from '../reach/way.ts';
import { collect, withDatabase } from './planning.ts';

export const reach: Command = {
  summary: 'say what principals can become, and who can become a target, through others, too',
  explanation: `Of grants files, or without PATH of the database. A way may lead through delegates, signers and accounts that are fleets
themselves. Conditions are taken to hold; what IAM allows beside the grants is not looked at.`,
  words: { meaning: '[PATH…]', least: 0, most: 100 },
  options: {
    principal: { value: 'ID', isRepeatable: true, help: 'this caller alone, by the id of its document' },
    target: { value: 'MEMBER', isRepeatable: true, help: 'who can become this target' },
    picture: { value: 'FILE', help: 'draw it into a file that needs nothing else, .svg or .html' },
    'delegation-signers': CEILING_OPTIONS['delegation-signers'],
    'delegation-subjects': CEILING_OPTIONS['delegation-subjects'],
    'delegation-scopes': CEILING_OPTIONS['delegation-scopes'],
    ...DATABASE_OPTIONS,
    ...JSON_OPTION,
  },
  example:
    'token-vending reach --principal serviceAccount:workers@acme-workers.iam.gserviceaccount.com --project acme-vending',

  async run(invocation, context) {
    const now = context.now();
    const { stored, source } = await read(invocation, context);
    const { targets, reach: reachOf } = survey(stored, { ceilings: givenCeilings(invocation), now });
    const selection = selectionOf(invocation, new Set(stored.principals.keys()), targets, source);
    context.progress('following ways through others');
    const chosen = reachOf(selection);
    const file = valueOf(invocation, 'picture');
    if (file !== undefined) await draw(file, { all: chosen, source, now });
    if (isGiven(invocation, 'json')) {
      await printJson(context, { source, at: now, ...Object(reachJson(chosen)) });
      return EXIT_CODES.ok;
    }
    if (file === undefined) await printPieces(context, textOf(chosen, selection, context));
    await context.print(`${summaryText(chosen)}\n`);
    if (file !== undefined) await context.print(`The picture is in ${file}.\n`);
    return EXIT_CODES.ok;
  },
};

interface Read {
  readonly stored: Stored;
  /** Where it stands, for people. */
  readonly source: string;
}

async function read(invocation: Invocation, context: Context): Promise<Read> {
  const { words } = invocation;
  if (words.length > 0) {
    context.progress('reading files');
    const { entries } = await readGrantsFiles(words, context.readPrincipals);
    const principals = new Map(Array.from(entries.values(), ({ id, text }) => [id, text]));
    return { stored: { principals, killSwitch: undefined }, source: words.join(' ') };
  }
  return withDatabase(databaseAddress(invocation), context, async (database) => {
    const documents = await collect(database.principals(), (count) =>
      context.progress(`${count} documents read`),
    );
    const killSwitch = await database.killSwitch();
    return {
      stored: {
        principals: new Map(documents.map(({ id, text }) => [id, text])),
        killSwitch: killSwitch && { path: KILL_SWITCH_PATH, data: documentOfText(killSwitch.text) },
      },
      source: database.name,
    };
  });
}

/** Throws a `Failure` where a name is nobody's: an answer of "nobody" would be taken for a good one. */
function selectionOf(
  { values }: Invocation,
  principals: ReadonlySet<string>,
  targets: ReadonlySet<string>,
  source: string,
): Selection {
  const selection = { principals: values['principal'] ?? [], targets: values['target'] ?? [] };
  for (const [flag, wanted, known] of [
    ['--principal', selection.principals, principals],
    ['--target', selection.targets, targets],
  ] as const) {
    const unknown = wanted.find((one) => !known.has(one));
    if (unknown === undefined) continue;
    const name = loggableText(unknown);
    const what = flag === '--target' ? 'nobody can become' : 'there is no document of';
    throw new Failure(EXIT_CODES.noFile, `${what} ${name} in ${source}${didYouMean(unknown, known)}`);
  }
  return selection;
}

function textOf(
  all: readonly Reach[],
  { principals, targets }: Selection,
  { colours }: Context,
): Iterable<string> {
  const isOfTargets = targets.length > 0 && principals.length === 0;
  return isOfTargets ? targetsText(all, targets, colours) : principalsText(all, colours);
}

async function draw(file: string, picture: Pictured): Promise<void> {
  await writeFile(file, drawn(file, picture)).catch((cause: unknown) => {
    const message = `${file} cannot be written (${String(errorCode(cause))}): name a file in a folder that is there`;
    throw new Failure(EXIT_CODES.noFile, message, { cause });
  });
}

function drawn(file: string, picture: Pictured): string {
  if (file.endsWith('.svg')) return svgDocument(picture);
  if (file.endsWith('.html')) return htmlPage(picture);
  throw badUsage('--picture has to be a file that ends in .svg or .html');
}
