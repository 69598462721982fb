/**
 * `refresher serve`: the metadata server, until somebody ends it.
 */

import { EXIT_CODES } from '../exit-codes.ts';
import type { ServingSettings } from '../settings/settings.ts';
import type { Context } from './context.ts';
import { startServing } from './serving.ts';

export async function serve(settings: ServingSettings, { log, signal }: Context): Promise<number> {
  const serving = await startServing(settings, log);
  log('INFO', `listening on ${serving.address}`, {
    address: serving.address,
    targets: settings.targets.map(({ member }) => member),
  });
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await serving.stop();
  log('INFO', 'stopped');
  return EXIT_CODES.ok;
}
