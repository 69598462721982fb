// Cloud Logging, entries.list only: the newest entries first, by the fields of their payload.
// https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list
import type { Authenticate } from './authentication.ts';
import type { RouteEntry } from './dispatcher.ts';
import { invalidArgument, permissionDenied, unauthenticated } from './google-error.ts';
import type { IamPolicy } from './iam.ts';
import { parseJsonObject, type JsonObject } from './json-object.ts';
import { jsonReply } from './reply.ts';

export interface Logging {
  /** `timestamp` is RFC 3339. */
  readonly write: (timestamp: string, jsonPayload: JsonObject) => void;
}

/** `jsonPayload.target="user:ann@example.com"`; what else stands in a filter is taken to fit. */
const EQUALS = /jsonPayload\.(\w+)="([^"]*)"/g;

export function createLogging(
  authenticate: Authenticate,
  policy: IamPolicy,
): Logging & { routes: RouteEntry[] } {
  const entries: { timestamp: string; jsonPayload: JsonObject }[] = [];
  return {
    write: (timestamp, jsonPayload) => void entries.push({ timestamp, jsonPayload }),
    routes: [
      {
        route: 'logging',
        method: 'POST',
        path: /^\/v2\/entries:list$/,
        handle(request) {
          const caller = authenticate(request);
          if (caller.kind !== 'authenticated') throw unauthenticated();
          if (!policy.isReviewer(caller.email)) throw permissionDenied('logging.logEntries.list');
          const filter = parseJsonObject(request.body.toString())?.['filter'];
          if (typeof filter !== 'string') throw invalidArgument();
          const wanted = Array.from(
            filter.matchAll(EQUALS),
            ([, name = '', value]) => [name, value] as const,
          );
          const found = entries
            .filter(({ jsonPayload }) => wanted.every(([name, value]) => jsonPayload[name] === value))
            .toSorted((one, other) => other.timestamp.localeCompare(one.timestamp));
          return jsonReply(200, found.length === 0 ? {} : { entries: found });
        },
      },
    ],
  };
}
