/**
 * What a prober is told: its JSON file, as the deployment writes it, into typed values.
 */

import * as v from 'valibot';
import { isServiceAccountEmail, isUserEmail } from '../shared/member.ts';

const text = v.pipe(v.string(), v.nonEmpty());
const url = v.pipe(v.string(), v.url());
const serviceAccount = v.pipe(
  v.string(),
  v.check(isServiceAccountEmail, 'is no e-mail of a service account'),
);

const Config = v.strictObject({
  projectId: text,
  /** Of the functions that are probed. */
  region: text,
  /** Who checks callers in front of the functions. */
  edge: v.picklist(['iam', 'function']),
  impersonate: v.strictObject({ url, audience: text }),
  /** With a user that nobody granted to the prober. */
  delegate: v.nullable(
    v.strictObject({
      url,
      audience: text,
      user: v.pipe(v.string(), v.check(isUserEmail, 'is no e-mail of a user')),
    }),
  ),
  /** What the prober may become, and what it may not. */
  target: serviceAccount,
  forbiddenTarget: serviceAccount,
  /** What `target` may read. */
  bucket: text,
  object: text,
});

export type ProbeConfig = v.InferOutput<typeof Config>;

/** Throws an error that names each field and says what is wrong with it. */
export function parseConfig(json: string): ProbeConfig {
  const result = v.safeParse(Config, JSON.parse(json));
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => `${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`);
  throw new Error(`the configuration of the prober does not fit; ${problems.join('; ')}`);
}
