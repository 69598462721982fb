/**
 * What a VM can ask for, one of each kind that is minted in a way of its own, with the grant that allows it.
 */

import type { Route } from '../../support/google/fake-google.ts';
import {
  DRIVE_READONLY,
  fleetDocument,
  READ_WRITE,
  SIGNER,
  TRAINER,
  type FunctionName,
  type Vm,
  type World,
} from '../../support/world/world.ts';
import type { Documents } from './lane.ts';

export type WantedKind = 'an access token' | 'an ID token' | "a user's token";

/** What a token is good for, as Google says. */
export interface Given {
  readonly principal: string;
  /** Its scopes; of an ID token, its audience. */
  readonly extent: readonly string[];
}

export interface Wanted {
  readonly documents: Documents;
  /** Parameters beyond the identity token. */
  readonly form: Readonly<Record<string, string>>;
  readonly given: Given;
  /** Of access tokens of service accounts, which alone can be asked to live less than an hour. */
  readonly lifetimeSeconds?: number;
}

interface Kind {
  readonly at: FunctionName;
  /** The method of IAM Credentials that mints it, or signs for it. */
  readonly route: Extract<Route, 'generateAccessToken' | 'generateIdToken' | 'signJwt'>;
  readonly permission: string;
  /** `index` makes it another token than any other VM's. */
  readonly want: (vm: Vm, index: number, world: World) => Wanted;
  readonly identify: (token: string, world: World) => Given | undefined;
}

const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';
const SHORTEST_LIFETIME_SECONDS = 900;

export const WANTED: Readonly<Record<WantedKind, Kind>> = {
  'an access token': {
    at: 'impersonate',
    route: 'generateAccessToken',
    permission: 'iam.serviceAccounts.getAccessToken',
    want: (vm, index) => {
      const principal = `serviceAccount:${TRAINER}`;
      const lifetimeSeconds = SHORTEST_LIFETIME_SECONDS + index;
      return {
        documents: fleetDocument(vm, { [principal]: { scopes: [READ_WRITE], lifetimeSeconds } }),
        form: {},
        given: { principal, extent: [READ_WRITE] },
        lifetimeSeconds,
      };
    },
    identify: identifyAccessToken,
  },
  'an ID token': {
    at: 'impersonate',
    route: 'generateIdToken',
    permission: 'iam.serviceAccounts.getOpenIdToken',
    want: (vm, index) => {
      const principal = `serviceAccount:${TRAINER}`;
      const resource = `https://api-${index}.example.com`;
      return {
        documents: fleetDocument(vm, { [principal]: { idTokenAudiences: [resource] } }),
        form: { requested_token_type: ID_TOKEN, resource },
        given: { principal, extent: [resource] },
      };
    },
    identify: identifyIdToken,
  },
  "a user's token": {
    at: 'delegate',
    route: 'signJwt',
    permission: 'iam.serviceAccounts.signJwt',
    want: (vm, index, { google }) => {
      const email = `user-${index}@example.com`;
      google.workspace.addUser(email);
      return {
        documents: fleetDocument(vm, { [`user:${email}`]: { signer: SIGNER, scopes: [DRIVE_READONLY] } }),
        form: {},
        given: { principal: `user:${email}`, extent: [DRIVE_READONLY] },
      };
    },
    identify: identifyAccessToken,
  },
};

function identifyAccessToken(token: string, { google }: World): Given | undefined {
  const known = google.whoIs(token);
  return known && { principal: known.principal, extent: known.scopes };
}

function identifyIdToken(token: string): Given {
  const [, claims = ''] = token.split('.');
  const { email, aud } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, string>;
  return { principal: `serviceAccount:${email}`, extent: [aud ?? ''] };
}
