import { getEventListeners, once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { abortable, startContext, startTimeout, timed } from '../../shared/call-context.ts';
import { Fault } from '../../shared/fault.ts';
import { callContext } from '../support/domain/contexts.ts';

const SPENT = new Fault('deadline_exceeded', { detail: 'the budget of the exchange was spent' });

describe('a context', () => {
  it('aborts with a fault when its budget is spent', async () => {
    const { context } = startContext(5);
    expect(context.signal.aborted).toBe(false);
    await once(context.signal, 'abort');
    expect(() => context.signal.throwIfAborted()).toThrow(SPENT);
  });

  it.each([0, -1_000])('aborts at the next turn where the budget is %d ms', async (budgetMs) => {
    const { context } = startContext(budgetMs);
    expect(context.signal.aborted).toBe(false);
    await once(context.signal, 'abort');
    expect(() => context.signal.throwIfAborted()).toThrow(SPENT);
  });

  it('never aborts once it was ended', async () => {
    const ended = startContext(2);
    const later = startContext(10);
    ended.end();
    await once(later.context.signal, 'abort');
    expect(ended.context.signal.aborted).toBe(false);
  });

  it('starts with nothing spent', () => {
    const { context, end } = startContext(1_000);
    end();
    expect(context.upstreamMs).toEqual({});
  });
});

describe('a time-out within an operation', () => {
  it('aborts alone, and the operation goes on', async () => {
    const outer = new AbortController();
    const { signal } = startTimeout(outer.signal, 2);
    await once(signal, 'abort');
    expect(signal.reason).toMatchObject({ name: 'TimeoutError', message: 'no answer in 2 ms' });
    expect(outer.signal.aborted).toBe(false);
  });

  it.each(['before', 'after'])('aborts with the operation that was given up %s its start', (when) => {
    const outer = new AbortController();
    if (when === 'before') outer.abort(SPENT);
    const { signal, end } = startTimeout(outer.signal, 60_000);
    outer.abort(SPENT);
    expect(signal.reason).toBe(SPENT);
    end();
  });

  it('leaves no timer and no listener behind once it was ended', async () => {
    const outer = new AbortController();
    const { signal, end } = startTimeout(outer.signal, 2);
    end();
    const later = startContext(10);
    await once(later.context.signal, 'abort');
    expect(signal.aborted).toBe(false);
    expect(getEventListeners(outer.signal, 'abort')).toEqual([]);
  });
});

describe('a timed call', () => {
  it('gives what the call gives and adds its time to what was spent there', async () => {
    const context = { ...callContext(), upstreamMs: { iam: 1_000, oauth: 5 } };
    expect(await timed(context, 'iam', async () => 'answer')).toBe('answer');
    expect(context.upstreamMs.iam).toBeGreaterThan(1_000);
    expect(context.upstreamMs.oauth).toBe(5);
  });

  it('adds the time of a call that fails too', async () => {
    const context = callContext();
    const failing = timed(context, 'keys', () => Promise.reject(new Error('reset')));
    await expect(failing).rejects.toThrow(new Error('reset'));
    expect(context.upstreamMs.keys).toBeGreaterThan(0);
  });
});

describe('abortable work', () => {
  it('gives its result and leaves no listener behind', async () => {
    const { signal } = new AbortController();
    expect(await abortable(Promise.resolve('done'), signal)).toBe('done');
    await setImmediate();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('fails as the work fails and leaves no listener behind', async () => {
    const { signal } = new AbortController();
    await expect(abortable(Promise.reject(new Error('reset')), signal)).rejects.toThrow(new Error('reset'));
    await setImmediate();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('is given up with the reason of the signal, while the work goes on', async () => {
    const controller = new AbortController();
    const { promise: work, resolve } = Promise.withResolvers<string>();
    const waiting = abortable(work, controller.signal);
    controller.abort(SPENT);
    await expect(waiting).rejects.toBe(SPENT);
    resolve('late');
    expect(await work).toBe('late');
  });

  it('is given up at once where the signal has aborted before', async () => {
    const never = new Promise(() => undefined);
    await expect(abortable(never, AbortSignal.abort(SPENT))).rejects.toBe(SPENT);
  });

  it('may fail after it was given up, and nobody has to catch that', async () => {
    const controller = new AbortController();
    const { promise: work, reject } = Promise.withResolvers<string>();
    const waiting = abortable(work, controller.signal);
    controller.abort(SPENT);
    await expect(waiting).rejects.toBe(SPENT);
    reject(new Error('late'));
    await expect(work).rejects.toThrow(new Error('late'));
  });
});
