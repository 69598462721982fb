/**
 * What a task that asks now and then notices of another that attacks: its own requests' 99th percentile, beside the same
 * without the attack, in turns. The attacker has the machine to itself as well, so that on few cores some of what is
 * noticed is not the daemon's: the last case is an attacker that only computes.
 */

import { once } from 'node:events';
import { ratioFigure, type Figure, type Rounds } from '../figure.ts';
import { untilIdle } from '../idle-machine.ts';
import type { KeepAliveConnection } from '../keep-alive-connection.ts';
import type { BenchOptions } from '../options.ts';
import { lengthMs, type Period } from '../slow-periods.ts';
import { startSpeedWatch } from '../speed-watch.ts';
import { quantileOfAny } from '../statistics.ts';
import { spawnTethered } from '../../refresher/host/vm.ts';
import { askPaced } from './asking.ts';
import { ATTACKS, attackWords, type Attack } from './attacks.ts';
import type { TasksStage } from './stage.ts';

const AT_MOST = 2;
const PER_SECOND = 100;

/** Milliseconds, at the 99th percentile. */
interface Round {
  readonly all: number;
  /** Of the requests during which the processor was at its speed. */
  readonly atSpeed: number;
}

interface Case {
  readonly name: string;
  readonly words: readonly string[];
  readonly bound?: { readonly atMost: number };
}

export async function measureQuietTask(
  stage: TasksStage,
  { quick }: BenchOptions,
): Promise<readonly Figure[]> {
  const [attacked = '', quiet = ''] = stage.namespaces;
  const connection = connected(stage, quiet);
  const watch = startSpeedWatch();

  async function round(): Promise<Round> {
    await watch.wasAtSpeed();
    const waits = await askPaced([connection], { perSecond: PER_SECOND, requests: quick ? 200 : 1_000 });
    const wasAtSpeed = await watch.wasAtSpeed();
    return { all: slowest(waits), atSpeed: slowest(waits.filter(wasAtSpeed)) };
  }

  async function undisturbed(): Promise<Round> {
    // the kernel is still closing ten thousand sockets when their process is gone
    await untilIdle();
    return round();
  }

  async function disturbed(words: readonly string[]): Promise<Round> {
    const attacker = spawnTethered(words);
    await once(attacker.stdout ?? attacker, 'data');
    const measured = await round();
    attacker.kill('SIGKILL');
    await once(attacker, 'close');
    return measured;
  }

  async function measure(one: Case): Promise<readonly Figure[]> {
    const baseline: Round[] = [];
    const ours: Round[] = [];
    for (let pair = 0; pair < (quick ? 2 : 3); pair += 1) {
      baseline.push(await undisturbed());
      ours.push(await disturbed(one.words));
    }
    return figuresOf(one, ours, baseline);
  }

  try {
    await round();
    const figures: Figure[] = [];
    for (const one of casesAgainst(attacked)) figures.push(...(await measure(one)));
    return figures;
  } finally {
    connection.close();
    await watch.close();
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

function slowest(waits: readonly Period[]): number {
  return quantileOfAny(waits.map(lengthMs), 0.99);
}

function figuresOf({ name, bound }: Case, ours: readonly Round[], baseline: readonly Round[]): Figure[] {
  const figure = (of: keyof Round, rest: Pick<Rounds, 'name' | 'bound'>) =>
    ratioFigure({
      unit: 'ms',
      ours: ours.map((one) => one[of]),
      baseline: baseline.map((one) => one[of]),
      ...rest,
    });
  const whole = `host: a quiet task, 99th percentile, while ${name}`;
  return [
    figure('all', { name: whole, ...(bound && { bound }) }),
    figure('atSpeed', { name: `${whole}, and the processor is at its speed` }),
  ];
}
