/**
 * A scope as people say it: `drive.readonly`. Pure.
 */

const AUTH = 'https://www.googleapis.com/auth/';

export function shortScope(scope: string): string {
  return scope.startsWith(AUTH) ? scope.slice(AUTH.length) : scope;
}
