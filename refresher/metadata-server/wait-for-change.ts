/**
 * `wait_for_change`: an answer that is held back until there is something new, or until the client has had enough.
 *
 * https://cloud.google.com/compute/docs/metadata/querying-metadata#waitforchange
 * Tokens say when they change; what is passed on from the real server is looked at again and again.
 */

import { LIMITS } from './guards.ts';
import { sentenceReply, type Reply } from './reply.ts';

export interface Waiting {
  /** What the client has; absent: whatever there is when it asks. */
  readonly lastEtag: string | undefined;
  readonly timeoutSeconds: number;
}

interface Options {
  readonly maxWaiters: number;
  /** Calls back when anything may have changed; returns how to stop that. */
  readonly onChange: (listener: () => void) => () => void;
  readonly setTimer: (ms: number, fn: () => void) => () => void;
}

type Read = () => Reply | Promise<Reply>;

/** Waits for what `read` gives to change; `onGone` is told whom to call where the client does not wait any longer. */
export type UntilChanged = (
  read: Read,
  waiting: Waiting,
  onGone: (listener: () => void) => void,
) => Promise<Reply>;

const POLL_MS = 1_000;
const FULL = sentenceReply(503, 'Too many requests wait for a change already.', { 'Retry-After': '10' });

/** `undefined`: the client does not want to wait. */
export function parseWaiting(parameters: URLSearchParams): Waiting | undefined {
  if (parameters.get('wait_for_change') !== 'true') return undefined;
  const seconds = parameters.get('timeout_sec') ?? '';
  const { longestWaitSeconds } = LIMITS;
  return {
    lastEtag: parameters.get('last_etag') ?? undefined,
    timeoutSeconds: /^\d{1,9}$/.test(seconds)
      ? Math.min(Number(seconds), longestWaitSeconds)
      : longestWaitSeconds,
  };
}

export function createUntilChanged({ maxWaiters, onChange, setTimer }: Options): UntilChanged {
  let waiters = 0;

  return async function untilChanged(read, { lastEtag, timeoutSeconds }, onGone) {
    const first = await read();
    const known = lastEtag ?? first.etag;
    const isNews = ({ status, etag }: Reply) => status !== 200 || etag !== known;
    if (isNews(first) || timeoutSeconds === 0) return first;
    if (waiters >= maxWaiters) return FULL;

    waiters += 1;
    const stops: (() => void)[] = [];
    try {
      return await new Promise<Reply>((resolve, reject) => {
        // one look after the other, so that an older answer never overtakes a newer one
        let looking = Promise.resolve();
        const look = (isLast = false) => {
          looking = looking.then(read).then((reply) => {
            if (isLast || isNews(reply)) resolve(reply);
          });
          looking.catch(reject);
        };
        let stopPolling: (() => void) | undefined;
        const poll = () => {
          look();
          stopPolling = setTimer(POLL_MS, poll);
        };
        stops.push(
          onChange(look),
          setTimer(timeoutSeconds * 1000, () => look(true)),
          () => stopPolling?.(),
        );
        onGone(() => resolve(first));
        // at once too: something may have changed before anybody listened
        poll();
      });
    } finally {
      waiters -= 1;
      for (const stop of stops) stop();
    }
  };
}
