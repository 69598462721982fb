/**
 * The headers of a request, read from the list as they came. Nothing is dropped or joined before a guard sees it, and no
 * object is made of them that nobody else would read.
 */

import type { IncomingMessage } from 'node:http';

/** Every value of a header, whose name is given in lower case, joined by commas. `undefined`: it was not sent. */
export function headerOf({ rawHeaders }: IncomingMessage, wanted: string): string | undefined {
  let found: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    // names are compared in full only where that could make a difference
    if (name.length !== wanted.length || name.toLowerCase() !== wanted) continue;
    const value = rawHeaders[at + 1] ?? '';
    found = found === undefined ? value : `${found}, ${value}`;
  }
  return found;
}
