/**
 * Where every client looks for the metadata server of its VM.
 *
 * https://cloud.google.com/compute/docs/metadata/querying-metadata
 */

export const METADATA_IPV4 = '169.254.169.254';
export const METADATA_IPV6 = 'fd20:ce::254';
export const METADATA_PORT = 80;
