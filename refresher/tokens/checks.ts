/**
 * Asks the functions, now and then, whether what was granted still is: a grant that is removed ends within a minute,
 * however long its token would have lived, and one that comes back is noticed as soon.
 */

import type { Log } from '../log.ts';
import type { Check, Checked } from '../vending/check-client.ts';
import { FUNCTION_OF, type FunctionName } from '../vending/function-of.ts';
import { GIVEN_UP } from '../vending/outcome.ts';
import type { KeptAccount } from './account.ts';
import type { Clock } from './clock.ts';
import { createLifeTime } from './remaining-life.ts';
import { checkDelayMs } from './schedule.ts';

interface Dependencies {
  /** Those that there are just now; several may be of one target. */
  readonly accounts: () => readonly KeptAccount[];
  /** May throw; that is an outage. */
  readonly check: Check;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** Timers stand still while a machine sleeps; so long after it wakes up, at most, it is noticed. */
const LOOK_EVERY_MS = 10_000;

const NO_ANSWER: Checked = { ...GIVEN_UP, decisions: new Map() };

/** Until the signal aborts. The first round comes after a while: the exchanges have just been answered. */
export function keepChecking(
  { accounts, check, clock, random, log }: Dependencies,
  signal: AbortSignal,
): void {
  const nowMs = createLifeTime(clock);
  /** Functions that do not answer, and until when each wants to be left alone. */
  const failing = new Map<FunctionName, number>();
  let round = new AbortController();
  let cancelTimer: () => void;
  let dueAtMs = nowMs() + checkDelayMs(random);

  function look(): void {
    const now = nowMs();
    if (dueAtMs <= now) {
      dueAtMs = now + checkDelayMs(random);
      // one at a time: what has no answer by now gets none
      round.abort();
      round = new AbortController();
      for (const name of Object.values(FUNCTION_OF)) void ask(name, round.signal);
    }
    cancelTimer = clock.setTimer(Math.min(LOOK_EVERY_MS, dueAtMs - now), look);
  }

  async function ask(name: FunctionName, over: AbortSignal): Promise<void> {
    const asked = accounts().filter(
      (account) => FUNCTION_OF[account.target.kind] === name && isDecided(account),
    );
    if (asked.length === 0 || (failing.get(name) ?? 0) > nowMs()) return;
    const members = new Set(asked.map(({ target }) => target.member));
    const checked = await check(name, members, over).catch(() => NO_ANSWER);
    if (signal.aborted) return;
    tell(asked, checked);
    note(name, checked);
  }

  function note(name: FunctionName, checked: Checked): void {
    if (checked.kind === 'checked') {
      if (failing.delete(name)) log('INFO', 'Checks are answered again.');
      return;
    }
    const { sentence, retryAfterSeconds = 0 } = checked;
    if (!failing.has(name)) {
      log('WARNING', `No check: a removed grant is noticed at the next exchange only. ${sentence}`);
    }
    failing.set(name, nowMs() + retryAfterSeconds * 1000);
  }

  function stop(): void {
    cancelTimer();
    round.abort();
  }

  signal.addEventListener('abort', stop, { once: true });
  look();
}

/** There is something to end, or to be had again. */
function isDecided(account: KeptAccount): boolean {
  const kind = account.currentAccessToken()?.kind;
  return kind === 'token' || kind === 'refused';
}

function tell(accounts: readonly KeptAccount[], { decisions }: Checked): void {
  for (const account of accounts) {
    const decision = decisions.get(account.target.member);
    if (decision !== undefined) account.hear(decision);
  }
}
