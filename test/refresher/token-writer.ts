/**
 * Swaps the tokens of a file as fast as it can until it is killed: `node token-writer.ts FILE`. A token says how long it
 * is, so that a reader sees whether it has all of it.
 */

import { keepTokenFile } from '../../refresher/token-file.ts';
import type { AccessTokenReading } from '../../refresher/tokens/account.ts';
import { systemClock } from '../../refresher/tokens/clock.ts';
import { AccessToken } from '../../shared/tokens.ts';

const [path = ''] = process.argv.slice(2);
let reading: AccessTokenReading | undefined;
let changed = () => {};

const file = keepTokenFile({
  path,
  account: {
    currentAccessToken: () => reading,
    onChange(listener) {
      changed = listener;
      return () => {};
    },
  },
  log: (_severity, message) => {
    throw new Error(message);
  },
  setTimer: systemClock.setTimer,
});

for (let swaps = 1; ; swaps += 1) {
  const length = 1_000 + (swaps % 7) * 1_500;
  const token = `ya29.${length}.`.padEnd(length, 'x');
  reading = { kind: 'token', token: new AccessToken(token), expiresInSeconds: 3_600, scopes: [] };
  changed();
  await file.settled();
  process.stdout.write('.');
}
