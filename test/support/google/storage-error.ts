// How Cloud Storage says no. https://cloud.google.com/storage/docs/json_api/v1/status-codes
import { legacyError } from './legacy-error.ts';
import type { Refused } from './reply.ts';

const AT_AUTHORIZATION = { locationType: 'header', location: 'Authorization' };

/** What the permission was needed on, as the sentences name it. */
export type StorageResource =
  | 'Google Cloud project'
  | 'Google Cloud Storage bucket'
  | 'Google Cloud Storage object';

export function anonymousCaller(permission: string, on: StorageResource): Refused {
  return legacyError(401, denied('Anonymous caller', permission, on), 'required', AT_AUTHORIZATION);
}

export function invalidCredentials(): Refused {
  return legacyError(401, 'Invalid Credentials', 'authError', AT_AUTHORIZATION);
}

export function scopeNotAuthorized(): Refused {
  return legacyError(403, 'Provided scope(s) are not authorized', 'forbidden');
}

export function forbidden(email: string, permission: string, on: StorageResource): Refused {
  return legacyError(403, denied(email, permission, on), 'forbidden');
}

export function notFound(message: string): Refused {
  return legacyError(404, message, 'notFound');
}

function denied(who: string, permission: string, on: StorageResource): string {
  return (
    `${who} does not have ${permission} access to the ${on}. ` +
    `Permission '${permission}' denied on resource (or it may not exist).`
  );
}
