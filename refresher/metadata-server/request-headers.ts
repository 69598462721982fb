/**
 * The headers that somebody looks at, read once from the list as it came: nothing is dropped or joined before a guard
 * sees it, and no object is made of headers that nobody reads.
 */

const WATCHED = [
  'host',
  'metadata-flavor',
  'x-forwarded-for',
  'content-length',
  'transfer-encoding',
] as const;

/** All values of each, joined by commas; `undefined`: it was not sent. */
export type WatchedHeaders = { [Name in (typeof WATCHED)[number]]?: string };

/** @param rawHeaders names and values by turns */
export function watchedHeaders(rawHeaders: readonly string[]): WatchedHeaders {
  const found: WatchedHeaders = {};
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    for (const wanted of WATCHED) {
      // compared in full only where that could make a difference
      if (name.length !== wanted.length || name.toLowerCase() !== wanted) continue;
      const before = found[wanted];
      const value = rawHeaders[at + 1] ?? '';
      found[wanted] = before === undefined ? value : `${before}, ${value}`;
    }
  }
  return found;
}
