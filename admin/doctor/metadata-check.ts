/**
 * Whether the VM's own metadata server answers.
 */

import { MetadataUnreachable, type MetadataClient } from '../../refresher/vending/metadata-client.ts';
import { loggableText } from '../../shared/loggable.ts';
import { failed, ok, type Check } from './check.ts';
import { never } from './patient.ts';

export async function metadataCheck(metadata: MetadataClient, host: string): Promise<Check> {
  try {
    const [id, name, zone] = await Promise.all(
      ['id', 'name', 'zone'].map((leaf) => metadata.text(`instance/${leaf}`, never())),
    );
    if (id?.status !== 200) return noVm(host, id?.status);
    const place = loggableText(zone?.body.split('/').at(-1) ?? '');
    return ok(
      'metadata',
      `the metadata server at ${host} answers: ${loggableText(name?.body ?? '')} (${loggableText(id.body)}) in ${place}`,
    );
  } catch (error) {
    if (!(error instanceof MetadataUnreachable)) throw error;
    return failed(
      'metadata',
      error.message,
      'in a container beside a refresher: token-vending doctor --in container',
    );
  }
}

function noVm(host: string, status: number | undefined): Check {
  return failed(
    'metadata',
    `what answers at ${host} is no VM's metadata server (${status} for instance/id)`,
    'a refresher does so: token-vending doctor --in container',
  );
}
