// Cloud Storage, the JSON API: enough to see what a token can really do.
// https://cloud.google.com/storage/docs/json_api/v1
import type { StoragePermission } from './access-boundary.ts';
import type { Authenticate, AuthenticatedCaller } from './authentication.ts';
import type { BoundaryRequest } from './boundary-condition.ts';
import type { RouteEntry } from './dispatcher.ts';
import { legacyError } from './legacy-error.ts';
import { jsonReply, textReply, type GoogleReply, type GoogleRequest } from './reply.ts';
import { hasScope } from './scopes.ts';
import * as error from './storage-error.ts';

export interface NewBucket {
  objects?: Readonly<Record<string, string>>;
  /** IAM members with roles/storage.objectViewer. */
  readers?: readonly string[];
  /** IAM members with roles/storage.objectUser: they read and write. */
  writers?: readonly string[];
  projectId?: string;
}

export interface Storage {
  readonly createBucket: (name: string, bucket?: NewBucket) => void;
  /** An object's content, whoever asks; undefined where there is none. */
  readonly read: (bucket: string, object: string) => string | undefined;
}

interface Bucket {
  readonly name: string;
  readonly projectId: string;
  readonly objects: Map<string, Buffer>;
  readonly readers: ReadonlySet<string>;
  readonly writers: ReadonlySet<string>;
}

const READ_SCOPES = [
  'devstorage.read_only',
  'devstorage.read_write',
  'devstorage.full_control',
  'cloud-platform',
];
const WRITE_SCOPES = READ_SCOPES.slice(1);

export function createStorage(authenticate: Authenticate): Storage & { routes: RouteEntry[] } {
  const buckets = new Map<string, Bucket>();

  return {
    createBucket(name, { objects = {}, readers = [], writers = [], projectId = 'test-project' } = {}) {
      const contents = Object.entries(objects).map(([key, text]) => [key, Buffer.from(text)] as const);
      const members = { readers: new Set([...readers, ...writers]), writers: new Set(writers) };
      buckets.set(name, { name, projectId, objects: new Map(contents), ...members });
    },
    read: (bucket, object) => buckets.get(bucket)?.objects.get(object)?.toString(),
    routes: [
      { method: 'GET' as const, path: /^\/storage\/v1\/b$/, handle: listBuckets },
      { method: 'GET' as const, path: /^\/storage\/v1\/b\/([^/]+)$/, handle: getBucket },
      { method: 'GET' as const, path: /^\/storage\/v1\/b\/([^/]+)\/o$/, handle: listObjects },
      {
        method: 'GET' as const,
        path: /^(?:\/download)?\/storage\/v1\/b\/([^/]+)\/o\/(.+)$/,
        handle: getObject,
      },
      { method: 'POST' as const, path: /^\/upload\/storage\/v1\/b\/([^/]+)\/o$/, handle: insertObject },
    ].map((entry): RouteEntry => ({ route: 'storage', ...entry })),
  };

  function listBuckets(request: GoogleRequest): GoogleReply {
    const projectId = request.query.get('project') ?? '';
    const caller = requireScope(request, READ_SCOPES, 'storage.buckets.list', 'Google Cloud project');
    const items = [...buckets.values()]
      .filter((bucket) => bucket.projectId === projectId && bucket.readers.has(caller.token.principal))
      .filter(({ name }) => caller.token.boundary?.allows('storage.buckets.list', name, at(name)) ?? true);
    if (items.length === 0)
      throw error.forbidden(caller.email, 'storage.buckets.list', 'Google Cloud project');
    return jsonReply(200, { kind: 'storage#buckets', items: items.map((bucket) => describeBucket(bucket)) });
  }

  function getBucket(request: GoogleRequest): GoogleReply {
    return jsonReply(200, describeBucket(requireBucket(request, 'storage.buckets.get')));
  }

  function listObjects(request: GoogleRequest): GoogleReply {
    const prefix = request.query.get('prefix') ?? '';
    const bucket = requireBucket(request, 'storage.objects.list', { listPrefix: prefix });
    const names = [...bucket.objects.keys()].filter((name) => name.startsWith(prefix)).toSorted();
    return jsonReply(200, {
      kind: 'storage#objects',
      items: names.map((name) => describeObject(bucket, name)),
    });
  }

  function getObject(request: GoogleRequest): GoogleReply {
    const [, name = ''] = request.params;
    const bucket = requireBucket(request, 'storage.objects.get', { object: name });
    const content = bucket.objects.get(name);
    if (content === undefined) throw error.notFound(`No such object: ${bucket.name}/${name}`);
    if (request.query.get('alt') !== 'media') return jsonReply(200, describeObject(bucket, name));
    return { ...textReply(200, '', 'application/octet-stream'), body: content };
  }

  function insertObject(request: GoogleRequest): GoogleReply {
    const name = request.query.get('name') ?? '';
    const bucket = requireBucket(request, 'storage.objects.create', { object: name });
    if (request.query.get('uploadType') !== 'media' || name === '')
      throw legacyError(400, 'Required', 'required');
    bucket.objects.set(name, request.body);
    return jsonReply(200, describeObject(bucket, name));
  }

  /** The bucket that the path names, when token, scope, bucket policy and boundary all allow it. */
  function requireBucket(
    request: GoogleRequest,
    permission: StoragePermission,
    { object, listPrefix = '' }: { object?: string; listPrefix?: string } = {},
  ): Bucket {
    const writes = permission === 'storage.objects.create';
    const on = object === undefined ? 'Google Cloud Storage bucket' : 'Google Cloud Storage object';
    const { email, token } = requireScope(request, writes ? WRITE_SCOPES : READ_SCOPES, permission, on);
    const bucket = buckets.get(request.params[0] ?? '');
    if (bucket === undefined) throw error.notFound('The specified bucket does not exist.');
    const members = writes ? bucket.writers : bucket.readers;
    const within =
      token.boundary?.allows(permission, bucket.name, at(bucket.name, object, listPrefix)) ?? true;
    if (!members.has(token.principal) || !within) throw error.forbidden(email, permission, on);
    return bucket;
  }

  function requireScope(
    request: GoogleRequest,
    scopes: readonly string[],
    permission: StoragePermission,
    on: error.StorageResource,
  ): AuthenticatedCaller {
    const caller = authenticate(request);
    if (caller.kind === 'anonymous') throw error.anonymousCaller(permission, on);
    if (caller.kind !== 'authenticated') throw error.invalidCredentials();
    if (!hasScope(caller.token.scopes, scopes)) throw error.scopeNotAuthorized();
    return caller;
  }
}

function at(bucket: string, object?: string, listPrefix = ''): BoundaryRequest {
  const name = `projects/_/buckets/${bucket}`;
  return { resourceName: object === undefined ? name : `${name}/objects/${object}`, listPrefix };
}

function describeBucket({ name }: Bucket): object {
  return { kind: 'storage#bucket', id: name, name, location: 'US', storageClass: 'STANDARD' };
}

function describeObject(bucket: Bucket, name: string): object {
  const size = String(bucket.objects.get(name)?.length ?? 0);
  return {
    kind: 'storage#object',
    id: `${bucket.name}/${name}/1`,
    name,
    bucket: bucket.name,
    generation: '1',
    size,
  };
}
