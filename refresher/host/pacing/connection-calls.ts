/**
 * What can be done about a connection by system calls alone.
 */

import type { Libc } from '../kernel/libc.ts';
import { createCutOff, type CutOff } from './cut-off.ts';
import { createSentAhead, type SentAhead } from './sent-ahead.ts';

export interface ConnectionCalls {
  readonly hasSentAhead: SentAhead;
  readonly cutOff: CutOff;
}

export function createConnectionCalls(libc: Libc | undefined): ConnectionCalls {
  return { hasSentAhead: createSentAhead(libc), cutOff: createCutOff(libc) };
}
