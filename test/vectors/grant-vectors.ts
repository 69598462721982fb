/**
 * Documents that must not grant what is asked: `grants.yaml`, and the builder that makes documents of its recipes.
 */

import * as v from 'valibot';
import { KILL_SWITCH_PATH, PRINCIPALS } from '../../shared/grants/grant-store.ts';
import { ALICE, ALICE_GRANT, TRAINER, TRAINER_GRANT, type Vm } from '../support/world/world.ts';
import { fill } from './placeholders.ts';
import { buildRequest, ordinaryRequest, type VectorRequest } from './request-vectors.ts';
import { loadVectors, type Vector } from './vector-file.ts';

const fields = v.custom<Readonly<Record<string, unknown>>>((value) => typeof value === 'object');
const names = v.optional(v.array(v.string()), []);

const recipe = {
  function: v.optional(v.picklist(['impersonate', 'delegate']), 'impersonate'),
  /** Laid over the fleet's document. */
  fleet: v.optional(fields, {}),
  removeFromFleet: names,
  withoutFleet: v.optional(v.boolean(), false),
  /** Laid over its grant. */
  grant: v.optional(fields, {}),
  removeFromGrant: names,
  /** Whole documents. */
  instance: v.optional(fields),
  killSwitch: v.optional(fields),
  /** As in `requests.yaml`. */
  request: v.optional(
    v.strictObject({ set: v.optional(v.record(v.string(), v.string()), {}), remove: names }),
    {},
  ),
};

type Recipe = v.InferOutput<v.StrictObjectSchema<typeof recipe, undefined>>;

export type GrantVector = Vector<Recipe>;

export function loadGrantVectors(): readonly GrantVector[] {
  return loadVectors('grants.yaml', recipe);
}

/** Documents by path; those that are not there are not stored. */
export function buildGrantDocuments(
  { recipe: row }: Pick<GrantVector, 'recipe'>,
  vm: Vm,
  nowSeconds: number,
): Readonly<Record<string, unknown>> {
  const member = row.function === 'delegate' ? `user:${ALICE}` : `serviceAccount:${TRAINER}`;
  const plain = Object.entries({ ...TRAINER_GRANT, ...ALICE_GRANT }).find(([key]) => key === member)?.[1];
  const facts = {
    now: nowSeconds,
    email: vm.identity.serviceAccount,
    'unique id': vm.identity.uniqueId,
    'fleet id': vm.fleetId,
    'instance id': vm.instanceId,
    grants: { [member]: plain },
  };
  const grant = without({ ...plain, ...row.grant }, row.removeFromGrant);
  const fleet = { uniqueId: '<unique id>', grants: { [member]: grant }, ...row.fleet };
  const documents = {
    ...(!row.withoutFleet && { [`${PRINCIPALS}/${vm.fleetId}`]: without(fleet, row.removeFromFleet) }),
    ...(row.instance !== undefined && { [`${PRINCIPALS}/${vm.instanceId}`]: row.instance }),
    ...(row.killSwitch !== undefined && { [KILL_SWITCH_PATH]: row.killSwitch }),
  };
  return fill(documents, facts) as Readonly<Record<string, unknown>>;
}

export function buildGrantRequest({ recipe: row }: GrantVector, identityToken: string): VectorRequest {
  return buildRequest(ordinaryRequest(row.function, row.request), identityToken);
}

function without(document: Readonly<Record<string, unknown>>, removed: readonly string[]) {
  return Object.fromEntries(Object.entries(document).filter(([name]) => !removed.includes(name)));
}
