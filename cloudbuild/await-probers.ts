/**
 * Waits until the prober of each region has gone a whole round since the apply, and all was as it should be.
 *
 * What is broken may mend itself: permissions take minutes to reach all of Google, and a prober's VM may be a new one. What is
 * too open does not.
 */

import { findingOf, type Finding, type ProbeEntry } from './rounds.ts';

interface Dependencies {
  /** All since the apply, in the order of time; `undefined` where Cloud Logging cannot say just now. Throws where it never will. */
  readonly readEntries: () => Promise<readonly ProbeEntry[] | undefined>;
  readonly nowMs: () => number;
  readonly pause: () => Promise<void>;
  readonly say: (line: string) => void;
}

const PLAYBOOKS = 'docs/playbooks';

/** Returns when all is well. Throws where somebody has to look: something is too open, or the deadline has passed. */
export async function awaitProbers(
  regions: readonly string[],
  deadlineMs: number,
  { readEntries, nowMs, pause, say }: Dependencies,
): Promise<void> {
  let awaited = regions;
  let entries: readonly ProbeEntry[] = [];
  for (;;) {
    entries = (await readEntries()) ?? entries;
    const seen = entries;
    const findings = new Map(awaited.map((region) => [region, findingOf(region, seen)]));
    for (const [region, finding] of findings) {
      if (finding.is === 'too_open') throw new Error(`${finding.message} (${PLAYBOOKS}/probe-too-open.md)`);
      if (finding.is === 'as_expected') say(`${region}: a whole round was as it should be`);
    }
    awaited = awaited.filter((region) => findings.get(region)?.is !== 'as_expected');
    if (awaited.length === 0) return;
    if (nowMs() >= deadlineMs)
      throw new Error(awaited.map((region) => lateness(region, findings.get(region))).join('\n'));
    await pause();
  }
}

function lateness(region: string, finding: Finding | undefined): string {
  const last = finding?.is === 'awaited' ? finding.last : [];
  return last.length === 0
    ? `${region}: its prober has not gone a whole round since the apply (${PLAYBOOKS}/probe-silent.md)`
    : last.map((message) => `${message} (${PLAYBOOKS}/probe-broken.md)`).join('\n');
}
