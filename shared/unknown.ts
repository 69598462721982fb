/**
 * Looking into values that nobody has vouched for.
 */

/** A plain map. An object with another prototype is none: that is how a `__proto__` key would smuggle fields in. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The parsed text, or `undefined` where it is no JSON. (`JSON.parse` quotes what it could not read in its error.) */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The `code` of an error: Node's strings, gRPC's numbers. */
export function errorCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
