/**
 * What a task can do to the others by asking: each as a program that runs inside it until it is killed.
 */

import { fileURLToPath } from 'node:url';

export const ATTACKS = {
  'kept connections': 'keep-alive',
  'new connections': 'connect',
  'pipelined requests': 'pipeline',
  'requests for everything': 'recursive',
  'half requests on 10 000 connections': 'half',
} as const;

export type Attack = (typeof ATTACKS)[keyof typeof ATTACKS];

const PROGRAM = fileURLToPath(new URL('attacker.js', import.meta.url));

/** It writes a line when it is at it. Whoever may change the task's rules has removed the limits that they set. */
export function attackWords(attack: Attack, rules: 'with rules' | 'without rules'): readonly string[] {
  const before = rules === 'with rules' ? '' : 'nft flush ruleset; ';
  return ['sh', '-c', `${before}ulimit -n 20000; exec "$@"`, 'sh', process.execPath, PROGRAM, attack];
}
