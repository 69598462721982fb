/**
 * Being the first process of a container.
 *
 * Orphans become children of process 1, which has to wait for each, or they stay as zombies and use up the process
 * table. Node waits for processes that it has started and for no others. So there the refresher puts a shell in its own
 * place, which starts the refresher again as its child, passes signals on to it, and ends with its exit code: `wait` of
 * dash, bash and busybox collects whatever ends.
 */

import { errorCode } from '../../shared/unknown.ts';
import { files } from '../files.ts';
import { FORWARDED_NAMES } from './signals.ts';

/**
 * - Standard input goes by way of descriptor 9: what a shell starts in the background would read `/dev/null`.
 * - A signal that comes before there is a child is kept for it.
 * - `wait` also returns when a signal came: it is asked again while the child is there, and once more for a code that a
 *   signal may have hidden.
 */
const SCRIPT = `
child= early=
for signal in ${FORWARDED_NAMES.join(' ')}; do
  trap "if [ \\"\\$child\\" ]; then kill -$signal \\$child; else early=$signal; fi" $signal
done
exec 9<&0
"$@" <&9 9<&- &
child=$!
exec 9<&-
if [ "$early" ]; then kill -$early $child; fi
while wait $child; code=$?; kill -0 $child 2>/dev/null; do :; done
if [ $code -gt 128 ]; then wait $child; again=$?; [ $again = 127 ] || code=$again; fi
exit $code
`;

const SHELL = '/bin/sh';

/** The program that is running, and its arguments, as they have to be written to start it once more. */
interface Program {
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Replaces this process by another program; returns only by throwing. */
export type Execve = (file: string, words: readonly string[], environment: NodeJS.ProcessEnv) => void;

/**
 * Puts the shell in the place of this process. Returns where that cannot be done, with the reason: the command then
 * runs all the same, and orphans stay.
 */
export async function becomeInit(
  { words, environment }: Program,
  execve: Execve | undefined,
): Promise<string> {
  if (execve === undefined) return 'this runtime cannot replace its process; Node 22.15 can';
  try {
    // Node would abort where there is none
    const { access, constants } = await files();
    await access(SHELL, constants.X_OK);
    execve(SHELL, [SHELL, '-c', SCRIPT, 'refresher', ...words], environment);
  } catch (error) {
    return `${SHELL} cannot be run (${String(errorCode(error))})`;
  }
  return `${SHELL} did not start`;
}
