/**
 * What a task that asks now and then notices of another that attacks: its own requests' 99th percentile, beside the same
 * without the attack, in turns. The attacker has the machine to itself as well, so that on few cores some of what is
 * noticed is not the daemon's: the last row has an attacker that only computes.
 */

import { once } from 'node:events';
import { ratioFigure, type Figure } from '../figure.ts';
import { untilIdle } from '../idle-machine.ts';
import type { BenchOptions } from '../options.ts';
import { quantile } from '../statistics.ts';
import { spawnTethered } from '../../refresher/host/vm.ts';
import { askPaced } from './asking.ts';
import { ATTACKS, attackWords, type Attack } from './attacks.ts';
import type { TasksStage } from './stage.ts';

const AT_MOST = 2;
const PER_SECOND = 100;

export async function measureQuietTask(
  stage: TasksStage,
  { quick }: BenchOptions,
): Promise<readonly Figure[]> {
  const [attacked = '', quiet = ''] = stage.namespaces;
  const connection = stage.connectWithin(quiet);
  if (connection === undefined) throw new Error('the quiet task is not answered');
  const pace = { perSecond: PER_SECOND, requests: quick ? 200 : 1_000 };
  const round = async () => quantile(await askPaced([connection], pace), 0.99);
  const attack = (how: Attack, rules: 'with rules' | 'without rules') => [
    'nsenter',
    `--net=${attacked}`,
    '--',
    ...attackWords(how, rules),
  ];
  const cases = [
    ...Object.entries(ATTACKS).map(([name, how]) => ({
      name: `another sends ${name}`,
      words: attack(how, 'with rules'),
      bound: { atMost: AT_MOST },
    })),
    {
      name: 'another sends new connections, and has removed its rules',
      words: attack('connect', 'without rules'),
    },
    {
      name: 'another computes',
      words: [process.execPath, '-e', 'process.stdout.write("at it\\n", () => { for (;;); })'],
    },
  ];
  const undisturbed = async () => {
    // the kernel is still closing ten thousand sockets when their process is gone
    await untilIdle();
    return round();
  };
  await round();
  const figures: Figure[] = [];
  for (const { words, name, ...bound } of cases) {
    const rounds = { ours: [] as number[], baseline: [] as number[] };
    for (let pair = 0; pair < (quick ? 2 : 3); pair += 1) {
      rounds.baseline.push(await undisturbed());
      const attacker = spawnTethered(words);
      await once(attacker.stdout ?? attacker, 'data');
      rounds.ours.push(await round());
      attacker.kill('SIGKILL');
      await once(attacker, 'close');
    }
    figures.push(
      ratioFigure({
        name: `host: a quiet task, 99th percentile, while ${name}`,
        unit: 'ms',
        ...rounds,
        ...bound,
      }),
    );
  }
  connection.close();
  return figures;
}
