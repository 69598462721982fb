/**
 * The audience of a request for an ID token. Pure.
 *
 * Some clients escape it and some do not: Node and gcloud send `audience=https://svc/a?b=c&d=e` as it is. So the
 * audience is everything up to the next parameter that the metadata server knows, and its own ampersands are part of it.
 */

const START = /(?:^|&)audience=/;
const NEXT_PARAMETER = /&(?:format|licenses)=/;

/** No escaped audience holds one of these. */
const UNESCAPED = /[:/?&=]/;

/** `undefined`: there is none, or an empty one. */
export function audienceOf(query: string): string | undefined {
  const start = START.exec(query);
  if (start === null) return undefined;
  const rest = query.slice(start.index + start[0].length);
  const end = rest.search(NEXT_PARAMETER);
  const written = end === -1 ? rest : rest.slice(0, end);
  return written === '' ? undefined : decoded(written);
}

/** A plus sign is a space to those who escape, and a plus sign to those who do not. */
function decoded(written: string): string {
  const spaced = UNESCAPED.test(written) ? written : written.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return written;
  }
}
