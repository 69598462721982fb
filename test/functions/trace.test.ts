import { describe, expect, it } from 'vitest';
import { traceOf } from '../../functions/trace.ts';

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const OTHER = '0af7651916cd43dd8448eb211c80319c';
const TRACE = `projects/acme/traces/${ID}`;

describe('the trace of a request', () => {
  it.each([
    { headers: { traceparent: `00-${ID}-00f067aa0ba902b7-01` } },
    { headers: { traceparent: `cc-${ID}-00f067aa0ba902b7-00` } },
    { headers: { 'x-cloud-trace-context': `${ID}/18446744073709551615;o=1` } },
    { headers: { 'x-cloud-trace-context': `${ID}/1` } },
    { headers: { 'x-cloud-trace-context': ID } },
    { headers: { traceparent: 'nonsense', 'x-cloud-trace-context': ID } },
  ])('is told by $headers', ({ headers }) => {
    expect(traceOf(headers, 'acme')).toBe(TRACE);
  });

  it('is that of the standard header where there are both', () => {
    const headers = { traceparent: `00-${ID}-00f067aa0ba902b7-01`, 'x-cloud-trace-context': OTHER };
    expect(traceOf(headers, 'acme')).toBe(TRACE);
  });

  it('has no name where the project is not known', () => {
    expect(traceOf({ traceparent: `00-${ID}-00f067aa0ba902b7-01` }, undefined)).toBeUndefined();
  });

  it.each([
    {},
    { traceparent: '' },
    { traceparent: ID },
    { traceparent: `00-${ID}-00f067aa0ba902b7` },
    { traceparent: `00-${ID.toUpperCase()}-00f067aa0ba902b7-01` },
    { traceparent: `00-${ID.slice(1)}-00f067aa0ba902b7-01` },
    { traceparent: `00-${ID}-00f067aa0ba902b7-01\n` },
    { traceparent: `00-${ID}-00f067aa0ba902b7-01","severity":"EMERGENCY` },
    { 'x-cloud-trace-context': `${ID}/not-a-number` },
    { 'x-cloud-trace-context': `${ID}/1;o=1;x` },
    { 'x-cloud-trace-context': `../${ID}` },
    { 'x-cloud-trace-context': [ID] },
  ])('is not told by %o', (headers) => {
    expect(traceOf(headers, 'acme')).toBeUndefined();
  });
});
