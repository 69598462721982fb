/**
 * The refresher beside worker-1: the bundle, as processes of their own, and a shell for the commands that the tour shows.
 */

import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  runRefresher,
  startRefresher,
  type Ended,
  type RefresherProcess,
} from '../../refresher/refresher-process.ts';
import { ALICE, AUDIENCES, TRAINER, type FunctionName } from '../world/world.ts';
import type { Teardown } from './teardown.ts';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const PROGRAM = 'test/support/tour/any-program.mjs';

export interface Refresher extends RefresherProcess {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly url: string;
}

export interface Refreshers {
  /** Points a refresher at worker-1, at the functions and at the one that stays up. */
  readonly environment: () => Promise<Readonly<Record<string, string>>>;
  /** The one that stays up, for the trainer account and for alice. Whoever asks first starts it, as with the other. */
  readonly lasting: () => Promise<Refresher>;
  /** For the trainer account alone. */
  readonly second: () => Promise<Refresher>;
  /** Runs a command as somebody on worker-1 would, with `refresher` and `node` at hand. */
  readonly shell: (command: string) => Promise<Ended>;
}

interface Surroundings {
  readonly metadataUrl: string;
  readonly functions: Readonly<Record<FunctionName, { readonly url: string }>>;
  /** For temporary files. */
  readonly folder: string;
  readonly teardown: Teardown;
}

const SERVICE_ACCOUNT = `serviceAccount:${TRAINER}`;
const TARGETS = [SERVICE_ACCOUNT, `user:${ALICE}`];

/** What `serve` takes by default; any free one where somebody else has it. */
const PREFERRED = '127.0.0.1:8174';
const ANY = '127.0.0.1:0';

export function createRefreshers({ metadataUrl, functions, folder, teardown }: Surroundings): Refreshers {
  const places = {
    TOKEN_VENDING_IMPERSONATE_URL: functions.impersonate.url,
    TOKEN_VENDING_IMPERSONATE_AUDIENCE: AUDIENCES.impersonate,
    TOKEN_VENDING_DELEGATE_URL: functions.delegate.url,
    TOKEN_VENDING_DELEGATE_AUDIENCE: AUDIENCES.delegate,
    TOKEN_VENDING_METADATA_HOST: new URL(metadataUrl).host,
  };
  let lasting: Promise<Refresher> | undefined;
  let second: Promise<Refresher> | undefined;

  async function serve(targets: readonly string[], listen: string): Promise<Refresher> {
    const args = ['serve', '--listen', listen, ...targets.flatMap((target) => ['--target', target])];
    const started = await startRefresher({ args, env: places });
    await teardown.add(started.stop);
    const host = await started.address();
    return { ...started, host, url: `http://${host}` };
  }

  const refreshers: Refreshers = {
    lasting: () => (lasting ??= serve(TARGETS, PREFERRED).catch(() => serve(TARGETS, ANY))),
    second: () => (second ??= serve([SERVICE_ACCOUNT], ANY)),

    async environment() {
      const { host } = await refreshers.lasting();
      return { TOKEN_VENDING_TARGET: TARGETS.join(','), TOKEN_VENDING_LISTEN: host, ...places };
    },

    async shell(command) {
      const env = {
        ...(await refreshers.environment()),
        PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
        TMPDIR: folder,
      };
      const words = [`cd "${ROOT}"`, 'refresher() { node dist/refresher.mjs "$@"; }', command];
      return runRefresher({ program: ['/bin/sh', '-c'], args: [words.join('\n')], env });
    },
  };
  return refreshers;
}
