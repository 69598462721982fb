/**
 * Hostile requests: `requests.yaml`, and the builder that makes requests of its recipes.
 */

import * as v from 'valibot';
import {
  ALICE,
  API_AUDIENCE,
  AUDIENCES,
  DRIVE_READONLY,
  READ_WRITE,
  TRAINER,
} from '../support/world/world.ts';
import { fill, fillString, type Facts } from './placeholders.ts';
import { loadVectors, type Vector } from './vector-file.ts';

const pairs = v.optional(v.array(v.tuple([v.string(), v.string()])), []);

const recipe = {
  function: v.optional(v.picklist(['impersonate', 'delegate']), 'impersonate'),
  /** Parameters of the form. */
  set: v.optional(v.record(v.string(), v.string()), {}),
  remove: v.optional(v.array(v.string()), []),
  prepend: pairs,
  append: pairs,
  /** Adds parameters that nobody knows, so many bytes of them. */
  junkBytes: v.optional(v.number(), 0),
  /** The body's bytes, one a character. */
  body: v.optional(
    v.strictObject({
      text: v.optional(v.string()),
      prepend: v.optional(v.string(), ''),
      append: v.optional(v.string(), ''),
      edit: v.optional(v.array(v.strictObject({ find: v.string(), put: v.string() })), []),
    }),
    {},
  ),
  http: v.optional(
    v.strictObject({
      method: v.optional(v.string(), 'POST'),
      path: v.optional(v.string(), '/v1/token'),
      headers: v.optional(v.record(v.string(), v.string()), {}),
      remove: v.optional(v.array(v.string()), []),
    }),
    {},
  ),
};

type Recipe = v.InferOutput<v.StrictObjectSchema<typeof recipe, undefined>>;

export type RequestVector = Vector<Recipe>;

export interface VectorRequest {
  readonly method: string;
  readonly path: string;
  /** In lower case, the length included unless the row leaves it out. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export function loadRequestVectors(): readonly RequestVector[] {
  return loadVectors('requests.yaml', recipe);
}

/** The request that every row starts from, for a builder of other vectors. */
export function ordinaryRequest(
  functionName: Recipe['function'],
  changes: Readonly<Record<string, unknown>> = {},
): Pick<RequestVector, 'recipe'> {
  return { recipe: v.parse(v.strictObject(recipe), { function: functionName, ...changes }) };
}

/** @param identityToken a valid one, for the function that the row is about */
export function buildRequest(
  { recipe: row }: Pick<RequestVector, 'recipe'>,
  identityToken: string,
): VectorRequest {
  const facts = factsOf(row.function, identityToken);
  const body = buildBody(row, facts);
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(body.length),
    ...(fill(row.http.headers, facts) as Readonly<Record<string, string>>),
  };
  const kept = Object.entries(headers).filter(([name]) => !row.http.remove.includes(name));
  return {
    method: row.http.method,
    path: fillString(row.http.path, facts),
    headers: Object.fromEntries(kept),
    body,
  };
}

function buildBody(row: Recipe, facts: Facts): Buffer {
  const plain = {
    grant_type: '<token exchange>',
    subject_token: '<token>',
    subject_token_type: '<id token type>',
    audience: '<target>',
  };
  const own = Object.entries({ ...plain, ...row.set }).filter(([name]) => !row.remove.includes(name));
  const form = new URLSearchParams();
  for (const [name, value] of [...row.prepend, ...own, ...row.append]) {
    form.append(name, fillString(value, facts));
  }
  for (let index = 0; index * JUNK_PARAMETER_BYTES < row.junkBytes; index += 1) {
    form.append(`junk${String(index).padStart(JUNK_PARAMETER_BYTES - 'junk=&'.length, '0')}`, '');
  }
  const { text = form.toString(), prepend, append, edit } = row.body;
  const edited = edit.reduce((bytes, { find, put }) => {
    if (!bytes.includes(find)) throw new Error(`a vector edits ${find}, which is not there`);
    return bytes.replaceAll(find, put);
  }, text);
  return Buffer.from(prepend + edited + append, 'latin1');
}

const JUNK_PARAMETER_BYTES = 16;
const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:';

function factsOf(functionName: Recipe['function'], identityToken: string): Facts {
  const isDelegate = functionName === 'delegate';
  const email = isDelegate ? ALICE : TRAINER;
  return {
    token: identityToken,
    'forged token': identityToken.slice(0, identityToken.lastIndexOf('.') + 1) + 'A'.repeat(342),
    'token exchange': 'urn:ietf:params:oauth:grant-type:token-exchange',
    'id token type': `${TOKEN_TYPE}id_token`,
    'access token type': `${TOKEN_TYPE}access_token`,
    target: isDelegate ? `user:${email}` : `serviceAccount:${email}`,
    'target email': email,
    'upper-case target email': email.toUpperCase(),
    'service account': TRAINER,
    'granted scope': isDelegate ? DRIVE_READONLY : READ_WRITE,
    'granted resource': API_AUDIENCE,
    audience: AUDIENCES[functionName],
  };
}
