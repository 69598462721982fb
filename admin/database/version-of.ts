/**
 * Versions are the times at which documents changed, to the nanosecond. Pure.
 */

import type { Version } from './grants-database.ts';

export function versionOf(
  time: { readonly seconds: number; readonly nanoseconds: number } | undefined,
): Version {
  return time === undefined ? '' : `${time.seconds}.${String(time.nanoseconds).padStart(9, '0')}`;
}
