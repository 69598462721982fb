/**
 * `grants history`: who changed what, when, from which commit.
 */

import { isGiven, valueOf, type Command, type Context } from '../command-line/command.ts';
import { DATABASE_OPTIONS, databaseAddress } from '../database/database-address.ts';
import type { GrantsDatabase, HistoryEntry } from '../database/grants-database.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { badUsage, Failure } from '../failure.ts';
import { JSON_OPTION, printJson } from '../output/print-json.ts';
import { withDatabase } from './planning.ts';

const DEFAULT_LIMIT = 20;

export const grantsHistory: Command = {
  summary: 'list the last applies, or what one of them changed',
  words: { meaning: '[APPLY]', least: 0, most: 1 },
  options: {
    ...DATABASE_OPTIONS,
    limit: { value: 'N', help: `how many to list (default: ${DEFAULT_LIMIT})` },
    ...JSON_OPTION,
  },
  example: 'token-vending grants history --project acme-vending',

  async run(invocation, context) {
    const [id] = invocation.words;
    const limit = Number(valueOf(invocation, 'limit') ?? DEFAULT_LIMIT);
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
      throw badUsage('--limit has to be a number from 1 to 1000');
    await withDatabase(databaseAddress(invocation), context, async (database) => {
      const isJson = isGiven(invocation, 'json');
      await (id === undefined ? list(database, limit, isJson, context) : show(database, id, isJson, context));
    });
    return EXIT_CODES.ok;
  },
};

async function list(
  database: GrantsDatabase,
  limit: number,
  isJson: boolean,
  context: Context,
): Promise<void> {
  const entries = await database.history(limit);
  if (isJson) return printJson(context, { history: entries });
  const lines = entries.map((entry) => `${line(entry, context)}\n`).join('');
  await context.print(lines === '' ? 'Nothing has been applied yet.\n' : lines);
}

function line(entry: HistoryEntry, { colours }: Context): string {
  if (entry.kind === 'kill-switch') {
    return `${entry.id}  ${entry.by}  ${colours.caution(entry.lines.join('; '))}  ${entry.reason}`;
  }
  const { id, by, applied, of, state, commit } = entry;
  const how = state === 'done' ? `${of} changes` : colours.caution(`stopped at ${applied} of ${of} changes`);
  return `${id}  ${by}  ${how}${commit === undefined ? '' : `  commit ${commit}`}`;
}

async function show(database: GrantsDatabase, id: string, isJson: boolean, context: Context): Promise<void> {
  const changes = /^[\w-]+$/.test(id) ? await database.changesOf(id) : [];
  if (changes.length === 0) {
    throw new Failure(
      EXIT_CODES.noFile,
      `there is no apply ${JSON.stringify(id)} with changes: grants history lists all`,
    );
  }
  if (isJson) return printJson(context, { apply: id, changes });
  for (const { document, change, lines } of changes) {
    await context.print(
      `${context.colours.strong(document)} (${change})\n${lines.map((one) => `  ${one}\n`).join('')}\n`,
    );
  }
}
