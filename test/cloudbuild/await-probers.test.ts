import { describe, expect, it } from 'vitest';
import { awaitProbers } from '../../cloudbuild/await-probers.ts';
import type { ProbeEntry } from '../../cloudbuild/rounds.ts';

const REGIONS = ['europe-west1', 'us-central1'];
const DEADLINE_MS = 3;

const round = (region: string, result: ProbeEntry['result'] = 'as_expected'): readonly ProbeEntry[] =>
  ['granted', 'other_target', 'granted'].map((probe) => ({
    region,
    probe,
    result,
    message: `${probe} in ${region}: ${result}`,
  }));

/** Each answer of Cloud Logging is asked for a millisecond after the one before; the last one stays. */
async function waitFor(...answers: readonly (readonly ProbeEntry[] | undefined)[]) {
  const said: string[] = [];
  let nowMs = 0;
  const waiting = awaitProbers(REGIONS, DEADLINE_MS, {
    readEntries: () => Promise.resolve(answers[Math.min(nowMs, answers.length - 1)]),
    nowMs: () => nowMs,
    pause: () => {
      nowMs += 1;
      return Promise.resolve();
    },
    say: (line) => void said.push(line),
  });
  const failure = await waiting.then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : ''),
  );
  return { said, failure, nowMs };
}

describe('after an apply', () => {
  it('all is well when each region has gone a whole round, whenever that was', async () => {
    const one = round('us-central1');
    const { said, failure, nowMs } = await waitFor([], one, undefined, [...one, ...round('europe-west1')]);
    expect({ failure, nowMs }).toEqual({ failure: undefined, nowMs: 3 });
    expect(said.map((line) => line.split(':')[0])).toEqual(['us-central1', 'europe-west1']);
  });

  it('what is broken has time to mend itself', async () => {
    const broken = REGIONS.flatMap((region) => round(region, 'broken'));
    expect(await waitFor(broken, [...broken, ...REGIONS.flatMap((region) => round(region))])).toMatchObject({
      failure: undefined,
      nowMs: 1,
    });
  });

  it('what is too open ends the build at once, with its page', async () => {
    const { failure, nowMs } = await waitFor([...round('us-central1', 'too_open'), ...round('europe-west1')]);
    expect({ failure, nowMs }).toEqual({
      failure: 'granted in us-central1: too_open (docs/playbooks/probe-too-open.md)',
      nowMs: 0,
    });
  });

  it('what stays broken ends the build at the deadline, with its page', async () => {
    const { failure, nowMs } = await waitFor([...round('us-central1', 'broken'), ...round('europe-west1')]);
    expect(nowMs).toBe(DEADLINE_MS);
    expect(failure?.split('\n')[0]).toBe('granted in us-central1: broken (docs/playbooks/probe-broken.md)');
  });

  it.each([
    ['says nothing', []],
    ['cannot be heard', undefined],
  ])('a prober that %s ends the build at the deadline, with its page', async (_, answer) => {
    expect((await waitFor(answer)).failure?.split('\n')).toEqual(
      REGIONS.map(
        (region) =>
          `${region}: its prober has not gone a whole round since the apply (docs/playbooks/probe-silent.md)`,
      ),
    );
  });
});
