// OAuth scopes. There is no catalogue here of those that exist: a scope is known when it looks like one and is not
// among the typos.

const PREFIX = 'https://www.googleapis.com/auth/';
export const CLOUD_PLATFORM = `${PREFIX}cloud-platform`;
const SHORT_SCOPES: ReadonlySet<string> = new Set(['openid', 'email', 'profile']);

/** Near misses that people really write; a test may add its own. */
export const COMMON_TYPOS: readonly string[] = [
  `${PREFIX}cloud_platform`,
  `${PREFIX}cloudplatform`,
  `${PREFIX}devstorage.readonly`,
  `${PREFIX}drive.read_only`,
];

export interface ScopeCatalogue {
  /** Scopes that Google does not know although they look right. */
  readonly unknown: Set<string>;
  readonly isKnown: (scope: string) => boolean;
}

export function createScopeCatalogue(): ScopeCatalogue {
  const unknown = new Set(COMMON_TYPOS);
  return { unknown, isKnown: (scope) => looksRight(scope) && !unknown.has(scope) };
}

function looksRight(scope: string): boolean {
  return SHORT_SCOPES.has(scope) || /^https:\/\/[^\s"\\]+$/.test(scope);
}

/** Whether one of `accepted` (without the common prefix) is among a token's scopes. */
export function hasScope(granted: readonly string[], accepted: readonly string[]): boolean {
  return accepted.some((scope) => granted.includes(PREFIX + scope));
}
