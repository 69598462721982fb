/**
 * Firestore's JSON for values, as far as grants need it: https://cloud.google.com/firestore/docs/reference/rest/v1/Value
 */

type Value = Readonly<Record<string, unknown>>;

/** The fields of a document, from what Terraform writes. */
export function fieldsOf(json: string): Record<string, unknown> {
  return mapOf(JSON.parse(json) as Record<string, Value>);
}

function mapOf(fields: Readonly<Record<string, Value>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)]));
}

function plain(value: Value): unknown {
  const [[kind, content] = ['nothing', undefined]] = Object.entries(value);
  if (kind === 'stringValue') return content;
  if (kind === 'integerValue') return Number(content);
  if (kind === 'arrayValue') return (content as { values: Value[] }).values.map(plain);
  if (kind === 'mapValue') return mapOf((content as { fields: Record<string, Value> }).fields);
  throw new Error(`no value of Firestore: ${kind}`);
}
