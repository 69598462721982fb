/**
 * A `describe` for tests that look at a page in a browser. On a machine without one they are skipped by name, with the
 * reason on standard error; with `CI=true` they fail.
 */

import { afterAll, describe } from 'vitest';
import { chromiumMissing, createChromium, type Chromium } from './chromium.ts';

export function describeWithChromium(name: string, body: (chromium: () => Chromium) => void): void {
  const missing = chromiumMissing();
  const isSkipped = missing !== undefined && process.env['CI'] !== 'true';
  if (isSkipped) process.stderr.write(`skipped: ${name}: ${missing}\n`);

  describe(`${name}${isSkipped ? ` (skipped: ${missing})` : ''}`, { skip: isSkipped }, () => {
    let chromium: Chromium | undefined;
    afterAll(() => chromium?.remove());
    body(() => (chromium ??= createChromium()));
  });
}
