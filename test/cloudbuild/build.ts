/**
 * `cloudbuild.yaml` as data.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const CLOUDBUILD = readFileSync(join(ROOT, 'cloudbuild.yaml'), 'utf8');

export interface Step {
  readonly id: string;
  readonly name: string;
  readonly entrypoint?: string;
  readonly args?: readonly string[];
  readonly script?: string;
  readonly env?: readonly string[];
  readonly secretEnv?: readonly string[];
  readonly waitFor?: readonly string[];
  readonly timeout?: string;
  readonly allowFailure?: boolean;
  readonly allowExitCodes?: readonly number[];
}

export interface Build {
  readonly steps: readonly Step[];
  readonly substitutions?: Readonly<Record<string, string>>;
  readonly timeout?: string;
  readonly serviceAccount?: string;
  readonly logsBucket?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly availableSecrets?: unknown;
}

/** As Cloud Build reads it: to YAML 1.1, a bare `no` is false. */
export function parseBuild(text: string): Build {
  return parse(text, { version: '1.1' }) as Build;
}

/** All that a step waits for, directly or not. A step that does not say waits for all before it. */
export function awaitedBy({ steps }: Build, id: string): ReadonlySet<string> {
  const index = steps.findIndex((step) => step.id === id);
  const before = steps.slice(0, index).map((step) => step.id);
  const direct = (steps[index]?.waitFor ?? before).filter((name) => before.includes(name));
  return new Set(direct.flatMap((name) => [name, ...awaitedBy({ steps }, name)]));
}

export const secondsOf = (duration: string | undefined): number =>
  Number(duration?.replace(/s$/, '') ?? Number.NaN);

export function isString(value: unknown): value is string {
  return typeof value === 'string';
}
