/**
 * The request of a check, parsed: that of an exchange, but for its `audience`, which lists targets, and its grant type.
 */

import { parseParameters, parseTarget, parseTokenRequest, type TokenRequest } from './exchange-request.ts';
import type { MemberKind, Target } from './member.ts';
import { MAX_CHECK_TARGETS } from './protocol.ts';
import { Refusal } from './refusal.ts';

export interface CheckRequest extends TokenRequest {
  /** At least one, and none of them twice. */
  readonly targets: readonly Target[];
}

/** As `parseExchangeRequest`. Nothing is granted here: a `grant_type` is ignored, as any parameter that nobody knows. */
export function parseCheckRequest(body: string, kind: MemberKind): CheckRequest {
  const parameters = parseParameters(body);
  return { ...parseTokenRequest(parameters, kind), targets: parseTargets(parameters.audience) };
}

/** One space between two of them: an answer is matched to its target by its place. */
function parseTargets(audience: string | undefined): readonly Target[] {
  if (audience === undefined) throw new Refusal('audience_missing');
  const names = audience.split(' ', MAX_CHECK_TARGETS + 1);
  if (names.length > MAX_CHECK_TARGETS) throw new Refusal('targets_too_many');
  const targets = names.map(parseTarget);
  // in their canonical form, because a target can be named in two ways
  const distinct = new Set(targets.map(({ member }) => member));
  if (distinct.size < targets.length) throw new Refusal('target_repeated');
  return targets;
}
