/**
 * What a grants file may say, as a JSON Schema: for editors, and for telling which field somebody misspelt. The one
 * source of `admin/grants.schema.json`. Whether a document is sound is for the functions' own decoders to say.
 */

const SERVICE_ACCOUNT_EMAIL = "^[a-z0-9_'+.-]+@[a-z0-9.-]+\\.gserviceaccount\\.com$";
const SERVICE_ACCOUNT = `^serviceAccount:${SERVICE_ACCOUNT_EMAIL.slice(1)}`;
const USER = "^user:[a-z0-9_'+.-]+@[a-z0-9.-]+$";
const INSTANCE = '^instance:[1-9][0-9]{0,14}:[1-9][0-9]{0,19}$';
const INSTANT = '^\\d{4}-\\d{2}-\\d{2}[Tt]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?([Zz]|[+-]\\d{2}:\\d{2})$';

const text = (description: string) => ({ type: 'string', minLength: 1, description });
const email = { type: 'string', pattern: SERVICE_ACCOUNT_EMAIL };
const list = (items: object, description: string) => ({ type: 'array', items, description });
const atLeastOne = (items: object, description: string) => ({ ...list(items, description), minItems: 1 });
const map = (properties: object, description: string) => ({
  type: 'object',
  description,
  properties,
  additionalProperties: false,
});

const expiresAt = {
  type: 'string',
  pattern: INSTANT,
  description: 'RFC 3339, as 2027-01-01T00:00:00Z: refused from then on',
};
const scope = { type: 'string', pattern: '^[!#-\\[\\]-~]+$' };

const common = {
  scopes: atLeastOne(scope, 'scopes of access tokens'),
  scopeSets: atLeastOne({ type: 'string' }, 'names under scopeSets, whose scopes are granted too'),
  condition: { ...text('CEL: the grant holds where it is true'), maxLength: 1024 },
  expiresAt,
};

const serviceAccountGrant = map(
  {
    ...common,
    idTokenAudiences: atLeastOne({ type: 'string', minLength: 1 }, 'audiences of ID tokens'),
    lifetimeSeconds: {
      type: 'integer',
      minimum: 900,
      maximum: 43_200,
      description: 'life of an access token, default 3600',
    },
    delegates: list(email, "IAM's impersonation chain, in order"),
  },
  'a grant of a service account',
);

const userGrant = {
  ...map(
    { signer: { ...email, description: 'the service account whose key signs for the user' }, ...common },
    'a grant of a Workspace user',
  ),
  required: ['signer'],
};

const envelope = {
  uniqueId: {
    type: 'string',
    pattern: '^[1-9][0-9]{9,24}$',
    description: "the numeric id of the caller's service account, in quotes",
  },
  disabled: { type: 'boolean', description: 'true refuses the caller' },
  expiresAt,
  grants: {
    type: 'object',
    description: 'by target',
    patternProperties: { [SERVICE_ACCOUNT]: serviceAccountGrant, [USER]: userGrant },
    additionalProperties: false,
  },
};

const fleet = {
  ...map(envelope, 'every VM that runs as this service account'),
  required: ['uniqueId', 'grants'],
};
const instance = { ...map(envelope, 'one VM'), required: ['grants'] };

const killSwitch = map(
  {
    engaged: { type: 'boolean' },
    reason: { type: 'string' },
    targets: list({ type: 'string' }, 'targets, signers and delegates that are stopped'),
    principals: list({ type: 'string' }, 'callers that are stopped'),
  },
  'what is stopped',
);

export const ORGANIZATION_FIELDS = {
  projects: list({ type: 'string' }, 'ids of the projects whose service accounts and VMs are ours'),
  projectNumbers: list({ type: 'integer' }, 'their numbers'),
  domains: list({ type: 'string' }, 'domains of our Workspace users'),
  extendedLifetimes: list(
    email,
    'service accounts that constraints/iam.allowServiceAccountCredentialLifetimeExtension names',
  ),
};

export const GRANTS_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Grants of Token Vending',
  ...map(
    {
      organization: map(ORGANIZATION_FIELDS, 'what lint should know; stored nowhere'),
      scopeSets: {
        type: 'object',
        description: 'lists of scopes by name, for the scopeSets of grants',
        additionalProperties: atLeastOne(scope, 'scopes'),
      },
      principals: {
        type: 'object',
        description: 'who may become whom',
        patternProperties: { [SERVICE_ACCOUNT]: fleet, [INSTANCE]: instance },
        additionalProperties: false,
      },
      controls: map(
        { 'kill-switch': killSwitch },
        'read by functions with a grants file; the desk leaves it alone',
      ),
    },
    'a grants file',
  ),
} as const;

/** The names that a map may have, for suggestions. */
export const FIELDS = {
  file: Object.keys(GRANTS_SCHEMA.properties),
  organization: Object.keys(ORGANIZATION_FIELDS),
  principal: Object.keys(envelope),
  serviceAccount: Object.keys(serviceAccountGrant.properties),
  user: Object.keys(userGrant.properties),
} as const;
