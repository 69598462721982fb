/**
 * One stage of the matrix, as a process inside its namespace: `run.ts STAGE IDENTITY`. It is told what to run, and tells
 * what came of it, over the channel to the process that has started it; when that is gone, it ends.
 */

import { identityOf, STAGE_NAMES } from './harness/stages.ts';
import type { Answer, Question } from './harness/stage-process.ts';
import { openStage } from './harness/stage.ts';
import { outcomeFor, problemsOf } from './harness/judge.ts';
import { describeObservation } from './harness/observation.ts';
import { nameOf, ROWS } from './rows.ts';

const [stageName = '', identityName = ''] = process.argv.slice(2);
const name = STAGE_NAMES.find((one) => one === stageName);
if (name === undefined || process.send === undefined) {
  process.stderr.write('this is started by the tests: npm run test:conformance\n');
  process.exit(64);
}
const send = (answer: Answer) => void process.send?.(answer);
const identity = identityOf(identityName);

// Listened for before anything slow, so that an end of the parent is never missed.
const abandoned = new Promise<void>((resolve) => process.once('disconnect', () => resolve()));
const stage = await openStage(name, identity);
void abandoned.then(() => stage.close()).finally(() => process.exit());

/** One after the other: what the APIs see belongs to the client that runs. */
let queue = Promise.resolve();
process.on('message', (question: Question) => {
  queue = queue.then(async () => {
    try {
      send({ id: question.id, ...(await answer(question)) });
    } catch (error) {
      send({
        id: question.id,
        problems: [String(error)],
        details: error instanceof Error ? (error.stack ?? '') : '',
      });
    }
  });
});
send({ id: 'ready', problems: [], details: '' });

async function answer({ row: rowName, mode, installed }: Question): Promise<Omit<Answer, 'id'>> {
  const row = ROWS.find((one) => nameOf(one) === rowName);
  const expectation = row?.modes[mode];
  if (row === undefined || expectation === undefined) throw new Error(`no ${rowName} in the mode ${mode}`);
  const { command, observed } = await stage.run(row, mode, installed);
  const promised = { proof: row.proof, prints: command.prints, outcome: outcomeFor(expectation, identity) };
  return { problems: problemsOf(promised, observed), details: describeObservation(observed) };
}
