/**
 * `refresher token`: one access token of the first target, and nothing else, on standard output.
 */

import { EXIT_CODES } from '../exit-codes.ts';
import type { TokenSettings } from '../settings/settings.ts';
import type { Context } from './context.ts';
import { firstTokens } from './first-tokens.ts';
import { createAccounts } from './vending.ts';

/** What goes wrong is said once, at the end. */
const silent = () => undefined;

export async function token(settings: TokenSettings, context: Context): Promise<number> {
  const [target] = settings.targets;
  const { accounts } = createAccounts({ ...settings, targets: [target] }, silent);
  try {
    const [reading] = await firstTokens(accounts, settings.waitSeconds, context);
    if (reading !== undefined) await context.print(`${reading.token.reveal()}\n`);
    return EXIT_CODES.ok;
  } finally {
    for (const account of accounts) account.stop();
  }
}
