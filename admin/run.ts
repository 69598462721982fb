/**
 * From the words of a command line to an exit code: parse, run, and say what went wrong.
 */

import { loggableCauses } from '../shared/loggable.ts';
import type { Context } from './command-line/command.ts';
import { helpText } from './command-line/help.ts';
import { parseArguments, type Commands, type Environment } from './command-line/parse-arguments.ts';
import type { LayerExitCode } from './doctor/check.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { BadFiles, problemText } from './files/problem.ts';
import { printJson } from './output/print-json.ts';
import { VERSION } from './version.ts';

export async function run(
  words: readonly string[],
  environment: Environment,
  commands: Commands,
  context: Context,
): Promise<ExitCode | LayerExitCode> {
  try {
    const parsed = parseArguments(words, environment, commands);
    if (parsed.kind === 'command') return await parsed.command.run(parsed.invocation, context);
    await context.print(
      parsed.kind === 'help' ? helpText(parsed.name, commands) : `token-vending ${VERSION}\n`,
    );
    return EXIT_CODES.ok;
  } catch (error) {
    return reportFailure(error, words.includes('--json'), context);
  }
}

async function reportFailure(error: unknown, isJson: boolean, context: Context): Promise<ExitCode> {
  const failure = error instanceof Failure ? error : bug(error);
  const problems = failure instanceof BadFiles ? failure.problems : [];
  for (const problem of problems) context.note(problemText(problem));
  context.note(`token-vending: ${failure.message}\n`);
  if (isJson) {
    const places = problems.map(({ place: { file, line, column }, message, path }) => ({
      file,
      line,
      column,
      message,
      ...(path && { path }),
    }));
    const { exitCode, message } = failure;
    await printJson(context, {
      error: { exitCode, message, ...(places.length > 0 && { problems: places }) },
    });
  }
  return failure.exitCode;
}

function bug(error: unknown): Failure {
  return new Failure(EXIT_CODES.bug, `a bug of this command: ${loggableCauses(error).join(' < ')}`, {
    cause: error,
  });
}
