/**
 * When the next exchange is due. Pure; `random` gives numbers from 0 up to 1, so that a fleet that was started at once
 * does not ask at once.
 */

const SECOND = 1_000;

/**
 * Clients refetch while up to 360 s remain (.NET), and take a token that is good for less for none; the metadata servers
 * that they know swap earlier than that.
 */
const MIN_RESERVE_MS = 600 * SECOND;
/** An hour's token is swapped so early that half an hour without a function leaves every client its 360 s. */
const MAX_RESERVE_MS = 2_400 * SECOND;
const RESERVE_OF_LIFE = 0.7;
/** However long a token lives, grants change meanwhile. */
const MAX_OF_LIFE = 0.8;
const SWAP_JITTER = 0.1;
const MIN_SWAP_MS = 5 * SECOND;

/** Milliseconds until a token that lives so long is swapped for a fresh one. */
export function swapDelayMs(remainingMs: number, random: () => number): number {
  const reserve = Math.min(Math.max(RESERVE_OF_LIFE * remainingMs, MIN_RESERVE_MS), MAX_RESERVE_MS);
  const latest = Math.min(remainingMs - reserve, MAX_OF_LIFE * remainingMs);
  return Math.max(latest * (1 - SWAP_JITTER * random()), MIN_SWAP_MS);
}

const FIRST_RETRY_MS = 2 * SECOND;
const MAX_RETRY_MS = 60 * SECOND;
const RETRY_AFTER_JITTER = 0.1;

/** After an outage: between half and all of 2, 4, 8 … 60 s, and no earlier than the server asks for. */
export function retryDelayMs(
  { failures, retryAfterSeconds = 0 }: { readonly failures: number; readonly retryAfterSeconds?: number },
  random: () => number,
): number {
  const backoff = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), MAX_RETRY_MS) * (1 + random()) * 0.5;
  return Math.max(backoff, retryAfterSeconds * SECOND * (1 + RETRY_AFTER_JITTER * random()));
}

const CHECK_EVERY_MS = 45 * SECOND;
const CHECK_JITTER = 0.2;

/** Between two checks: so that what has changed is noticed within a minute, a slow answer included. */
export function checkDelayMs(random: () => number): number {
  return CHECK_EVERY_MS * (1 - CHECK_JITTER * random());
}

const REFUSED_RETRY_MS = 60 * SECOND;

/** After a refusal: grants are mended by people, who then wait for this. */
export function refusedDelayMs(random: () => number): number {
  return REFUSED_RETRY_MS * (0.9 + 0.2 * random());
}
