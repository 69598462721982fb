/**
 * `refresher task`: asks the daemon. What it answers goes to standard output, as JSON for `add`, as a table for `ls`.
 */

import { isRecord } from '../../shared/unknown.ts';
import type { Context } from '../commands/context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { badUsage, Failure } from '../failure.ts';
import { callDaemon } from './control/control-client.ts';
import { controlPathOf } from './settings/host-settings.ts';
import type { Parsed } from './settings/host-options.ts';
import { TASK_ERRORS, TaskError } from './task-error.ts';
import { parseTaskId, parseTaskRequest } from './tasks/task-request.ts';

const CLAIMS = ['pid', 'netns', 'cgroup', 'address'] as const;

export async function task(parsed: Parsed, { print, environment, signal }: Context): Promise<number> {
  const [verb = '', id, ...rest] = parsed.words;
  const control = controlPathOf(parsed, environment);
  if (rest.length > 0) throw badUsage(`task ${verb} takes one id: see refresher task --help`);
  switch (verb) {
    case 'add': {
      const body = bodyOf(parsed);
      // what is malformed need not be asked
      checked(() => parseTaskRequest(id ?? '', body));
      const path = pathOf(id);
      await print(`${JSON.stringify(await callDaemon(control, { method: 'PUT', path, body }, signal))}\n`);
      return EXIT_CODES.ok;
    }
    case 'rm':
      await callDaemon(control, { method: 'DELETE', path: pathOf(id) }, signal);
      return EXIT_CODES.ok;
    case 'ls': {
      if (id !== undefined) throw badUsage('task ls takes no id');
      await print(tableOf(await callDaemon(control, { method: 'GET', path: '/tasks' }, signal)));
      return EXIT_CODES.ok;
    }
    default:
      throw badUsage('task needs add, rm or ls: see refresher task --help');
  }
}

function bodyOf({ values }: Parsed): Readonly<Record<string, unknown>> {
  const claims = CLAIMS.flatMap((name) => {
    const [value] = values[name] ?? [];
    return value === undefined ? [] : [[name, name === 'pid' ? Number(value) : value] as const];
  });
  const [project] = values['project'] ?? [];
  return {
    targets: (values['target'] ?? []).flatMap((one) => one.split(',')),
    ...Object.fromEntries(claims),
    ...(project !== undefined && { project }),
  };
}

function pathOf(id: string | undefined): string {
  if (id === undefined) throw badUsage('task needs the id of a task');
  return `/tasks/${encodeURIComponent(checked(() => parseTaskId(id)))}`;
}

function checked<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    throw new Failure(TASK_ERRORS[error.code].exitCode, `${error.code}: ${error.message}`);
  }
}

/** Tabs between the columns, one task a line: for people and for `cut`. */
function tableOf(answer: unknown): string {
  const tasks: readonly unknown[] = isRecord(answer) && Array.isArray(answer['tasks']) ? answer['tasks'] : [];
  return tasks.map((one) => `${lineOf(isRecord(one) ? one : {})}\n`).join('');
}

function lineOf(view: Readonly<Record<string, unknown>>): string {
  const claim = CLAIMS.find((name) => view[name] !== undefined) ?? 'pid';
  const targets: readonly unknown[] = Array.isArray(view['targets']) ? view['targets'] : [];
  const told = targets.map((one) =>
    isRecord(one) ? `${String(one['target'])} (${String(one['reading'])})` : '',
  );
  return [view['id'], view['state'], `${claim}=${String(view[claim])}`, told.join(' ')].join('\t');
}
