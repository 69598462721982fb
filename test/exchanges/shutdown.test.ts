import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FunctionProcess } from '../support/processes/function-process.ts';
import { createGrantsFile } from '../support/world/grant-documents.ts';
import { exchangeForm, postToken, startVending } from '../support/world/vending.ts';
import { createWorld, fleetDocument, TRAINER_GRANT, type Vm, type World } from '../support/world/world.ts';

describe('a function that the platform stops', () => {
  let world: World;
  let vm: Vm;
  let fn: FunctionProcess;

  beforeEach(async () => {
    world = await createWorld();
    vm = world.vm('worker');
    const { environment } = await createGrantsFile(fleetDocument(vm, TRAINER_GRANT));
    fn = await startVending(world, 'impersonate', environment);
  });

  afterEach(async () => {
    await fn.stop();
    await world.close();
  });

  /** Starts an exchange, and returns it once it waits for Google. */
  async function exchangeInFlight() {
    world.google.faults.set('generateAccessToken', { kind: 'latency', ms: 500 });
    const reached = new Promise<void>((resolve) => {
      const stop = world.google.faults.onRequest('generateAccessToken', () => {
        stop();
        resolve();
      });
    });
    const exchange = postToken(fn.url, exchangeForm(vm, 'impersonate'));
    await reached;
    return { exchange };
  }

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'finishes the exchange in flight on %s, and then ends',
    async (signal) => {
      const { exchange } = await exchangeInFlight();
      fn.signal(signal);
      const { status, body } = await exchange;
      expect(status).toBe(200);
      expect(world.google.whoIs(body['access_token'] as string)?.principal).toContain('trainer@');
      expect(await fn.exited).toEqual({ code: 0, signal: null });
      expect(fn.auditLines()).toHaveLength(1);
    },
  );

  it('takes no new connection while it ends', async () => {
    const { exchange } = await exchangeInFlight();
    fn.signal('SIGTERM');
    await exchange;
    await expect(postToken(fn.url, exchangeForm(vm, 'impersonate'))).rejects.toThrow('fetch failed');
    await fn.exited;
  });

  it('ends at once where nothing is in flight, even before its first request', async () => {
    fn.signal('SIGTERM');
    expect(await fn.exited).toEqual({ code: 0, signal: null });
  });
});
