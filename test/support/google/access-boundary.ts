// Credential access boundaries: what is left of a token's rights, for Cloud Storage only.
// https://cloud.google.com/iam/docs/downscoping-short-lived-credentials
import { parseBoundaryCondition, type BoundaryRequest } from './boundary-condition.ts';
import { isJsonObject } from './json-object.ts';

export type StoragePermission =
  | 'storage.buckets.get'
  | 'storage.buckets.list'
  | 'storage.objects.create'
  | 'storage.objects.get'
  | 'storage.objects.list';

/** Whether the boundary leaves a permission on a bucket. */
export interface AccessBoundary {
  readonly allows: (permission: StoragePermission, bucket: string, request: BoundaryRequest) => boolean;
}

const MAX_RULES = 10;
const RESOURCE = /^\/\/storage\.googleapis\.com\/projects\/_\/buckets\/([a-z0-9][a-z0-9._-]{1,220}[a-z0-9])$/;

const READ = ['storage.objects.get', 'storage.objects.list'] as const;
const ROLES: Readonly<Record<string, readonly StoragePermission[]>> = {
  'inRole:roles/storage.objectViewer': READ,
  'inRole:roles/storage.objectCreator': ['storage.objects.create'],
  'inRole:roles/storage.objectUser': [...READ, 'storage.objects.create'],
  'inRole:roles/storage.objectAdmin': [...READ, 'storage.objects.create'],
  'inRole:roles/storage.legacyObjectReader': ['storage.objects.get'],
  'inRole:roles/storage.legacyBucketReader': ['storage.buckets.get', 'storage.objects.list'],
  'inRole:roles/storage.admin': [
    ...READ,
    'storage.objects.create',
    'storage.buckets.get',
    'storage.buckets.list',
  ],
};

interface Rule {
  readonly bucket: string;
  readonly permissions: readonly StoragePermission[];
  readonly isAvailable: (request: BoundaryRequest) => boolean;
}

/** Parses `{accessBoundary: {accessBoundaryRules: […]}}`; throws an Error that says what is wrong with it. */
export function parseAccessBoundary(options: unknown): AccessBoundary {
  const boundary = isJsonObject(options) ? options['accessBoundary'] : undefined;
  const rules = isJsonObject(boundary) ? boundary['accessBoundaryRules'] : undefined;
  if (!Array.isArray(rules) || rules.length === 0) throw new Error('no access boundary rules');
  if (rules.length > MAX_RULES) throw new Error(`more than ${MAX_RULES} access boundary rules`);
  const parsed = rules.map((rule: unknown) => parseRule(rule));
  return {
    allows: (permission, bucket, request) =>
      parsed.some(
        (rule) =>
          rule.bucket === bucket && rule.permissions.includes(permission) && rule.isAvailable(request),
      ),
  };
}

function parseRule(rule: unknown): Rule {
  if (!isJsonObject(rule)) throw new Error('a rule is no object');
  const bucket = RESOURCE.exec(String(rule['availableResource']))?.[1];
  if (bucket === undefined) throw new Error('availableResource names no Cloud Storage bucket');
  const roles = rule['availablePermissions'];
  if (!Array.isArray(roles) || roles.length === 0) throw new Error('a rule without availablePermissions');
  const permissions = roles.flatMap((role: unknown) => {
    const known = ROLES[String(role)];
    if (known === undefined) throw new Error(`unknown permission ${String(role)}`);
    return known;
  });
  return { bucket, permissions, isAvailable: parseCondition(rule['availabilityCondition']) };
}

function parseCondition(condition: unknown): Rule['isAvailable'] {
  if (condition === undefined) return () => true;
  const expression = isJsonObject(condition) ? condition['expression'] : undefined;
  if (typeof expression !== 'string') throw new Error('availabilityCondition without an expression');
  return parseBoundaryCondition(expression);
}
