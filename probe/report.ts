/**
 * A verdict as an entry of Cloud Logging, written with the VM's own token: alerts count these.
 *
 * https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/write
 */

import { callHttp } from '../refresher/vending/http-call.ts';
import type { MetadataClient } from '../refresher/vending/metadata-client.ts';
import { AccessToken } from '../shared/tokens.ts';
import { isRecord, parseJson } from '../shared/unknown.ts';
import type { ProbeConfig } from './config.ts';
import type { Verdict } from './judge.ts';
import type { Report } from './round.ts';

const LIMITS = { timeoutMs: 30_000, maxBytes: 64 * 1024 };
const SEVERITY = { as_expected: 'INFO', broken: 'ERROR', too_open: 'CRITICAL' } as const;

type Where = Pick<ProbeConfig, 'projectId' | 'region'>;

/** Pure. The deployment's metrics and alerts look for these names. */
export function entryOf({ projectId, region }: Where, probe: string, { result, sentence }: Verdict) {
  return {
    logName: `projects/${projectId}/logs/token-vending-probe`,
    resource: {
      type: 'generic_node',
      labels: { project_id: projectId, location: region, namespace: 'token-vending', node_id: 'probe' },
    },
    severity: SEVERITY[result],
    jsonPayload: {
      message: `${probe} in ${region}: ${sentence}`,
      event: 'probe_result',
      probe,
      region,
      result,
    },
  };
}

/** Throws where the entry was not taken. */
export function createReport(
  where: Where,
  metadata: MetadataClient,
  signal: AbortSignal,
  loggingOrigin = 'https://logging.googleapis.com',
): Report {
  return async function report(probe, verdict) {
    const token = await ownToken(metadata, signal);
    const call = {
      method: 'POST',
      url: `${loggingOrigin}/v2/entries:write`,
      headers: { authorization: `Bearer ${token.reveal()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ entries: [entryOf(where, probe, verdict)] }),
    } as const;
    const { status } = await callHttp(call, LIMITS, signal);
    if (status !== 200) {
      throw new Error(
        `Cloud Logging took no entry (${status}): it needs roles/logging.logWriter, and the scope`,
      );
    }
  };
}

async function ownToken(metadata: MetadataClient, signal: AbortSignal): Promise<AccessToken> {
  const { status, body } = await metadata.text('instance/service-accounts/default/token', signal);
  const json = status === 200 ? parseJson(body) : undefined;
  const token = isRecord(json) ? json['access_token'] : undefined;
  if (typeof token !== 'string') throw new Error(`the metadata server gave the prober no token (${status})`);
  return new AccessToken(token);
}
