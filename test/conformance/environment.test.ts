/** What each variable of `refresher env` is for, shown by real clients that lack it. */

import { describe, expect } from 'vitest';
import { describeObservation, type Observation } from './harness/observation.ts';
import { installed, itWith } from './harness/on-this-machine.ts';
import type { Answer, RunClient } from './harness/questions.ts';
import type { Row } from './harness/row.ts';
import { useStages } from './harness/stage-pool.ts';
import type { StageProcess } from './harness/stage-process.ts';
import { PYTHON_WITH_MTLS } from './python/toolchain.ts';
import { nameOf, rowNamed } from './rows.ts';

const ADDRESSES = ['GCE_METADATA_HOST', 'GCE_METADATA_ROOT', 'GCE_METADATA_IP'] as const;
type Address = (typeof ADDRESSES)[number];

const GOOGLE_AUTH = rowNamed('Python: google-auth');
const GCLOUD_TOKEN = rowNamed('Command line: gcloud auth print-access-token');
const GCLOUD_ACCOUNTS = rowNamed('Command line: gcloud auth list');

const useStage = useStages('recorded', 'user');

function run(row: Row, how: Partial<RunClient> = {}): Promise<Answer> {
  return useStage((stage) => runOn(stage, row, how));
}

function runOn(stage: StageProcess, row: Row, how: Partial<RunClient> = {}): Promise<Answer> {
  return stage.run({ row: nameOf(row), mode: 'environment', installed: installed(row.toolchain), ...how });
}

function showsVendedToken({ requests, printed }: Observation): boolean {
  return [...requests.map(({ bearer }) => bearer), ...printed].includes('vended');
}

function expectVendedToken(observed: Observation, expected: boolean): void {
  if (showsVendedToken(observed) !== expected) expect.fail(describeObservation(observed));
}

function without(...variables: readonly string[]): Record<string, null> {
  return Object.fromEntries(variables.map((variable) => [variable, null]));
}

const tokenRequests = (requests: readonly string[]) =>
  requests.filter((request) => /\/token(?:\?| )/.test(request));

describe('the address of the metadata server', () => {
  /** Which of the three variables are enough, each by itself. */
  const ENOUGH: Readonly<Record<string, readonly Address[]>> = {
    'Python: google-auth': [],
    'Python: pyarrow': ['GCE_METADATA_ROOT'],
    'Python: tensorstore': ['GCE_METADATA_ROOT'],
    'Python: polars': ['GCE_METADATA_HOST', 'GCE_METADATA_ROOT', 'GCE_METADATA_IP'],
    'Command line: gcloud auth print-access-token': ['GCE_METADATA_ROOT'],
    'Node: google-auth-library': ['GCE_METADATA_HOST', 'GCE_METADATA_IP'],
    'Go: golang.org/x/oauth2': ['GCE_METADATA_HOST'],
    'Rust: google-cloud-auth': ['GCE_METADATA_HOST'],
  };

  for (const [name, enough] of Object.entries(ENOUGH)) {
    const row = rowNamed(name);
    for (const address of ADDRESSES) {
      const finds = enough.includes(address);
      itWith([row], `is ${finds ? '' : 'not '}found by ${name} in ${address} alone`, async () => {
        const others = ADDRESSES.filter((other) => other !== address);
        // A configuration of its own, or gcloud would remember its account and token from another test.
        const variables = { ...without(...others), CLOUDSDK_CONFIG: 'gcloud' };
        const { observed } = await run(row, { variables });
        expectVendedToken(observed, finds);
      });
    }
  }

  itWith([GOOGLE_AUTH], 'is found by Python only in two: one to detect it, the other to ask it', async () => {
    const withIp = (await run(GOOGLE_AUTH, { variables: without('GCE_METADATA_ROOT') })).observed;
    const alsoWithIp = (await run(GOOGLE_AUTH, { variables: without('GCE_METADATA_HOST') })).observed;
    const withoutIp = (await run(GOOGLE_AUTH, { variables: without('GCE_METADATA_IP') })).observed;
    expect([withIp, alsoWithIp, withoutIp].map(showsVendedToken)).toEqual([true, true, false]);
    expect(withoutIp.stderr).toContain('default credentials were not found');
  });
});

describe('a proxy that is not there', () => {
  const PROXY = { HTTP_PROXY: 'http://127.0.0.1:1', http_proxy: 'http://127.0.0.1:1' };
  const CLIENTS = [
    'Python: google-auth',
    'Python: pyarrow',
    'Python: tensorstore',
    'Python: polars',
    'Node: google-auth-library',
  ].map(rowNamed);

  for (const row of CLIENTS) {
    itWith([row], `does not get between ${nameOf(row)} and the refresher, thanks to NO_PROXY`, async () => {
      const { observed } = await run(row, { variables: PROXY });
      expectVendedToken(observed, true);
    });

    itWith([row], `would keep ${nameOf(row)} from the refresher without NO_PROXY`, async () => {
      const { observed, metadataRequests } = await run(row, {
        variables: { ...PROXY, ...without('NO_PROXY', 'no_proxy') },
      });
      expectVendedToken(observed, false);
      expect(tokenRequests(metadataRequests)).toEqual([]);
    });
  }
});

describe('certificates of the host in /run/google-mds-mtls', () => {
  const within = [
    'unshare',
    '--mount',
    'sh',
    '-ec',
    'mount -t tmpfs tmpfs /run; mkdir /run/google-mds-mtls; cd /run/google-mds-mtls; touch root.crt client.key; cd "$HOME"; exec "$@"',
    'mtls',
  ];
  const old = { ...GOOGLE_AUTH, toolchain: PYTHON_WITH_MTLS };

  itWith([old], 'do not bring google-auth 2.48 to TLS, thanks to GCE_METADATA_MTLS_MODE', async () => {
    const { observed } = await run(old, { within });
    expectVendedToken(observed, true);
  });

  itWith([old], 'would crash google-auth 2.48 without GCE_METADATA_MTLS_MODE', async () => {
    const { observed } = await run(old, { within, variables: without('GCE_METADATA_MTLS_MODE') });
    expect(observed.code).not.toBe(0);
    expect(observed.stderr).toContain("'Request' object has no attribute 'session'");
  });
});

describe('gcloud', () => {
  itWith([GCLOUD_TOKEN], 'asks for a token once and then uses it again', async () => {
    const variables = { CLOUDSDK_CONFIG: 'gcloud' };
    const [first, second] = await useStage(async (stage) => [
      await runOn(stage, GCLOUD_TOKEN, { variables }),
      await runOn(stage, GCLOUD_TOKEN, { variables, sameFolder: true }),
    ]);
    expect([first, second].map(({ observed }) => showsVendedToken(observed))).toEqual([true, true]);
    expect(tokenRequests(first.metadataRequests)).toHaveLength(1);
    expect(tokenRequests(second.metadataRequests)).toEqual([]);
  });

  itWith([GCLOUD_TOKEN], 'takes it well that a user has no ID token, which it always asks for', async () => {
    const { observed, metadataRequests } = await run(GCLOUD_TOKEN, {
      variables: { CLOUDSDK_CONFIG: 'gcloud' },
    });
    expect(metadataRequests.filter((request) => request.includes('/identity?'))).toEqual([
      expect.stringMatching(/ 404$/),
    ]);
    expect([observed.code, observed.stderr]).toEqual([0, '']);
  });

  itWith(
    [GCLOUD_ACCOUNTS],
    'ignores a refresher that it did not find once, so its folder is private',
    async () => {
      const stale = 'mkdir -p "$CLOUDSDK_CONFIG"; printf False > "$CLOUDSDK_CONFIG/gce"; exec "$@"';
      const { observed, metadataRequests } = await run(GCLOUD_ACCOUNTS, {
        within: ['sh', '-ec', stale, 'stale'],
        variables: { CLOUDSDK_CONFIG: 'gcloud' },
      });
      expect([observed.stdout.trim(), metadataRequests]).toEqual(['', []]);
    },
  );
});
