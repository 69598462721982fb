/**
 * How far this machine's clock is from that of a server, by the `Date` of its answers (RFC 9110 §6.6.1). Pure.
 */

import { failed, ok, skipped, warning, type Check } from './check.ts';

export interface DateSeen {
  readonly server: string;
  readonly date: string | undefined;
  readonly askedAtMs: number;
  readonly answeredAtMs: number;
}

/** As much as an identity token from the future is forgiven. */
const MAX_SKEW_SECONDS = 60;
/** Half a second is in the date's rounding, the rest in the way. */
const NOTABLE_SKEW_SECONDS = 5;
const MEND = 'sudo chronyc makestep, or sudo timedatectl set-ntp true; a container has the clock of its VM';

/** By the first that has a date. */
export function clockCheck(seen: readonly DateSeen[]): Check {
  const dated = seen.find(({ date }) => !Number.isNaN(Date.parse(date ?? '')));
  if (dated === undefined) return skipped('clock', 'no server with a clock of its own answered');
  const skewSeconds = Math.round(skewMs(dated) / 1000);
  const aside = `${Math.abs(skewSeconds)} s ${skewSeconds < 0 ? 'behind' : 'ahead of'} ${dated.server}`;
  if (Math.abs(skewSeconds) > MAX_SKEW_SECONDS) return failed('clock', `the clock is ${aside}`, MEND);
  if (Math.abs(skewSeconds) > NOTABLE_SKEW_SECONDS) return warning('clock', `the clock is ${aside}`, MEND);
  return ok('clock', `the clock agrees with ${dated.server}`);
}

/** A date is cut to its second; on the way, the middle is the best guess. */
function skewMs({ date, askedAtMs, answeredAtMs }: DateSeen): number {
  return (askedAtMs + answeredAtMs) / 2 - (Date.parse(date ?? '') + 500);
}
