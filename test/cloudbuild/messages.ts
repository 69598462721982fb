/**
 * Cloud Build's own definition of its messages, as Google's client for Node carries it, and what in a value does not fit them.
 *
 * https://protobuf.dev/programming-guides/json
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

interface Field {
  readonly type: string;
  readonly rule?: 'repeated';
  readonly keyType?: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

interface Definition {
  readonly fields?: Readonly<Record<string, Field>>;
  readonly values?: Readonly<Record<string, number>>;
  readonly valuesOptions?: Readonly<Record<string, { readonly deprecated?: boolean }>>;
  readonly nested?: Readonly<Record<string, Definition>>;
}

/** From the outermost inward. */
type Scopes = readonly Definition[];

const FILE = createRequire(import.meta.url).resolve('@google-cloud/cloudbuild/build/protos/protos.json');
const ROOT = JSON.parse(readFileSync(FILE, 'utf8')) as Definition;

const SCALARS: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  bool: (value) => typeof value === 'boolean',
  int32: (value) => Number.isInteger(value),
  int64: (value) => Number.isInteger(value) || (typeof value === 'string' && /^-?\d+$/.test(value)),
  'google.protobuf.Duration': (value) => typeof value === 'string' && /^\d+(\.\d{1,9})?s$/.test(value),
};

/** Of `google.devtools.cloudbuild.v1.Build`: a sentence for each thing that does not fit. */
export function misfits(build: unknown): readonly string[] {
  const path = 'google.devtools.cloudbuild.v1.Build'.split('.');
  return misfitsOfMessage(build, path.reduce(enter, [ROOT]), 'build');
}

function enter(scopes: Scopes, name: string): Scopes {
  const inner = scopes.at(-1)?.nested?.[name];
  if (inner === undefined) throw new Error(`there is no definition of ${name}`);
  return [...scopes, inner];
}

function misfitsOfMessage(value: unknown, scopes: Scopes, at: string): readonly string[] {
  if (!isMap(value)) return [`${at} has to be a map`];
  return Object.entries(value).flatMap(([key, content]) => {
    const field =
      scopes.at(-1)?.fields?.[key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())];
    const where = `${at}.${key}`;
    if (field === undefined) return [`${where}: there is no such field`];
    if (field.options?.['(google.api.field_behavior)'] === 'OUTPUT_ONLY')
      return [`${where} is Cloud Build's to say`];
    if (field.options?.['deprecated'] === true) return [`${where} is deprecated`];
    return misfitsOfField(content, field, scopes, where);
  });
}

function misfitsOfField(
  value: unknown,
  { rule, keyType, type }: Field,
  scopes: Scopes,
  at: string,
): readonly string[] {
  if (keyType !== undefined) {
    if (!isMap(value)) return [`${at} has to be a map`];
    return Object.entries(value).flatMap(([key, one]) => misfitsOfOne(one, type, scopes, `${at}.${key}`));
  }
  if (rule === undefined) return misfitsOfOne(value, type, scopes, at);
  if (!Array.isArray(value)) return [`${at} has to be a list`];
  return value.flatMap((one, index) => misfitsOfOne(one, type, scopes, `${at}[${index}]`));
}

function misfitsOfOne(value: unknown, type: string, scopes: Scopes, at: string): readonly string[] {
  const isScalar = SCALARS[type];
  if (isScalar !== undefined)
    return isScalar(value) ? [] : [`${at} has to be a ${type}, and is ${JSON.stringify(value)}`];
  const found = find(type, scopes);
  const { values, valuesOptions } = found.at(-1) ?? {};
  if (values === undefined) return misfitsOfMessage(value, found, at);
  if (typeof value !== 'string' || !(value in values))
    return [`${at} has to be one of ${Object.keys(values).join(', ')}`];
  return valuesOptions?.[value]?.deprecated === true ? [`${at} is ${value}, which is deprecated`] : [];
}

/** A name is looked up in the scope where it stands, then further and further out. */
function find(type: string, scopes: Scopes): Scopes {
  const names = type.split('.');
  for (let depth = scopes.length; depth > 0; depth -= 1) {
    const outer = scopes.slice(0, depth);
    if (names[0] !== undefined && names[0] in (outer.at(-1)?.nested ?? {})) return names.reduce(enter, outer);
  }
  throw new Error(`there is no definition of ${type}`);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
