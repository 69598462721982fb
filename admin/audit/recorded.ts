/**
 * An entry of a log as what a function recorded: a decision, a check, or nothing of ours. Pure.
 *
 * Every text is held against its grammar, so that what is printed of a log is what a function can have written.
 */

import * as v from 'valibot';
import { numericId } from '../../shared/grants/fields.ts';
import { PRINCIPALS } from '../../shared/grants/grant-store.ts';
import { isPrincipalDocumentId } from '../../shared/identity/principal.ts';
import { isServiceAccountEmail, parseMember } from '../../shared/member.ts';
import { parseScopeList } from '../../shared/protocol.ts';
import { isRecord } from '../../shared/unknown.ts';

const textOf = (isOne: (text: string) => boolean) =>
  v.custom<string>((value) => typeof value === 'string' && isOne(value));
const name = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_-]{0,62}$/));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const caller = v.object({
  serviceAccount: textOf(isServiceAccountEmail),
  uniqueId: numericId,
  projectNumber: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  instanceId: v.pipe(v.string(), v.regex(/^\d{1,20}$/)),
  instanceName: name,
  zone: name,
});

const decision = v.object({
  event: v.literal('token_decision'),
  outcome: v.picklist(['granted', 'refused', 'fault']),
  reason: name,
  function: name,
  principal: v.optional(caller),
  target: v.optional(textOf((text) => parseMember(text) !== undefined)),
  grant: v.optional(textOf((text) => isPrincipalDocumentId(text.replace(`${PRINCIPALS}/`, '')))),
  tokenType: v.optional(v.picklist(['access_token', 'id_token'])),
  scopes: v.optional(v.array(textOf((text) => parseScopeList(text)?.length === 1))),
  resource: v.optional(v.string()),
});

const check = v.object({
  event: v.literal('token_check'),
  outcome: v.picklist(['checked', 'refused', 'fault']),
  reason: name,
  principal: v.optional(caller),
  counts: v.optional(v.object({ yes: count, no: count, fault: count })),
});

const event = v.variant('event', [decision, check]);

export type Decision = v.InferOutput<typeof decision>;
export type Check = v.InferOutput<typeof check>;
export type Caller = v.InferOutput<typeof caller>;

export interface Recorded<Event extends Decision | Check = Decision | Check> {
  readonly event: Event;
  /** When it was written; `undefined` for a line that no log has taken. */
  readonly at: Date | undefined;
  /** The same for entries that a log has delivered twice. */
  readonly identity: string | undefined;
}

/** `undefined`: another program's, or none of these events; `broken`: one of them, and not as a function writes it. */
export function recordedIn(entry: unknown): Recorded | 'broken' | undefined {
  if (!isRecord(entry)) return undefined;
  const payload = isRecord(entry['jsonPayload']) ? entry['jsonPayload'] : entry;
  if (payload['event'] !== 'token_decision' && payload['event'] !== 'token_check') return undefined;
  const decoded = v.safeParse(event, payload);
  const { timestamp, insertId } = entry;
  const at = typeof timestamp === 'string' ? new Date(timestamp) : undefined;
  if (!decoded.success || (at !== undefined && Number.isNaN(at.getTime()))) return 'broken';
  // https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry: insertId
  const identity = typeof insertId === 'string' ? `${String(timestamp)} ${insertId}` : undefined;
  return { event: decoded.output, at, identity };
}

export function isDecision(recorded: Recorded): recorded is Recorded<Decision> {
  return recorded.event.event === 'token_decision';
}
