/** What a client did, without a single token in it. */

import type { Seen } from '../fake-apis/seen.ts';
import type { Ended } from './run-client.ts';

/** Whose token: one that a function vended for the identity, the VM's own, nobody's known here, or none at all. */
export type Bearer = 'vended' | 'the VM’s' | 'foreign' | 'none';

export interface Observation extends Ended {
  readonly requests: readonly { readonly request: string; readonly bearer: Bearer }[];
  /** Of the tokens that stand on lines of their own in the output. */
  readonly printed: readonly Bearer[];
  /** The e-mails of the identity and of the VM, where standard output has them. */
  readonly printsEmail: boolean;
  readonly printsVmEmail: boolean;
}

/** Access tokens of the fake Google, and compact JWTs. */
const TOKEN = /\b(?:ya29\.[\w.-]{40,}|eyJ[\w-]+\.[\w-]+\.[\w-]+)/g;

export function tokensOf(text: string): string[] {
  return text
    .split('\n')
    .flatMap((line) => (line.trim().match(TOKEN)?.[0] === line.trim() ? [line.trim()] : []));
}

export function redacted(text: string): string {
  return text.replaceAll(TOKEN, '<token>');
}

/** For a failed test's message. */
export function describeObservation({ code, stdout, stderr, requests }: Observation): string {
  const seen = requests.map(({ request, bearer }) => `  ${request}  (token: ${bearer})`);
  return [
    `exit: ${code}`,
    'requests at the APIs:',
    ...(seen.length === 0 ? ['  none'] : seen),
    `standard output:\n${tail(stdout)}`,
    `standard error:\n${tail(stderr)}`,
  ].join('\n');
}

export function requestLine({ method, path }: Seen): string {
  return `${method} ${path}`;
}

function tail(text: string): string {
  return redacted(text).slice(-4000);
}
