/**
 * Steps and terms in words, for the text and for the picture. Pure.
 */

import { loggableText } from '../../shared/loggable.ts';
import { shortScope } from '../documents/short-scope.ts';
import type { Step, Terms } from './way.ts';

export function termsText(terms: Terms): string {
  const { scopes, idTokenAudiences, lifetimeSeconds, condition, expiresAt, signer, delegates } = terms;
  return [
    ...(scopes.length > 0 ? [scopes.map(shortScope).join(' ')] : []),
    ...(idTokenAudiences.length > 0 ? [`ID tokens for ${idTokenAudiences.join(' ')}`] : []),
    ...(lifetimeSeconds === undefined ? [] : [`${lifetimeSeconds} s`]),
    ...(signer === undefined ? [] : [`signed by ${signer}`]),
    ...(delegates.length > 0 ? [`through delegates ${delegates.join(', ')}`] : []),
    ...(expiresAt === undefined ? [] : [`until ${expiresAt.toISOString()}`]),
    ...(condition === undefined ? [] : [`where ${oneLine(condition)}`]),
  ].join(', ');
}

/** Completes the sentence "… becomes MEMBER: …". */
export function stepText({ kind, path, terms, reason }: Step): string {
  switch (kind) {
    case 'grant': {
      const what = terms === undefined ? 'malformed' : termsText(terms);
      return `granted in ${path}: ${reason === undefined ? what : `not now, ${reason}; ${what}`}`;
    }
    case 'delegate':
      return `by IAM, with any scope: a delegate in ${path}`;
    case 'vm':
      return 'if it may start or enter a VM that runs as it';
    case 'signer':
      return `if IAM lets it use its own key: the signer in ${path}`;
  }
}

function oneLine(text: string): string {
  return loggableText(text.replaceAll(/\s+/g, ' '));
}
