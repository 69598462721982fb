/**
 * What a file says about the organization, for lint to judge by. What is not said is not known, and nothing is concluded
 * from it. Pure.
 */

import * as v from 'valibot';
import { didYouMean } from '../output/nearest-name.ts';
import { FIELDS } from './grants-schema.ts';
import type { Problem } from './problem.ts';
import type { Top } from './parse-grants-files.ts';
import { isRecord } from '../../shared/unknown.ts';
import { placeOf } from './yaml-text.ts';

export interface Organization {
  readonly projects: readonly string[] | undefined;
  readonly projectNumbers: readonly number[] | undefined;
  readonly domains: readonly string[] | undefined;
  /** Whose access tokens may live longer than an hour. */
  readonly extendedLifetimes: readonly string[] | undefined;
}

export const UNKNOWN_ORGANIZATION: Organization = {
  projects: undefined,
  projectNumbers: undefined,
  domains: undefined,
  extendedLifetimes: undefined,
};

const texts = v.optional(v.array(v.string('must be a list of strings'), 'must be a list of strings'));
const organization = v.object({
  projects: texts,
  projectNumbers: v.optional(
    v.array(
      v.pipe(v.number('must be a list of whole numbers'), v.integer('must be a list of whole numbers')),
      'must be a list of whole numbers',
    ),
  ),
  domains: texts,
  extendedLifetimes: texts,
});

/** Of the one file that says something. */
export function parseOrganization(tops: readonly Top[], problems: Problem[]): Organization {
  const stating = tops.filter(({ value }) => value['organization'] !== undefined);
  const [top, second] = stating;
  if (top === undefined) return UNKNOWN_ORGANIZATION;
  const complain = ({ yaml }: Top, keys: readonly string[], message: string) =>
    void problems.push({ place: placeOf(yaml, ['organization', ...keys]), message });
  if (second !== undefined) complain(second, [], `organization stands twice: also in ${top.yaml.file}`);
  const stated = top.value['organization'];
  if (!isRecord(stated)) {
    complain(top, [], `organization must be a map with ${FIELDS.organization.join(', ')}`);
    return UNKNOWN_ORGANIZATION;
  }
  for (const field of Object.keys(stated).filter((each) => !FIELDS.organization.includes(each))) {
    complain(top, [field], `unknown field ${JSON.stringify(field)}${didYouMean(field, FIELDS.organization)}`);
  }
  const decoded = v.safeParse(organization, stated);
  if (decoded.success) return { ...UNKNOWN_ORGANIZATION, ...decoded.output };
  const [issue] = decoded.issues;
  const field = v.getDotPath(issue)?.split('.')[0] ?? '';
  complain(top, [field], `${field} ${issue.message}`);
  return UNKNOWN_ORGANIZATION;
}
