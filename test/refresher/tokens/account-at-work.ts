/** An account in accelerated time, over a scripted function, and what a client beside it sees. */

import type { AccessTokenReading, KeptAccount } from '../../../refresher/tokens/account.ts';
import { createAccount } from '../../../refresher/tokens/create-account.ts';
import type { Severity } from '../../../refresher/log.ts';
import { createAcceleratedClock, type AcceleratedClock } from './accelerated-clock.ts';
import { createScriptedFunction, TRAINER_TARGET, type ScriptedFunction } from './scripted-function.ts';

export interface Line {
  readonly severity: Severity;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface AccountAtWork {
  readonly clock: AcceleratedClock;
  readonly fn: ScriptedFunction;
  readonly account: KeptAccount;
  readonly lines: Line[];
  /** The token as it can be read now; otherwise the kind of the reading. */
  readonly seen: () => string | undefined;
  /** Its remaining life; not a number where there is no token. */
  readonly left: () => number;
  /** Readings, one each time `onChange` called. */
  readonly changes: (AccessTokenReading | undefined)[];
}

interface Options {
  readonly lifeSeconds?: number;
  readonly random?: () => number;
  readonly target?: typeof TRAINER_TARGET;
}

export function createAccountAtWork({
  lifeSeconds,
  random = () => 0,
  target = TRAINER_TARGET,
}: Options = {}): AccountAtWork {
  const clock = createAcceleratedClock();
  const fn = createScriptedFunction(lifeSeconds);
  const lines: Line[] = [];
  const account = createAccount({
    target,
    vend: (request, signal) => fn.vend(request, signal),
    clock,
    random,
    log: (severity, message, fields = {}) => lines.push({ severity, message, fields }),
  });
  const changes: (AccessTokenReading | undefined)[] = [];
  account.onChange(() => changes.push(account.currentAccessToken()));
  return {
    clock,
    fn,
    account,
    lines,
    changes,
    seen() {
      const reading = account.currentAccessToken();
      return reading?.kind === 'token' ? reading.token.reveal() : reading?.kind;
    },
    left() {
      const reading = account.currentAccessToken();
      return reading?.kind === 'token' ? reading.expiresInSeconds : Number.NaN;
    },
  };
}
