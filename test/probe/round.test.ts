/**
 * Rounds of the prober against the functions as they are deployed, behind the platform's check, on a fake Google.
 */

import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createAsk } from '../../probe/ask.ts';
import type { ProbeConfig } from '../../probe/config.ts';
import type { Verdict } from '../../probe/judge.ts';
import { probesOf } from '../../probe/probes.ts';
import { createReport } from '../../probe/report.ts';
import { probeRound, type Report } from '../../probe/round.ts';
import { createUseToken } from '../../probe/use-token.ts';
import { createMetadataClient } from '../../refresher/vending/metadata-client.ts';
import { setStage, type RefresherStage } from '../refresher/stage.ts';
import { startLoopbackServer } from '../support/google/loopback-server.ts';
import {
  AUDIENCES,
  BUCKET,
  fleetDocument,
  PROJECT_ID,
  TRAINER,
  TRAINER_GRANT,
} from '../support/world/world.ts';

const OTHER = 'other@acme-data.iam.gserviceaccount.com';
const DELEGATE_USER = 'token-vending-probe@example.com';
const forEver = new AbortController().signal;

let stage: RefresherStage;
let config: ProbeConfig;

beforeAll(async () => {
  stage = await setStage((vm) => fleetDocument(vm, TRAINER_GRANT));
  const { world, vm, functions } = stage;
  const behindEdge = async (name: keyof typeof AUDIENCES) => {
    const { url: upstream } = functions[name];
    // the platform accepts the address that it is called by, which is known once it listens
    const audiences: string[] = [];
    const front = await world.google.startInvokerFrontEnd({
      upstream,
      audiences,
      invokers: [vm.identity.serviceAccount],
    });
    audiences.push(front.url);
    return front.url;
  };
  config = {
    projectId: PROJECT_ID,
    region: 'us-central1',
    edge: 'iam',
    impersonate: { url: await behindEdge('impersonate'), audience: AUDIENCES.impersonate },
    delegate: { url: await behindEdge('delegate'), audience: AUDIENCES.delegate, user: DELEGATE_USER },
    target: TRAINER,
    forbiddenTarget: OTHER,
    bucket: BUCKET,
    object: 'shard-00.tfrecord',
  };
});
afterEach(() => stage.world.google.faults.clear());
afterAll(() => stage?.close());

/** Name and result of each probe. */
async function resultsOf(changes: Partial<ProbeConfig> = {}): Promise<Record<string, string>> {
  const verdicts: Record<string, Verdict> = {};
  const report: Report = (probe, verdict) => void (verdicts[probe] = verdict);
  const asked = { ...config, ...changes };
  const metadata = createMetadataClient({ host: stage.metadata.host });
  const useToken = createUseToken(asked, stage.world.google.url);
  await probeRound(probesOf(asked), { ask: createAsk(metadata), useToken, report }, forEver);
  return Object.fromEntries(Object.entries(verdicts).map(([name, { result }]) => [name, result]));
}

const ALL_WELL = {
  granted: 'as_expected',
  other_target: 'as_expected',
  wrong_audience: 'as_expected',
  forged_token: 'as_expected',
  no_invoker: 'as_expected',
  no_grant: 'as_expected',
};

it('finds a deployment as it should be', async () => {
  expect(await resultsOf()).toEqual(ALL_WELL);
});

it('finds a grant that nobody should have given', async () => {
  expect(await resultsOf({ forbiddenTarget: TRAINER })).toEqual({ ...ALL_WELL, other_target: 'too_open' });
});

it('finds a function that everybody may call', async () => {
  const impersonate = { url: stage.functions.impersonate.url, audience: AUDIENCES.impersonate };
  expect(await resultsOf({ impersonate })).toEqual({ ...ALL_WELL, no_invoker: 'too_open' });
});

it('finds a function that accepts the audience of the other', async () => {
  const delegate = config.delegate && { ...config.delegate, audience: AUDIENCES.impersonate };
  expect(await resultsOf({ delegate })).toMatchObject({ wrong_audience: 'too_open' });
});

it('finds an account that may do more than it should', async () => {
  // the bucket's own project: there its account may list
  expect(await resultsOf({ projectId: 'test-project' })).toEqual({ ...ALL_WELL, granted: 'too_open' });
});

it('finds a permission that is missing', async () => {
  expect(await resultsOf({ object: 'gone.txt' })).toEqual({ ...ALL_WELL, granted: 'broken' });
});

it('takes what nobody answers for broken, and never for refused', async () => {
  const url = 'http://127.0.0.1:9';
  const results = await resultsOf({
    impersonate: { url, audience: AUDIENCES.impersonate },
    delegate: { url, audience: AUDIENCES.delegate, user: DELEGATE_USER },
  });
  expect(new Set(Object.values(results))).toEqual(new Set(['broken']));
});

it('tells Cloud Logging, as the VM, and holds no token back for others to read', async () => {
  const written: { authorization: string | undefined; url: string | undefined; body: string }[] = [];
  const logging = await startLoopbackServer((request, response) => {
    void text(request).then((body) => {
      written.push({ authorization: request.headers.authorization, url: request.url, body });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  const metadata = createMetadataClient({ host: stage.metadata.host });
  const report = createReport(config, metadata, forEver, logging.url);
  await report('granted', { result: 'too_open', sentence: 'too much' });
  await logging.close();

  const [entry] = written;
  expect(entry?.url).toBe('/v2/entries:write');
  const bearer = entry?.authorization?.replace('Bearer ', '') ?? '';
  expect(stage.world.google.whoIs(bearer)?.principal).toBe(stage.vm.fleetId);
  expect(entry?.body).not.toContain(bearer);
  expect(JSON.parse(entry?.body ?? '')).toMatchObject({
    entries: [
      {
        severity: 'CRITICAL',
        jsonPayload: { event: 'probe_result', probe: 'granted', region: 'us-central1', result: 'too_open' },
      },
    ],
  });
});

it('says so where Cloud Logging takes no entry', async () => {
  const logging = await startLoopbackServer((_, response) => response.writeHead(403).end());
  const metadata = createMetadataClient({ host: stage.metadata.host });
  const report = createReport(config, metadata, forEver, logging.url);
  await expect(async () => report('granted', { result: 'broken', sentence: '' })).rejects.toThrow(
    'Cloud Logging took no entry (403)',
  );
  await logging.close();
});
