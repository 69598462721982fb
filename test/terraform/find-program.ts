/**
 * vitest's global setup: what plans, and whether it can. It is the program that the variable TERRAFORM names, `terraform` where it names
 * none; that one fetches the provider from its registry, once for all runs. `TERRAFORM=none` says that there is none to be had.
 */

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PLUGINS = join(ROOT, '.terraform-plugins');

export interface Program {
  readonly name: string;
  /** A program that plans offline may print a plan as JSON by itself; terraform needs two steps, and an init before. */
  readonly printsPlans: boolean;
  /** What is not there, for the name of what is skipped. */
  readonly missing: string | undefined;
  /** What is not there is not to be had: not even `CI=true` asks for it. */
  readonly isWaived: boolean;
  readonly environment: Readonly<Record<string, string>>;
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly terraform: Program;
  }
}

/** A plan needs a token, and without data sources never shows it to anybody. */
const ENVIRONMENT = {
  GOOGLE_OAUTH_ACCESS_TOKEN: 'none',
  CHECKPOINT_DISABLE: '1',
  TF_IN_AUTOMATION: '1',
  TF_INPUT: '0',
  TF_PLUGIN_CACHE_DIR: PLUGINS,
  TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: '1',
};

export default function setup(project: TestProject): void {
  const named = process.env['TERRAFORM'] ?? 'terraform';
  const isWaived = named === 'none';
  const name = isWaived ? 'terraform' : named;
  const help = isWaived ? undefined : answer(name, ['-help']);
  const printsPlans = help?.includes('plan-json') ?? false;
  const missing =
    help === undefined
      ? name
      : printsPlans || fetchesProvider(name)
        ? undefined
        : 'the provider hashicorp/google';
  project.provide('terraform', { name, printsPlans, missing, isWaived, environment: ENVIRONMENT });
}

function fetchesProvider(name: string): boolean {
  mkdirSync(PLUGINS, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'provider-'));
  try {
    copyFileSync(join(ROOT, 'terraform/versions.tf'), join(folder, 'versions.tf'));
    return answer(name, [`-chdir=${folder}`, 'init', '-backend=false']) !== undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What it prints; `undefined` where it fails, or is not there. */
function answer(name: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(name, args, {
      encoding: 'utf8',
      stdio: 'pipe',
      env: { ...ENVIRONMENT, ...process.env },
    });
  } catch {
    return undefined;
  }
}
