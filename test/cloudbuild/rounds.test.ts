import { describe, expect, it } from 'vitest';
import { findingOf, type ProbeEntry } from '../../cloudbuild/rounds.ts';

const REGION = 'us-central1';
const entry = (probe: string, result: ProbeEntry['result'] = 'as_expected', region = REGION): ProbeEntry => ({
  region,
  probe,
  result,
  message: `${probe} in ${region}: ${result}`,
});

const GOOD = [entry('granted'), entry('other_target'), entry('no_invoker')];
const BROKEN = [entry('granted', 'broken'), entry('other_target'), entry('no_invoker')];

describe('what a prober has said', () => {
  it('is as it should be when a whole round was, and the next one has begun', () => {
    expect(findingOf(REGION, [...GOOD, entry('granted')])).toEqual({ is: 'as_expected' });
  });

  it('may have been broken in a round before', () => {
    expect(findingOf(REGION, [...BROKEN, ...GOOD, entry('granted')])).toEqual({ is: 'as_expected' });
  });

  it.each([
    ['nothing was said', []],
    ['the first round is not over', GOOD],
    ['a round had begun before the apply', [entry('no_invoker'), ...GOOD]],
    [
      'another region has spoken',
      [...GOOD, entry('granted')].map((one) => ({ ...one, region: 'europe-west1' })),
    ],
  ])('is awaited while %s', (_, entries) => {
    expect(findingOf(REGION, entries)).toEqual({ is: 'awaited', last: [] });
  });

  it('is awaited while the last whole round was broken, and tells of it', () => {
    const entries = [...GOOD, ...BROKEN, entry('granted')];
    expect(findingOf(REGION, entries)).toEqual({ is: 'awaited', last: ['granted in us-central1: broken'] });
  });

  it.each([
    ['in a round that is not over', [entry('granted'), entry('other_target', 'too_open')]],
    [
      'in a round that good ones followed',
      [entry('granted', 'too_open'), ...GOOD, ...GOOD, entry('granted')],
    ],
  ])('is too open for good when something was, %s', (_, entries) => {
    expect(findingOf(REGION, entries)).toMatchObject({ is: 'too_open' });
  });
});
