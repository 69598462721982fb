/** What a vended token is good for, tried at the APIs that it was vended for. */

import { createPublicKey } from 'node:crypto';
import { callApi, callMetadata, member, type ApiAnswer } from '../google/api-client.ts';
import { isJsonObject, type JsonObject } from '../google/json-object.ts';
import { decodeJwt, isSignedBy } from '../google/jwt.ts';
import { BUCKET } from '../world/world.ts';
import type { Company, Machine } from './company.ts';
import { expectSame } from './failure.ts';
import type { Stage } from './stage.ts';

export const BUCKET_PATH = `/storage/v1/b/${BUCKET}/o`;
export const DRIVE_PATH = '/drive/v3/files';

export const OBJECTS = ['shard-00.tfrecord', 'shard-01.tfrecord'];
export const FILES = ['Budget 2027', 'Travel notes'];

/** The list of the bucket, as the proof shows it. */
export async function listBucket({ googleUrl }: Company, token: string): Promise<string[]> {
  const answer = await callApi(`${googleUrl}${BUCKET_PATH}`, { token });
  expectSame(
    'the objects in the bucket',
    { status: answer.status, names: names(answer, 'items') },
    {
      status: 200,
      names: OBJECTS,
    },
  );
  return [`GET ${googleUrl}${BUCKET_PATH}`, `200: ${OBJECTS.join(', ')}`];
}

export async function listDrive({ googleUrl }: Company, token: string): Promise<string[]> {
  const answer = await callApi(`${googleUrl}${DRIVE_PATH}`, { token });
  expectSame(
    'the files in the Drive',
    { status: answer.status, names: names(answer, 'files') },
    {
      status: 200,
      names: FILES,
    },
  );
  return [`GET ${googleUrl}${DRIVE_PATH}`, `200: ${FILES.join(', ')}`];
}

/** That the same list is closed to the account that the VM has by itself. */
export async function failWithOwnToken({ googleUrl }: Company, vm: Machine): Promise<string> {
  const token = member(await callMetadata(vm.url, 'instance/service-accounts/default/token'), 'access_token');
  const { status } = await callApi(`${googleUrl}${BUCKET_PATH}`, { token });
  expectSame('the status of the list with the own token of the VM', status, 403);
  return `${status} with the VM's own token, that of ${vm.serviceAccount}`;
}

/** Whom the token stands for, by the fake Google's own register. */
export function whoIs({ google }: Company, token: string, principal: string): string {
  expectSame('whom the token stands for', google.whoIs(token)?.principal, principal);
  return `Google says that this token is ${principal}`;
}

/** The claims of a token signed by Google, checked with the keys that Google publishes. */
export async function claimsOf({ company }: Stage, token: string): Promise<JsonObject> {
  const { body } = await callApi(company.google.jwksUrl);
  const jwt = decodeJwt(token);
  const keys = isJsonObject(body) && Array.isArray(body['keys']) ? (body['keys'] as JsonObject[]) : [];
  const key = keys.find(({ kid }) => kid === jwt?.header['kid']);
  const isSigned =
    jwt !== undefined && key !== undefined && isSignedBy(jwt, createPublicKey({ key, format: 'jwk' }));
  expectSame('whether Google signed the token', isSigned, true);
  return jwt?.claims ?? {};
}

function names({ body }: ApiAnswer, list: string): unknown[] {
  const items: unknown = isJsonObject(body) ? body[list] : undefined;
  return Array.isArray(items) ? items.map((item: unknown) => (isJsonObject(item) ? item['name'] : item)) : [];
}
