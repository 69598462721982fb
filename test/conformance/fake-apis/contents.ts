/** What there is to read: the same for every client. */

export const BUCKET = 'conformance-data';

/** What the listing clients are expected to print. */
export const OBJECT = 'letters.csv';
export const JSON_OBJECT = 'numbers.json';

export const OBJECTS = {
  [OBJECT]: 'letter,number\nalpha,1\nbeta,2\n',
  [JSON_OBJECT]: '{"seven":7}',
} as const;

export const DATASET = 'conformance_dataset';
