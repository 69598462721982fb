/**
 * What is passed on from the VM's own metadata server: what is named here, and nothing else.
 *
 * Attributes hold whatever people put there (`ssh-keys`, `kube-env`, `startup-script`), so a name that is not listed
 * is not even asked for, and no part of a request ever becomes a part of a path.
 */

import { directory, leaf, type Directory, type Leaf, type Reading } from './tree.ts';
import { number, text, type Value } from './values.ts';

/** Asks for a path below `/computeMetadata/v1/`. `undefined`: there is no such server. */
export type PassThrough = (
  path: string,
) => Promise<{ readonly status: number; readonly body: string } | undefined>;

/** Attributes by which TPU workers find each other (JAX, libtpu, PyTorch/XLA), and those that name a cluster. */
const ATTRIBUTES = [
  'accelerator-type',
  'agent-worker-number',
  'cluster-location',
  'cluster-name',
  'cluster-uid',
  'instance-id',
  'tpu-env',
  'worker-id',
  'worker-network-endpoints',
];

/** Where a workload runs: resource detectors of logging and monitoring, gcloud's defaults, watchers of preemption. */
const INSTANCE = [
  'cpu-platform',
  'hostname',
  'image',
  'machine-type',
  'maintenance-event',
  'name',
  'preempted',
  'region',
  'zone',
];

const SCHEDULING = ['automatic-restart', 'on-host-maintenance', 'preemptible'];

/** What of `instance/` is passed on. Nothing in it is about who asks, so that several servers may share it. */
export type PassedOn = Readonly<Record<string, Leaf | Directory>>;

export function passedOnTree(passThrough: PassThrough): PassedOn {
  const ask = shared(passThrough);
  const value = (path: string, valueOf = text) => leaf(() => readingOf(ask, path, valueOf));
  const leaves = (below: string, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, value(`${below}${name}`)]));
  return {
    attributes: directory(leaves('instance/attributes/', ATTRIBUTES), {
      keepsNames: true,
      present: () => namesAt(ask, 'instance/attributes/'),
    }),
    ...leaves('instance/', INSTANCE),
    id: value('instance/id', (digits) => number(digits) ?? text(digits)),
    scheduling: directory(leaves('instance/scheduling/', SCHEDULING)),
  };
}

/** One request for a path at a time, whoever asks: a crowd here must not become one at the real server. */
function shared(passThrough: PassThrough): PassThrough {
  const inFlight = new Map<string, ReturnType<PassThrough>>();
  return (path) => {
    const asked = inFlight.get(path);
    if (asked !== undefined) return asked;
    const asking = passThrough(path).finally(() => inFlight.delete(path));
    inFlight.set(path, asking);
    return asking;
  };
}

async function readingOf(ask: PassThrough, path: string, valueOf: (body: string) => Value): Promise<Reading> {
  try {
    const answer = await ask(path);
    if (answer?.status === 200) return valueOf(answer.body);
    return answer === undefined || answer.status < 500 ? 'absent' : 'unavailable';
  } catch {
    return 'unavailable';
  }
}

async function namesAt(ask: PassThrough, path: string): Promise<ReadonlySet<string>> {
  const answer = await ask(path).catch(() => undefined);
  return new Set(answer?.status === 200 ? answer.body.split('\n') : []);
}
