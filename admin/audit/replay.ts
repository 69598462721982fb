/**
 * One recorded decision, taken again by the functions' code with other documents, as if they had been there then. Pure.
 *
 * A log does not have everything that a decision stands on. Where that matters the answer is "nobody can tell".
 */

import type { DelegationCeilings } from '../../shared/grants/ceilings.ts';
import type { EvaluateCondition } from '../../shared/grants/condition.ts';
import { PRINCIPALS, type GrantDocuments } from '../../shared/grants/grant-store.ts';
import { principalDocumentIds } from '../../shared/identity/principal.ts';
import { documentOfText, type DocumentText } from '../documents/document-text.ts';
import { decide, type Decision as Decided, type Wanted } from '../explain/decide.ts';
import { isDecidedElsewhere, principalOf, UNRECORDED, wantedBy } from './recorded-question.ts';
import type { Decision, Recorded } from './recorded.ts';

export type Replayed =
  | { readonly kind: 'same' }
  /** Decided by something that no grants file says: the request, the identity token, the kill switch, an outage. */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'unknown'; readonly why: string }
  | { readonly kind: 'granted' }
  | { readonly kind: 'refused'; readonly why: string }
  /** Granted, and not everything that it was then. */
  | { readonly kind: 'less'; readonly why: string };

export interface ReplayOptions {
  /** By the id of the principal. */
  readonly documents: ReadonlyMap<string, DocumentText>;
  readonly evaluateCondition: EvaluateCondition;
  readonly projectNumbers: readonly number[];
  /** Whether `ceilingsFor` are those of the functions, rather than none. */
  readonly knowsCeilings: boolean;
  readonly ceilingsFor: (documents: GrantDocuments, wanted: Wanted) => DelegationCeilings;
  /** For what has no time of its own. */
  readonly now: Date;
}

export type Replay = (recorded: Recorded<Decision>) => Replayed;

const SCOPES = /\brequest\.scopes\b/;
const UNTIMED = /\brequest\.time\b/;

const UNKNOWN_SCOPES = 'the log does not have the scopes that were asked for';
const UNKNOWN_AUDIENCE = 'the log does not have the audience that was asked for';

export function createReplay(options: ReplayOptions): Replay {
  const stored = storedIn(options.documents);

  return function replay({ event, at }) {
    const { principal: caller } = event;
    if (caller === undefined || isDecidedElsewhere(event, options.knowsCeilings))
      return { kind: 'elsewhere' };
    const principal = principalOf(caller);
    const ids = principalDocumentIds(principal);
    const documents = {
      instance: stored(ids.instance),
      serviceAccount: stored(ids.serviceAccount),
      killSwitch: undefined,
    };
    if (event.grant === `${PRINCIPALS}/${ids.instance}` && documents.instance === undefined) {
      return { kind: 'unknown', why: "the grant was in the VM's own document, which no file has" };
    }
    const wanted = wantedBy(event);
    const take = (more: Partial<Wanted>): Taken => {
      const asked = { ...wanted, ...more };
      let unknown: string | undefined;
      let asksForScopes = false;
      const evaluateCondition: EvaluateCondition = (source, input) => {
        asksForScopes = !asked.isIdToken && SCOPES.test(source);
        if (UNRECORDED.test(source)) unknown = 'its condition asks for what the log does not have';
        if (at === undefined && UNTIMED.test(source))
          unknown = 'its condition asks for the time, and the log has none';
        return unknown === undefined ? options.evaluateCondition(source, input) : { holds: true };
      };
      const decided = decide(principal, asked, documents, {
        evaluateCondition,
        projectNumbers: options.projectNumbers,
        ceilings: options.ceilingsFor(documents, asked),
        now: at ?? options.now,
      });
      // where it would not be granted even if the condition held, nothing is open
      return { decided, unknown: decided.outcome === 'granted' ? unknown : undefined, asksForScopes };
    };
    return event.grant === undefined ? afterRefusal(event, take) : afterGrant(event, take);
  };
}

interface Taken {
  readonly decided: Decided;
  readonly unknown: string | undefined;
  /** Whether a condition did. */
  readonly asksForScopes: boolean;
}

type Take = (more: Partial<Wanted>) => Taken;

function afterGrant({ scopes = [], tokenType }: Decision, take: Take): Replayed {
  const { decided, unknown, asksForScopes } = take({});
  if (unknown !== undefined) return { kind: 'unknown', why: unknown };
  // the log has the scopes that were given: maybe they were asked for by name, and maybe all that is granted was
  const isByScopes = asksForScopes || (decided.reason === 'scope_not_granted' && tokenType !== 'id_token');
  const all = isByScopes ? take({ scope: undefined }) : undefined;
  if (all?.unknown !== undefined) return { kind: 'unknown', why: all.unknown };
  if (asksForScopes && all?.decided.outcome !== decided.outcome)
    return { kind: 'unknown', why: UNKNOWN_SCOPES };
  if (decided.outcome === 'granted') {
    const { scopes: given } = decided.grant;
    const lost = scopes.filter((scope) => !given.includes(scope));
    return lost.length === 0 ? { kind: 'same' } : { kind: 'less', why: `without ${lost.join(' ')}` };
  }
  return all?.decided.outcome === 'granted'
    ? { kind: 'less', why: `without ${scopes.join(' ')}, and refused where it asked for them by name` }
    : { kind: 'refused', why: decided.reason };
}

function afterRefusal({ reason }: Decision, take: Take): Replayed {
  const { decided, unknown, asksForScopes } = take({});
  if (decided.reason === 'resource_missing') return { kind: 'unknown', why: UNKNOWN_AUDIENCE };
  const isByScopes = asksForScopes && ['granted', 'condition_false'].includes(decided.reason);
  if (isByScopes) return { kind: 'unknown', why: UNKNOWN_SCOPES };
  if (decided.outcome !== 'granted') return { kind: 'same' };
  if (unknown !== undefined) return { kind: 'unknown', why: unknown };
  return reason === 'scope_not_granted' ? { kind: 'unknown', why: UNKNOWN_SCOPES } : { kind: 'granted' };
}

/** A document is read many times, and parsed once. */
function storedIn(documents: ReadonlyMap<string, DocumentText>) {
  const parsed = new Map<string, { readonly path: string; readonly data: unknown }>();
  return (id: string) => {
    const text = documents.get(id);
    if (text === undefined) return undefined;
    const known = parsed.get(id) ?? { path: `${PRINCIPALS}/${id}`, data: documentOfText(text) };
    parsed.set(id, known);
    return known;
  };
}
