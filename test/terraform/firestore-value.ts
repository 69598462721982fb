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
  const [[kind, content] = []] = Object.entries(value);
  switch (kind) {
    case 'stringValue':
      return content;
    case 'integerValue':
      return Number(content);
    case 'arrayValue':
      return (content as { values: Value[] }).values.map(plain);
    case 'mapValue':
      return mapOf((content as { fields: Record<string, Value> }).fields);
    default:
      throw new Error(`no value of Firestore: ${String(kind)}`);
  }
}
