/**
 * A map that forgets its oldest entry rather than grow beyond a bound: what caches keep is made by callers.
 */

export function createBoundedMap<Value>(
  maxEntries: number,
): Pick<Map<string, Value>, 'get' | 'delete'> & { set(key: string, value: Value): void } {
  const entries = new Map<string, Value>();
  return {
    get: (key) => entries.get(key),
    delete: (key) => entries.delete(key),
    set(key, value) {
      const oldest = entries.size >= maxEntries ? entries.keys().next() : undefined;
      if (oldest?.done === false) entries.delete(oldest.value);
      entries.set(key, value);
    },
  };
}
