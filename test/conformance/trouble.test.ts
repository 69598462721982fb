/** What real clients make of a refresher that has no token, and of a function that gives them none. */

import { describe, expect } from 'vitest';
import { describeObservation, type Observation } from './harness/observation.ts';
import { installed, itWith } from './harness/on-this-machine.ts';
import type { Answer } from './harness/questions.ts';
import type { Mode, Row } from './harness/row.ts';
import { useStages, type UseStage } from './harness/stage-pool.ts';
import { nameOf, rowNamed } from './rows.ts';

const CLIENTS = [
  'Python: google-auth',
  'Python: pyarrow',
  'Python: tensorstore',
  'Python: polars',
  'Command line: gcloud auth print-access-token',
  'Node: google-auth-library',
  'Go: golang.org/x/oauth2',
].map(rowNamed);

/** Those that ask the function themselves. */
const AGENTLESS = [
  'Python: google-auth',
  'Python: pyarrow',
  'Node: google-auth-library',
  'Go: golang.org/x/oauth2',
].map(rowNamed);

/** No client asks more often than this before it gives up. */
const MOST_REQUESTS = 20;

function run(use: UseStage, row: Row, mode: Mode): Promise<Answer> {
  return use((stage) => stage.run({ row: nameOf(row), mode, installed: installed(row.toolchain) }));
}

/** It ends with an error that holds the sentence, and no API saw anything of it, not even an anonymous request. */
function expectLoudFailure(observed: Observation, sentence: RegExp): void {
  const { code, stdout, stderr, requests } = observed;
  const loud = code !== 0 && code !== 'timeout' && sentence.test(`${stdout}${stderr}`);
  if (!loud || requests.length > 0) expect.fail(describeObservation(observed));
}

describe.each([
  { situation: 'a refused target', name: 'refused', status: 403, sentence: /Ask whoever manages the grants/ },
  { situation: 'an outage', name: 'outage', status: 503, sentence: /The function at \S+ cannot be reached/ },
] as const)('with $situation the refresher’s own sentence reaches the user', ({ name, status, sentence }) => {
  const useStage = useStages(name, 'user');

  for (const row of CLIENTS) {
    itWith([row], `of ${nameOf(row)}, which gives up in the end and is never anonymous`, async () => {
      const { observed, metadataRequests } = await run(useStage, row, 'environment');
      expectLoudFailure(observed, sentence);
      const statuses = metadataRequests
        .filter((request) => /\/token(?:\?| )/.test(request))
        .map((request) => request.split(' ').at(-1));
      expect(new Set(statuses)).toEqual(new Set([String(status)]));
      expect(statuses.length).toBeLessThanOrEqual(MOST_REQUESTS);
    });
  }
});

describe('without a refresher, when Google is down', () => {
  const useStage = useStages('on a VM', 'user', (stage) =>
    stage.tell({ do: 'fault', route: 'signJwt', fault: { kind: 'status', status: 503 } }),
  );

  for (const row of AGENTLESS) {
    itWith([row], `${nameOf(row)} says what the function said`, async () => {
      expectLoudFailure((await run(useStage, row, 'agentless')).observed, /temporarily_unavailable/);
    });
  }
});

describe('without a refresher, when the function refuses', () => {
  const useStage = useStages('on a VM', 'user', (stage) => stage.tell({ do: 'withdraw grants' }));

  for (const row of AGENTLESS) {
    itWith([row], `${nameOf(row)} says what the function said`, async () => {
      expectLoudFailure((await run(useStage, row, 'agentless')).observed, /Ask whoever manages the grants/);
    });
  }
});

describe('a credentials file for the function', () => {
  const useStage = useStages('file only', 'user');

  itWith([rowNamed('Python: tensorstore')], 'is refused by tensorstore', async () => {
    const { observed } = await run(useStage, rowNamed('Python: tensorstore'), 'agentless');
    expectLoudFailure(observed, /Unexpected content of the JSON credentials file/);
  });

  itWith([rowNamed('Python: polars')], 'is refused by polars', async () => {
    const { observed } = await run(useStage, rowNamed('Python: polars'), 'agentless');
    expectLoudFailure(observed, /unknown variant `external_account`/);
  });
});
