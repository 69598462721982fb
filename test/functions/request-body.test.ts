import type { IncomingMessage } from 'node:http';
import { getEventListeners } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readBody } from '../../functions/request-body.ts';
import { Refusal } from '../../shared/refusal.ts';

const forEver = new AbortController().signal;

/** A request whose body a test writes. */
function createRequest(): PassThrough & IncomingMessage {
  return new PassThrough({ autoDestroy: false }) as unknown as PassThrough & IncomingMessage;
}

describe('a body', () => {
  it('is its bytes as text, wherever the network cuts them', async () => {
    const request = createRequest();
    const body = readBody(request, forEver);
    for (const byte of Buffer.from('a=ü&b=\u{1f600}')) request.write(Uint8Array.of(byte));
    request.end();
    expect(await body).toBe('a=ü&b=\u{1f600}');
  });

  it('may be empty', async () => {
    const request = createRequest();
    request.end();
    expect(await readBody(request, forEver)).toBe('');
  });

  it('may be 64 KiB long', async () => {
    const request = createRequest();
    request.end('x'.repeat(65_536));
    expect(await readBody(request, forEver)).toHaveLength(65_536);
  });

  it('keeps its byte order mark, which is no part of a form', async () => {
    const request = createRequest();
    request.end('\ufeffa=b');
    expect(await readBody(request, forEver)).toBe('\ufeffa=b');
  });
});

describe('a body is refused', () => {
  it.each([
    { what: 'a byte that no character has', bytes: [0xff] },
    { what: 'half a character', bytes: [0xc3] },
    { what: 'an overlong character', bytes: [0xc0, 0xaf] },
    { what: 'half a surrogate pair', bytes: [0xed, 0xa0, 0x80] },
  ])('for $what', async ({ bytes }) => {
    const request = createRequest();
    request.end(Uint8Array.from(bytes));
    await expect(readBody(request, forEver)).rejects.toThrow(new Refusal('body_malformed', 'not UTF-8'));
  });

  it('for a byte over 64 KiB, as soon as it comes', async () => {
    const request = createRequest();
    const body = readBody(request, forEver);
    request.write('x'.repeat(65_536));
    request.write('x');
    await expect(body).rejects.toThrow(new Refusal('body_too_large'));
    expect(request.isPaused()).toBe(true);
  });

  it.each([
    { what: 'that closes the connection', leave: (request: PassThrough) => request.destroy() },
    {
      what: 'whose connection breaks',
      leave: (request: PassThrough) => request.destroy(new Error('ECONNRESET')),
    },
  ])('where it is that of a caller $what', async ({ leave }) => {
    const request = createRequest();
    const body = readBody(request, forEver);
    request.write('a=');
    leave(request);
    await expect(body).rejects.toThrow(new Refusal('body_incomplete', 'the caller went away'));
  });

  it('where it has not arrived at the deadline, and the request stays open for the answer', async () => {
    const controller = new AbortController();
    const request = createRequest();
    const body = readBody(request, controller.signal);
    request.write('a=');
    controller.abort();
    const late = new Refusal('body_incomplete', 'it did not arrive within the deadline');
    await expect(body).rejects.toThrow(late);
    expect(request.destroyed).toBe(false);
  });

  it('where the deadline had passed before', async () => {
    const late = new Refusal('body_incomplete', 'it did not arrive within the deadline');
    await expect(readBody(createRequest(), AbortSignal.abort())).rejects.toThrow(late);
  });
});

describe('a body that was read', () => {
  it('leaves no listener behind but the one that keeps a late error from ending the process', async () => {
    const controller = new AbortController();
    const request = createRequest();
    request.end('a=b');
    await readBody(request, controller.signal);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    expect(request.listenerCount('data')).toBe(0);
    expect(request.listenerCount('close')).toBe(0);
    expect(request.listenerCount('error')).toBe(1);
  });
});
