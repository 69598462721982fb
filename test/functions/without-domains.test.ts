import domain from 'node:domain';
import { describe, expect, it } from 'vitest';
import { serveWithoutDomains } from '../../functions/without-domains.ts';

/** What the framework's `wrapHttpFunction` does for each request. */
async function runAsTheFramework(work: () => void): Promise<void> {
  const wrapper = domain.create();
  wrapper.on('error', () => undefined);
  const { promise, resolve } = Promise.withResolvers<void>();
  wrapper.run(() => {
    process.nextTick(() => {
      work();
      resolve();
    });
  });
  await promise;
}

describe('a request that the framework runs in a domain', () => {
  it('runs in none, so that no hook follows its promises', async () => {
    serveWithoutDomains();
    const seen: unknown[] = [];
    await runAsTheFramework(() => seen.push(Reflect.get(process, 'domain')));
    expect(seen).toHaveLength(1);
    expect(seen[0] ?? undefined).toBeUndefined();
  });
});
