/**
 * What a function says about targets whose tokens are out: whether an exchange for each would still be granted.
 *
 * Only its own "no" counts, in the answer to this very question. Whatever else comes back says nothing about any target.
 */

import {
  CHECK_PATH,
  encodeForm,
  MAX_BODY_BYTES,
  MAX_CHECK_TARGETS,
  MAX_SUBJECT_TOKEN_LENGTH,
} from '../../shared/protocol.ts';
import { isRecord } from '../../shared/unknown.ts';
import { createFunctionClient, type FunctionClientOptions } from './function-client.ts';
import type { FunctionName } from './function-of.ts';
import type { HttpAnswer } from './http-call.ts';
import { fieldsOf, refusal, unusable, type Outage, type Refused } from './outcome.ts';

export type Decision = 'yes' | Refused;

/** By member. Of one that is not there nothing is known. */
export type Decisions = ReadonlyMap<string, Decision>;

/** An outage is that of one call at least; what the others have decided counts. */
export type Checked = ({ readonly kind: 'checked' } | Outage) & { readonly decisions: Decisions };

/** About members of one function. It throws the signal's reason alone, once that aborts. */
export type Check = (name: FunctionName, members: Iterable<string>, signal: AbortSignal) => Promise<Checked>;

/** Of the body, beside the longest identity token. */
const MAX_TARGETS_BYTES = MAX_BODY_BYTES - MAX_SUBJECT_TOKEN_LENGTH;

export function createCheckClient(options: FunctionClientOptions): Check {
  const ask = createFunctionClient(options);
  return async function check(name, members, signal) {
    const calls = callsOf(members).map((asked) =>
      ask(
        {
          name,
          path: CHECK_PATH,
          parameters: { audience: asked.join(' ') },
          read: (answer, url) => decisionsOf(answer, asked, url) ?? unusable(answer, name, url, 'check'),
        },
        signal,
      ),
    );
    const answers = await Promise.all(calls);
    const decisions = answers.flatMap((answer) => ('kind' in answer ? [] : [...answer]));
    const outage = answers.find((answer) => 'kind' in answer);
    return { ...(outage ?? { kind: 'checked' }), decisions: new Map(decisions) };
  };
}

/** As few as the limits of a function allow. */
function callsOf(members: Iterable<string>): readonly (readonly string[])[] {
  const calls: string[][] = [];
  let room = 0;
  for (const member of members) {
    // with the name of the parameter, a few bytes too many, which is room for the others
    const bytes = encodeForm({ audience: member }).length;
    room -= bytes;
    if (room < 0 || calls.at(-1)?.length === MAX_CHECK_TARGETS) {
      calls.push([]);
      room = MAX_TARGETS_BYTES - bytes;
    }
    calls.at(-1)?.push(member);
  }
  return calls;
}

/** `undefined`: it is not the answer of a function that was asked about these, in this order. */
export function decisionsOf(
  answer: HttpAnswer,
  asked: readonly string[],
  url: string,
): Decisions | undefined {
  const listed = answer.status === 200 ? fieldsOf(answer)?.['decisions'] : undefined;
  if (!Array.isArray(listed) || listed.length !== asked.length) return undefined;
  const decisions = new Map<string, Decision>();
  for (const [at, member] of asked.entries()) {
    const entry: unknown = listed[at];
    if (!isRecord(entry) || entry['target'] !== member) return undefined;
    if (entry['decision'] === 'yes') decisions.set(member, 'yes');
    if (entry['decision'] === 'no') decisions.set(member, refusal('invalid_target', member, url));
  }
  return decisions;
}
