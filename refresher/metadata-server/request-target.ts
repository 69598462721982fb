/**
 * The target of a request: its path and its query, as they came.
 */

export interface RequestTarget {
  /** Percent-encoded as it came, up to the question mark. */
  readonly path: string;
  /** Without its question mark; audiences stand in it unescaped, so that nothing here decodes it. */
  readonly query: string;
}

/** RFC 9112 §3.2.2: what a client sends to a proxy, and what a server has to take as well. */
const ABSOLUTE_FORM = /^http:\/\/([^/?#]*)/i;

export function splitTarget(url: string): RequestTarget {
  const target = url.charCodeAt(0) === SLASH ? url : withoutAuthority(url);
  const mark = target.indexOf('?');
  if (mark === -1) return { path: target, query: '' };
  return { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

const SLASH = 0x2f;

function withoutAuthority(url: string): string {
  const rest = url.replace(ABSOLUTE_FORM, '');
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** The authority that an absolute-form target names; it counts for as much as a `Host` header. */
export function authorityOf(url: string): string | undefined {
  return ABSOLUTE_FORM.exec(url)?.[1];
}

/** The names along a path; the last one is empty where it ends in a slash. `undefined`: it cannot be decoded. */
export function segmentsOf(path: string): readonly string[] | undefined {
  try {
    return path.slice(1).split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
