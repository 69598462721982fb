/**
 * Which of the two functions makes the tokens of a target.
 */

import type { MemberKind } from '../../shared/member.ts';

export const FUNCTION_OF = {
  serviceAccount: 'impersonate',
  user: 'delegate',
} as const satisfies Record<MemberKind, string>;

export type FunctionName = (typeof FUNCTION_OF)[MemberKind];
