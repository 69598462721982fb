/** A task of a worker VM, in which clients of the matrix are run: one at a time, so that what its APIs see is that client's. */

import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { PROJECT_ID } from '../../support/world/world.ts';
import { GOOGLE, spawnTethered, type Asked, type AskOptions } from '../../refresher/host/vm.ts';
import { BUCKET } from '../fake-apis/contents.ts';
import { createObserver } from '../harness/observer.ts';
import type { Observation } from '../harness/observation.ts';
import { refuseCredentials } from '../harness/refuse-credentials.ts';
import type { Identity, Installed, Place, Row } from '../harness/row.ts';
import { runClient } from '../harness/run-client.ts';
import { EMAILS, MEMBERS, type ConformanceWorld } from '../harness/world.ts';
import type { TaskApis } from './task-apis.ts';

export interface Task {
  readonly id: string;
  readonly identity: Identity;
  /** IAM member that it is to be. */
  readonly member: string;
  /** As `refresher task add` is told. */
  readonly claim: readonly string[];
  readonly run: (
    row: Row,
    installed: Installed,
  ) => Promise<{ readonly observed: Observation; readonly prints: string | undefined }>;
  readonly spawn: (words: readonly string[]) => ChildProcess;
  /** By curl, with every right of root. */
  readonly ask: (options?: AskOptions) => Promise<Asked>;
}

interface Parts extends Pick<Task, 'id' | 'identity' | 'claim' | 'ask'> {
  readonly world: ConformanceWorld;
  readonly apis: TaskApis;
  /** Where each client has a home of its own. */
  readonly folder: string;
  /** What makes of a command one inside the task. */
  readonly words: readonly string[];
}

export function createTask({ id, identity, claim, ask, world, apis, folder, words }: Parts): Task {
  const observe = createObserver(world, identity);
  let runs = 0;
  let queue: Promise<unknown> = Promise.resolve();

  function placeFor(installed: Installed): Place {
    runs += 1;
    const apiHost = `${GOOGLE}:${apis.port}`;
    return {
      mode: 'interception',
      identity,
      email: EMAILS[identity],
      installed,
      folder: join(folder, `${id}-${runs}`),
      apiUrl: `http://${apiHost}`,
      apiHost,
      // no client that is run here speaks TLS
      apiTlsUrl: '',
      caFile: '',
      projectId: PROJECT_ID,
      bucket: BUCKET,
      service: {},
    };
  }

  async function run(row: Row, installed: Installed) {
    const place = placeFor(installed);
    const command = row.command(place);
    refuseCredentials(command, place.mode);
    apis.take();
    const ended = await runClient(place.folder, { ...command, argv: within(command.argv) });
    return { observed: await observe(ended, apis.take()), prints: command.prints };
  }

  const within = (argv: readonly string[]) => [...words, ...argv] as [string, ...string[]];

  return {
    id,
    identity,
    member: MEMBERS[identity],
    claim,
    ask,
    run(row, installed) {
      const ran = queue.then(() => run(row, installed));
      queue = ran.catch(() => undefined);
      return ran;
    },
    spawn: (argv) => spawnTethered(within(argv)),
  };
}
