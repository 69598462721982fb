/**
 * `npm start`: the tour. It shows what the service does, step by step, on a fake Google, and stays up to be tried.
 *
 * A step that does not turn out as promised ends it with exit code 1, so that `npm start -- --once` is a test.
 */

import { parseArgs } from 'node:util';
import { announceAuditLine, followAuditLines } from './audit-trail.ts';
import { startCompany } from './company.ts';
import { describeFailure, StepFailed } from './failure.ts';
import { untilInterrupted } from './interruption.ts';
import { introduce } from './introduction.ts';
import { createNarration, wantsColours, type Narration } from './narration.ts';
import type { Stage, Step } from './stage.ts';
import { becomesPerson, becomesServiceAccount, getsIdToken, provesItself } from './steps/becoming.ts';
import { recovers, survivesIam, survivesKeys } from './steps/outage.ts';
import {
  dropsWhatIsRefused,
  outlivesTheFunction,
  runsOneCommand,
  servesAnyClient,
} from './steps/refreshing.ts';
import { obeysTheGrantsFile, refusesStranger } from './steps/refusing.ts';
import { createTeardown, type Teardown } from './teardown.ts';
import { inviteToTry } from './try-it.ts';

const USAGE = `usage: npm start            shows the tour and stays up until Ctrl-C
       npm start -- --once  shows the tour and ends
`;

const STEPS: readonly Step[] = [
  provesItself,
  becomesServiceAccount,
  becomesPerson,
  getsIdToken,
  refusesStranger,
  obeysTheGrantsFile,
  survivesIam,
  survivesKeys,
  recovers,
  servesAnyClient,
  runsOneCommand,
  outlivesTheFunction,
  dropsWhatIsRefused,
];

/** EX_USAGE of sysexits.h. */
const EXIT_BAD_USAGE = 64;

async function tour({ once }: { readonly once: boolean }): Promise<number> {
  const narration = createNarration(
    (text) => process.stdout.write(text),
    wantsColours(process.stdout, process.env),
  );
  const teardown = createTeardown();
  const interrupted = untilInterrupted();
  try {
    const shown = await Promise.race([show(narration, teardown), interrupted]);
    if ('exitCode' in shown) return shown.exitCode;
    if (!once) await Promise.race([stayUp(shown), interrupted]);
    return 0;
  } catch (error) {
    process.stderr.write(`\n${describeFailure(error)}`);
    return 1;
  } finally {
    await teardown.run();
    narration.heading('Everything that was started is stopped, and the grants file is removed.');
  }
}

async function show(narration: Narration, teardown: Teardown): Promise<Stage> {
  const startedAt = performance.now();
  const stage = { company: await startCompany(teardown), narration };
  introduce(stage);
  for (const [index, step] of STEPS.entries()) {
    narration.heading(`${index + 1}. ${step.title}`);
    narration.paragraph(step.says);
    await step.show(stage).catch((cause: unknown) => {
      throw new StepFailed(index + 1, step.title, cause);
    });
  }
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  narration.heading(`All ${STEPS.length} steps turned out as promised, in ${seconds} seconds.`);
  return stage;
}

async function stayUp({ company, narration }: Stage): Promise<never> {
  await inviteToTry(narration, company);
  const followed = Object.values(company.functions).map((started) =>
    followAuditLines(started, (line) => announceAuditLine(narration, line, new Date())),
  );
  const { ended } = await company.refreshers.lasting();
  const refresher = ended.then(({ stderr }) => {
    throw new Error(stderr);
  });
  return Promise.race([...followed, refresher]).catch((cause: unknown) => {
    throw new Error('a function or the refresher ended by itself', { cause });
  });
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options !== undefined) return tour(options);
  process.stderr.write(USAGE);
  return EXIT_BAD_USAGE;
}

function parseOptions(args: readonly string[]): { readonly once: boolean } | undefined {
  try {
    return parseArgs({ args: [...args], options: { once: { type: 'boolean', default: false } } }).values;
  } catch {
    return undefined;
  }
}

process.exit(await main());
