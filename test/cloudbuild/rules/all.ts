import { misfits } from '../messages.ts';
import { ORDER } from './order.ts';
import type { Rule } from './rule.ts';
import { SUBSTITUTIONS } from './substitutions.ts';
import { TRUST } from './trust.ts';

export const FITS = 'all of it fits the messages of Cloud Build';

export const RULES: readonly Rule[] = [
  { sentence: FITS, violations: misfits },
  ...ORDER,
  ...SUBSTITUTIONS,
  ...TRUST,
];
