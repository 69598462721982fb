/**
 * What the probers of a region have said since an apply, and what that comes to. Pure.
 *
 * A prober asks in rounds, each of which begins with the probe `granted` (probe/probes.ts), so that a round is known to be whole when the
 * next one has begun.
 */

export interface ProbeEntry {
  readonly region: string;
  readonly probe: string;
  readonly result: 'as_expected' | 'broken' | 'too_open';
  /** `PROBE in REGION: what happened`. */
  readonly message: string;
}

export type Finding =
  | { readonly is: 'as_expected' }
  /** Nobody waits for this to go away. */
  | { readonly is: 'too_open'; readonly message: string }
  /** `last`: what stood against it in the last whole round; nothing where there was no whole round. */
  | { readonly is: 'awaited'; readonly last: readonly string[] };

const FIRST_PROBE = 'granted';

/** `entries`: in the order of time, of any region. */
export function findingOf(region: string, entries: readonly ProbeEntry[]): Finding {
  const own = entries.filter((entry) => entry.region === region);
  const tooOpen = own.find(({ result }) => result === 'too_open');
  if (tooOpen !== undefined) return { is: 'too_open', message: tooOpen.message };
  const starts = own.flatMap(({ probe }, index) => (probe === FIRST_PROBE ? [index] : []));
  const [from, to] = starts.slice(-2);
  if (from === undefined || to === undefined) return { is: 'awaited', last: [] };
  const broken = own.slice(from, to).filter(({ result }) => result !== 'as_expected');
  return broken.length === 0
    ? { is: 'as_expected' }
    : { is: 'awaited', last: broken.map(({ message }) => message) };
}
