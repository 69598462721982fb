/** What there is to read: the same for every client. */

export const BUCKET = 'conformance-data';

/** What the listing clients are expected to print. */
export const OBJECT = 'letters.csv';
export const JSON_OBJECT = 'numbers.json';

/** What Terraform keeps, before anything was applied. */
const STATE = {
  version: 4,
  terraform_version: '1.0.0',
  serial: 1,
  lineage: '5f0c1a52-8d43-4c8e-9d6b-0a4f3b0e6b1d',
  outputs: {},
  resources: [],
};

export const OBJECTS = {
  [OBJECT]: 'letter,number\nalpha,1\nbeta,2\n',
  [JSON_OBJECT]: '{"seven":7}',
  'default.tfstate': JSON.stringify(STATE),
} as const;

export const DATASET = 'conformance_dataset';
