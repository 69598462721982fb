/**
 * A stage, as a process inside its namespace: `run.ts STAGE IDENTITY`. It is told what to do, and tells what came of it,
 * over the channel to the process that has started it; when that is gone, it ends.
 */

import type { Answer, Question } from './harness/questions.ts';
import type { FromStage, ToStage } from './harness/stage-process.ts';
import { openStage } from './harness/stage.ts';
import { parseIdentity, parseStageName } from './harness/stages.ts';
import { rowNamed } from './rows.ts';

const [stageName = '', identityName = ''] = process.argv.slice(2);
if (process.send === undefined) {
  process.stderr.write('this is started by the tests: npm run test:conformance\n');
  process.exit(64);
}
const send = (message: FromStage) => void process.send?.(message);

// Listened for before anything slow, so that an end of the parent is never missed.
const abandoned = new Promise<void>((resolve) => process.once('disconnect', () => resolve()));
const stage = await openStage(parseStageName(stageName), parseIdentity(identityName));
void abandoned.then(() => stage.close()).finally(() => process.exit());

/** One after the other: what the APIs see belongs to the client that runs. */
let queue = Promise.resolve();
process.on('message', ({ id, question }: ToStage) => {
  queue = queue.then(async () => {
    try {
      const answer = await act(question);
      send({ id, ...(answer !== undefined && { answer }) });
    } catch (error) {
      send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
});
send({ id: 'ready' });

async function act(question: Question): Promise<Answer | undefined> {
  switch (question.do) {
    case 'run':
      return stage.run(rowNamed(question.row), question);
    case 'fault':
      stage.world.google.faults.set(question.route, question.fault);
      return undefined;
    case 'withdraw grants':
      await stage.world.withdrawGrants();
      return undefined;
  }
}
