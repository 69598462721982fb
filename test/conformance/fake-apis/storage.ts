/**
 * Cloud Storage over the fake Google's: its JSON API with the fields that client libraries insist on, and the part of
 * the XML API that reads and writes objects.
 * https://cloud.google.com/storage/docs/json_api/v1/objects
 * https://cloud.google.com/storage/docs/xml-api/reference-methods
 */

import type { FakeGoogle } from '../../support/google/fake-google.ts';
import type { GoogleReply } from '../../support/google/reply.ts';
import type { ApiRequest } from './api-server.ts';
import { JSON_OBJECT, OBJECT } from './contents.ts';

const MADE_AT = '2026-01-01T00:00:00.000Z';

/** Those of an object's content, without which some clients do not read it. */
const CONTENT_HEADERS = {
  'last-modified': new Date(MADE_AT).toUTCString(),
  etag: '"1"',
  'x-goog-generation': '1',
  'x-goog-metageneration': '1',
  'x-goog-storage-class': 'STANDARD',
};

export async function answerStorage(
  google: FakeGoogle,
  request: ApiRequest,
): Promise<GoogleReply | undefined> {
  const { path, query } = request;
  if (/^\/(?:download\/|upload\/)?storage\/v1\//.test(path)) {
    const reply = await ask(google, request, path, query);
    return query.get('alt') === 'media'
      ? asContent(reply, request.range)
      : withFields(reply, request.baseUrl);
  }
  if (path.startsWith('/drive/v3/')) return ask(google, request, path, query);
  return answerXml(google, request);
}

async function answerXml(google: FakeGoogle, request: ApiRequest): Promise<GoogleReply | undefined> {
  const [, bucket = '', object = ''] = /^\/([^/]+)\/(.+)$/.exec(request.path) ?? [];
  if (bucket === '' || object === '') return undefined;
  if (request.method === 'PUT') {
    const query = new URLSearchParams({ uploadType: 'media', name: decodeURIComponent(object) });
    const upload = { ...request, method: 'POST' };
    return asContent(await ask(google, upload, `/upload/storage/v1/b/${bucket}/o`, query));
  }
  const encoded = encodeURIComponent(decodeURIComponent(object));
  const query = new URLSearchParams({ alt: 'media' });
  const reading = { ...request, method: 'GET' };
  return asContent(await ask(google, reading, `/storage/v1/b/${bucket}/o/${encoded}`, query), request.range);
}

/** The fake Google's own answer to the same caller. */
async function ask(
  google: FakeGoogle,
  { method, authorization, contentType, body }: ApiRequest,
  path: string,
  query: URLSearchParams,
): Promise<GoogleReply> {
  const search = query.size > 0 ? `?${query.toString()}` : '';
  const response = await fetch(`${google.url}${path}${search}`, {
    method,
    headers: {
      ...(authorization !== undefined && { authorization }),
      ...(contentType !== undefined && { 'content-type': contentType }),
    },
    ...(method !== 'GET' && method !== 'HEAD' && { body: new Uint8Array(body) }),
  });
  return {
    status: response.status,
    headers: { 'content-type': response.headers.get('content-type') ?? 'application/json' },
    body: Buffer.from(await response.arrayBuffer()),
  };
}

/** Headers of a content, and of it what was asked for. https://www.rfc-editor.org/rfc/rfc9110#section-14.2 */
function asContent({ status, headers, body }: GoogleReply, range?: string): GoogleReply {
  if (status !== 200) return { status, headers, body };
  const whole = { status, headers: { ...headers, ...CONTENT_HEADERS }, body };
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  if (from === '' && to === '') return whole;
  const content = Buffer.from(body);
  const first = from === '' ? Math.max(content.length - Number(to), 0) : Number(from);
  const last = from === '' || to === '' ? content.length - 1 : Math.min(Number(to), content.length - 1);
  const contentRange = `bytes ${first}-${last}/${content.length}`;
  return {
    status: 206,
    headers: { ...whole.headers, 'content-range': contentRange },
    body: content.subarray(first, last + 1),
  };
}

interface Resource {
  readonly kind?: string;
  readonly name?: string;
  readonly bucket?: string;
  readonly items?: readonly Resource[];
}

function withFields(reply: GoogleReply, baseUrl: string): GoogleReply {
  if (reply.status !== 200) return reply;
  const resource = JSON.parse(reply.body.toString()) as Resource;
  const items = resource.items?.map((item) => described(item, baseUrl));
  const whole = items === undefined ? described(resource, baseUrl) : { ...resource, items };
  return { ...reply, body: JSON.stringify(whole) };
}

function described(resource: Resource, baseUrl: string): object {
  const common = { metageneration: '1', etag: 'CAE=', timeCreated: MADE_AT, updated: MADE_AT };
  if (resource.kind !== 'storage#object') return { ...resource, ...common, projectNumber: '326694433618' };
  const path = `b/${resource.bucket}/o/${encodeURIComponent(resource.name ?? '')}`;
  return {
    ...resource,
    ...common,
    storageClass: 'STANDARD',
    contentType: contentTypeOf(resource.name ?? ''),
    selfLink: `${baseUrl}/storage/v1/${path}`,
    mediaLink: `${baseUrl}/download/storage/v1/${path}?generation=1&alt=media`,
  };
}

function contentTypeOf(name: string): string {
  const types: Readonly<Record<string, string>> = { [OBJECT]: 'text/csv', [JSON_OBJECT]: 'application/json' };
  return types[name] ?? 'application/octet-stream';
}
