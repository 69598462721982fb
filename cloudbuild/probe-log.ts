/**
 * What probers wrote to Cloud Logging, read as the account of the build.
 *
 * https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list
 */

import * as v from 'valibot';
import { AccessToken } from '../shared/tokens.ts';
import { parseJson } from '../shared/unknown.ts';
import type { ProbeEntry } from './rounds.ts';

const TIMEOUT_MS = 30_000;

const Token = v.object({ access_token: v.string() });
const Page = v.object({
  entries: v.optional(
    v.array(
      v.object({
        // what probe/report.ts writes
        jsonPayload: v.object({
          region: v.string(),
          probe: v.string(),
          result: v.picklist(['as_expected', 'broken', 'too_open']),
          message: v.string(),
        }),
      }),
    ),
    [],
  ),
  nextPageToken: v.optional(v.string()),
});

interface Origins {
  readonly logging: string;
  readonly metadata: string;
}

const GOOGLE: Origins = {
  logging: 'https://logging.googleapis.com',
  metadata: 'http://metadata.google.internal',
};

/**
 * `appliedAt`: RFC 3339. Each call reads all since then, or comes to `undefined` where that may go better the next time. Throws
 * where it will not: the account may not read, or the answer is no list of entries.
 */
export function createReadEntries(projectId: string, appliedAt: string, origins: Origins = GOOGLE) {
  return async function readEntries(): Promise<readonly ProbeEntry[] | undefined> {
    const token = await ownToken(origins.metadata);
    const entries: ProbeEntry[] = [];
    let pageToken: string | undefined;
    do {
      const page = token === undefined ? undefined : await readPage(token, pageToken);
      if (page === undefined) return undefined;
      entries.push(...page.entries.map(({ jsonPayload }) => jsonPayload));
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined && pageToken !== '');
    return entries;
  };

  async function readPage(token: AccessToken, pageToken: string | undefined) {
    const answer = await ask(`${origins.logging}/v2/entries:list`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token.reveal()}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        resourceNames: [`projects/${projectId}`],
        filter: `logName="projects/${projectId}/logs/token-vending-probe" AND timestamp>="${appliedAt}"`,
        orderBy: 'timestamp asc',
        pageSize: 1000,
        pageToken,
      }),
    });
    if (answer?.status === 403) {
      throw new Error(
        `may not read the log of ${projectId}: give the account of this build logging.logEntries.list there, as bootstrap does`,
      );
    }
    if (answer?.status !== 200) return undefined;
    const page = v.safeParse(Page, parseJson(answer.body));
    if (!page.success) throw new Error('Cloud Logging has an entry that is none of the prober');
    return page.output;
  }
}

async function ownToken(metadataOrigin: string): Promise<AccessToken | undefined> {
  const answer = await ask(`${metadataOrigin}/computeMetadata/v1/instance/service-accounts/default/token`, {
    headers: { 'metadata-flavor': 'Google' },
  });
  const token = v.safeParse(Token, answer?.status === 200 ? parseJson(answer.body) : undefined);
  return token.success ? new AccessToken(token.output.access_token) : undefined;
}

/** `undefined`: nobody answered. */
async function ask(url: string, request: RequestInit) {
  try {
    const response = await fetch(url, {
      ...request,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, body: await response.text() };
  } catch {
    return undefined;
  }
}
