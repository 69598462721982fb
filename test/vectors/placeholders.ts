/**
 * Placeholders in a vector's texts: `<audience>`, `<now+61>`, `<email, k as K>`, `<x * 3000>`.
 *
 * They stand for what differs from one run to the next: the VM, the clock, Google's keys. One that is a whole text
 * keeps its type, so that `<now+61>` is a number there and `<attacker jwk>` an object.
 */

export type Facts = Readonly<Record<string, unknown>>;

const PLACEHOLDER = /<([^<>]+)>/g;

/** Fills in every text of a value, however deep; keys stay as they are. */
export function fill(value: unknown, facts: Facts): unknown {
  if (typeof value === 'string') return fillText(value, facts);
  if (Array.isArray(value)) return value.map((item) => fill(item, facts));
  if (typeof value !== 'object' || value === null) return value;
  // from entries, so that a member named `__proto__` is a member
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner, facts)]));
}

function fillText(text: string, facts: Facts): unknown {
  const whole = /^<([^<>]+)>$/.exec(text)?.[1];
  return whole === undefined ? fillString(text, facts) : resolve(whole, facts);
}

export function fillString(text: string, facts: Facts): string {
  return text.replace(PLACEHOLDER, (_, name: string) => String(resolve(name, facts)));
}

function resolve(name: string, facts: Facts): unknown {
  if (Object.hasOwn(facts, name)) return facts[name];

  const repeated = /^(.+) \* (\d+)$/.exec(name);
  if (repeated !== null) return (repeated[1] ?? '').repeat(Number(repeated[2]));

  const instant = /^(at )?now([+-][\d.]+)?$/.exec(name);
  if (instant !== null) {
    const seconds = Number(facts['now']) + Number(instant[2] ?? 0);
    return instant[1] === undefined ? seconds : new Date(seconds * 1000);
  }

  const [, fact = '', from = '', to = ''] = /^([\w ]+), (.+) as (.*)$/.exec(name) ?? [];
  const original = facts[fact];
  if (typeof original === 'string' && original.includes(from)) return original.replace(from, to);
  throw new Error(`a vector says <${name}>, which stands for nothing here`);
}
