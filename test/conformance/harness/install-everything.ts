/** Vitest runs this once before the tests of this folder; they take what it says by `inject('toolchains')`. */

import type { TestProject } from 'vitest/node';
import { GO_WITH_MOVABLE_CLOCK } from '../long-run/toolchain.ts';
import { PYTHON_WITH_MTLS } from '../python/toolchain.ts';
import { ROWS } from '../rows.ts';
import { namespacesMissing } from './namespace.ts';
import { installToolchains, type Toolchains } from './toolchains.ts';

declare module 'vitest' {
  interface ProvidedContext {
    toolchains: Toolchains;
    /** Why this machine cannot have a network of loopback alone; undefined: it can. */
    namespacesMissing: string | undefined;
  }
}

export default async function setUp({ provide }: TestProject): Promise<void> {
  const missing = namespacesMissing();
  const toolchains = [...ROWS.map(({ toolchain }) => toolchain), PYTHON_WITH_MTLS, GO_WITH_MOVABLE_CLOCK];
  provide('namespacesMissing', missing);
  provide('toolchains', missing === undefined ? await installToolchains(toolchains) : {});
}
