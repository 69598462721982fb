/**
 * What a task that asks now and then notices of another that attacks: its own requests' 99th percentile, beside the same
 * without the attack, in turns. The attacker has the machine to itself as well, so that on few cores some of what is
 * noticed is not the daemon's: a bare server is asked meanwhile, and the last case is an attacker that only computes.
 */

import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Figure } from '../figure.ts';
import { untilIdle } from '../idle-machine.ts';
import type { KeepAliveConnection } from '../keep-alive-connection.ts';
import type { BenchOptions } from '../options.ts';
import { startSpeedWatch } from '../speed-watch.ts';
import { spawnTethered } from '../../refresher/host/vm.ts';
import { askPaced } from './asking.ts';
import { ATTACKS, attackWords, type Attack } from './attacks.ts';
import { startBareNeighbour } from './bare-neighbour.ts';
import { quietTaskFigures, summarizeRound, type QuietRound } from './quiet-task-figures.ts';
import type { TasksStage } from './stage.ts';

const AT_MOST = 2;
const PER_SECOND = 100;
const FULL = { pairs: 5, requests: 1_000 };
const QUICK = { pairs: 2, requests: 200 };

interface Case {
  readonly name: string;
  readonly words: readonly string[];
  readonly bound?: { readonly atMost: number };
}

export async function measureQuietTask(
  stage: TasksStage,
  { quick }: BenchOptions,
): Promise<readonly Figure[]> {
  const { pairs, requests } = quick ? QUICK : FULL;
  const [attacked = '', quiet = ''] = stage.namespaces;
  const connection = connected(stage, quiet);
  const bare = await startBareNeighbour();
  const watch = startSpeedWatch();

  async function round(): Promise<QuietRound> {
    await watch.wasAtSpeed();
    const pace = { perSecond: PER_SECOND, requests };
    // the random moments are the same in every run: both must not be asked at once
    const later = delay(1_000 / PER_SECOND / 2).then(() => askPaced([bare.connection], pace));
    const [waits, bareWaits] = await Promise.all([askPaced([connection], pace), later]);
    return summarizeRound({ waits, bareWaits, wasAtSpeed: await watch.wasAtSpeed() });
  }

  async function undisturbed(): Promise<QuietRound> {
    // the kernel is still closing ten thousand sockets when their process is gone
    await untilIdle();
    return round();
  }

  async function disturbed(words: readonly string[]): Promise<QuietRound> {
    const attacker = spawnTethered(words);
    await once(attacker.stdout ?? attacker, 'data');
    const measured = await round();
    attacker.kill('SIGKILL');
    await once(attacker, 'close');
    return measured;
  }

  async function measure(one: Case): Promise<readonly Figure[]> {
    const baseline: QuietRound[] = [];
    const ours: QuietRound[] = [];
    for (let pair = 0; pair < pairs; pair += 1) {
      baseline.push(await undisturbed());
      ours.push(await disturbed(one.words));
    }
    return quietTaskFigures(one, ours, baseline);
  }

  try {
    await round();
    const figures: Figure[] = [];
    for (const one of casesAgainst(attacked)) figures.push(...(await measure(one)));
    return figures;
  } finally {
    connection.close();
    await Promise.all([bare.close(), watch.close()]);
  }
}

function connected({ connectWithin }: TasksStage, namespace: string): KeepAliveConnection {
  const connection = connectWithin(namespace);
  if (connection === undefined) throw new Error('the quiet task is not answered');
  return connection;
}

function casesAgainst(namespace: string): readonly Case[] {
  const attack = (how: Attack, rules: 'with rules' | 'without rules') => [
    'nsenter',
    `--net=${namespace}`,
    '--',
    ...attackWords(how, rules),
  ];
  return [
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
}
