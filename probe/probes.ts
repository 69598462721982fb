/**
 * What is asked, and what has to come of it: a table. Each row but the first has to be refused, by whom and how it says.
 */

import type { ProbeConfig } from './config.ts';

/** An exchange that is asked for. */
export interface Question {
  /** Of the function. */
  readonly url: string;
  /** The `aud` of the identity token that is shown; its signature is `spoiled` for a forgery. */
  readonly audience: string;
  readonly isSpoiled?: boolean;
  /** Whether the platform in front is shown an identity token, too. */
  readonly passesEdge: boolean;
  /** `serviceAccount:EMAIL` or `user:EMAIL`. */
  readonly target: string;
}

/** A token; a refusal of the function's own; or the platform's, which says 401 or 403 and has no JSON. */
export type Expected = 'token' | 'invalid_target' | 'invalid_request' | 'edge';

export interface Probe {
  readonly name: string;
  readonly question: Question;
  readonly expected: Expected;
}

export function probesOf(config: ProbeConfig): readonly Probe[] {
  const { impersonate, delegate } = config;
  const granted = { ...impersonate, passesEdge: true, target: `serviceAccount:${config.target}` };
  // the function's own URL is an audience that the platform accepts, and the function must not
  const foreignAudience = delegate?.audience ?? impersonate.url;
  const probes: Probe[] = [
    { name: 'granted', question: granted, expected: 'token' },
    {
      name: 'other_target',
      question: { ...granted, target: `serviceAccount:${config.forbiddenTarget}` },
      expected: 'invalid_target',
    },
    {
      name: 'wrong_audience',
      question: { ...granted, audience: foreignAudience },
      expected: 'invalid_request',
    },
    { name: 'forged_token', question: { ...granted, isSpoiled: true }, expected: 'invalid_request' },
  ];
  if (config.edge === 'iam') {
    probes.push({ name: 'no_invoker', question: { ...granted, passesEdge: false }, expected: 'edge' });
  }
  if (delegate !== null) {
    const { url, audience, user } = delegate;
    const question = { url, audience, passesEdge: true, target: `user:${user}` };
    probes.push({ name: 'no_grant', question, expected: 'invalid_target' });
  }
  return probes;
}
