/** The APIs for one task alone: whose token comes here is that task's, or has crossed. */

import { startApiServer } from '../fake-apis/api-server.ts';
import type { Seen } from '../fake-apis/seen.ts';
import type { FakeGoogle } from '../../support/google/fake-google.ts';

export interface TaskApis {
  readonly port: number;
  /** Requests since the last call. */
  readonly take: () => readonly Seen[];
  readonly close: () => Promise<void>;
}

export async function startTaskApis(google: FakeGoogle): Promise<TaskApis> {
  let seen: Seen[] = [];
  const server = await startApiServer(google, (request) => void seen.push(request));
  return {
    port: Number(new URL(server.url).port),
    take() {
      const taken = seen;
      seen = [];
      return taken;
    },
    close: () => server.close(),
  };
}
