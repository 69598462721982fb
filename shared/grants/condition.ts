/**
 * Conditions: CEL expressions that a grant may carry, evaluated in bounded time.
 *
 * Evaluation is synchronous, so that nothing could interrupt it. Its cost is bounded by what an expression may say:
 * a kilobyte of source, no loops (comprehensions), no patterns, and no function that multiplies the length of a
 * string. What is allowed is listed; everything else does not compile. The only user of the CEL library.
 */

import { Environment, type ASTNode } from '@marcbachmann/cel-js';
import type { Principal } from '../identity/principal.ts';
import type { Target } from '../member.ts';

export interface ConditionInput {
  readonly principal: Principal;
  readonly target: Target;
  /** The effective scopes; none for an ID token. */
  readonly scopes: readonly string[];
  readonly now: Date;
}

/** `problem`: the condition does not compile, does not evaluate or is no bool, in the words of the CEL library. */
export type ConditionResult = { readonly holds: boolean } | { readonly problem: string };

const FUNCTIONS = new Set([
  // of strings
  'startsWith',
  'endsWith',
  'contains',
  'indexOf',
  'lastIndexOf',
  'substring',
  'lowerAscii',
  'upperAscii',
  'trim',
  // of anything
  'size',
  'type',
  'dyn',
  // conversions
  'bool',
  'bytes',
  'double',
  'duration',
  'int',
  'string',
  'timestamp',
  'uint',
  // of timestamps and durations
  'getDate',
  'getDayOfMonth',
  'getDayOfWeek',
  'getDayOfYear',
  'getFullYear',
  'getHours',
  'getMilliseconds',
  'getMinutes',
  'getMonth',
  'getSeconds',
]);

const TIMESTAMP = 'google.protobuf.Timestamp';

const environment = new Environment({
  limits: { maxAstNodes: 256, maxDepth: 32, maxListElements: 128, maxMapEntries: 32, maxCallArguments: 4 },
})
  .registerVariable({
    name: 'instance',
    schema: {
      id: 'string',
      name: 'string',
      zone: 'string',
      region: 'string',
      projectId: 'string',
      projectNumber: 'int',
      createdAt: TIMESTAMP,
      confidential: 'bool',
    },
  })
  .registerVariable({ name: 'serviceAccount', schema: { email: 'string', uniqueId: 'string' } })
  .registerVariable({
    name: 'request',
    schema: { time: TIMESTAMP, scopes: 'list<string>', target: 'string' },
  });

type Evaluate = (variables: Record<string, unknown>) => unknown;

/** Compiled conditions by source. A source compiles to the same thing for ever, so that nothing expires. */
const MAX_COMPILED = 1024;

export type EvaluateCondition = (source: string, input: ConditionInput) => ConditionResult;

export function createConditionEvaluator(): EvaluateCondition {
  const compiled = new Map<string, Evaluate>();

  function compile(source: string): Evaluate {
    const known = compiled.get(source);
    if (known !== undefined) return known;
    const parsed = environment.parse(source);
    checkFunctions(parsed.ast);
    const { valid, type, error } = parsed.check();
    if (!valid) throw error ?? new Error('does not type-check');
    if (type !== 'bool' && type !== 'dyn') throw new Error(`is of type ${type}, not bool`);
    if (compiled.size >= MAX_COMPILED) compiled.clear();
    compiled.set(source, parsed);
    return parsed;
  }

  return function evaluateCondition(source, input) {
    try {
      const result = compile(source)(variables(input));
      return typeof result === 'boolean' ? { holds: result } : { problem: 'did not evaluate to a bool' };
    } catch (error) {
      return { problem: summarize(error) };
    }
  };
}

function variables({ principal, target, scopes, now }: ConditionInput): Record<string, unknown> {
  const { instance, serviceAccount, uniqueId } = principal;
  return {
    instance: { ...instance, projectNumber: BigInt(instance.projectNumber) },
    serviceAccount: { email: serviceAccount, uniqueId },
    request: { time: now, scopes, target: target.member },
  };
}

function checkFunctions(root: ASTNode): void {
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const node = pending.pop();
    if (Array.isArray(node)) pending.push(...(node as unknown[]));
    else if (isNode(node)) {
      if ((node.op === 'call' || node.op === 'rcall') && !FUNCTIONS.has(node.args[0])) {
        throw new Error(`uses ${node.args[0]}(), which conditions may not`);
      }
      pending.push(node.args);
    }
  }
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

/** The library's one-line summary; its message quotes the source over several lines. */
function summarize(error: unknown): string {
  if (!(error instanceof Error)) return 'does not evaluate';
  return 'summary' in error && typeof error.summary === 'string' ? error.summary : error.message;
}
