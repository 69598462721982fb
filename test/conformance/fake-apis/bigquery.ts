/**
 * BigQuery, as much as lists datasets, and its discovery document for the clients that build themselves from it.
 * https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets/list
 */

import type { FakeGoogle, TokenInfo } from '../../support/google/fake-google.ts';
import { jsonReply, type GoogleReply } from '../../support/google/reply.ts';
import type { ApiRequest } from './api-server.ts';
import { discoveryDocument } from './bigquery-discovery.ts';
import { DATASET } from './contents.ts';
import { bearerToken } from './seen.ts';

const SCOPES = ['bigquery', 'bigquery.readonly', 'cloud-platform', 'cloud-platform.read-only'].map(
  (name) => `https://www.googleapis.com/auth/${name}`,
);
/** `/$discovery/rest` of the API's own address, and the older directory's path. */
const DISCOVERY = /^\/(?:\$discovery\/rest|discovery\/v1\/apis\/bigquery\/v2\/rest)$/;
const DATASETS = /^\/bigquery\/v2\/projects\/([^/]+)\/datasets$/;

export async function answerBigQuery(
  google: FakeGoogle,
  request: ApiRequest,
): Promise<GoogleReply | undefined> {
  if (DISCOVERY.test(request.path)) return jsonReply(200, discoveryDocument(request.baseUrl));
  const projectId = DATASETS.exec(request.path)?.[1];
  if (projectId === undefined) return undefined;
  const token = bearerToken(request.authorization);
  const caller = token === undefined ? undefined : google.whoIs(token);
  if (caller === undefined) return refused(401, 'Request is missing required authentication credential.');
  if (!mayRead(caller)) return refused(403, 'Request had insufficient authentication scopes.');
  const id = `${projectId}:${DATASET}`;
  const datasetReference = { datasetId: DATASET, projectId };
  return jsonReply(200, {
    kind: 'bigquery#datasetList',
    etag: '1',
    datasets: [{ kind: 'bigquery#dataset', id, datasetReference, location: 'US' }],
  });
}

function mayRead({ scopes }: TokenInfo): boolean {
  return scopes.some((scope) => SCOPES.includes(scope));
}

function refused(code: number, message: string): GoogleReply {
  const errors = [{ message, domain: 'global', reason: code === 401 ? 'required' : 'forbidden' }];
  return jsonReply(code, { error: { code, message, errors } });
}
