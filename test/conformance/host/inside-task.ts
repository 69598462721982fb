/** What a process in a task finds around it, as if a container engine had started it on a VM of Compute Engine. */

import { PROJECT_ID } from '../../support/world/world.ts';
import { METADATA_ADDRESS } from '../harness/namespace.ts';
import { MOUNT_NAMES } from '../harness/names.ts';

/**
 * - `bridge`: a network namespace of its own, behind a bridge.
 * - `host`: a cgroup of its own, in the network of the host.
 */
export const NETWORKS = ['bridge', 'host'] as const;
export type TaskNetwork = (typeof NETWORKS)[number];

const LOCALHOST = '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n';

/** Docker writes a file of its own, and on the network of the host copies the VM's, where Google has added a line. */
const HOSTS: Readonly<Record<TaskNetwork, string>> = {
  bridge: LOCALHOST,
  host: `${LOCALHOST}${METADATA_ADDRESS} metadata.google.internal\n`,
};

/** The VM's, which Docker copies: DNS is answered on the metadata server's address. */
const RESOLVER = `nameserver ${METADATA_ADDRESS}\nsearch c.${PROJECT_ID}.internal google.internal\n`;

/** $1 hosts, $2 resolver; the rest is the command. */
const SET_UP = `
set -e
hosts=$1 resolver=$2; shift 2
${MOUNT_NAMES}
exec "$@"
`;

/** Of root in a container, whoever may not change its network. */
const WITHOUT_RIGHTS = ['setpriv', '--bounding-set=-net_admin,-net_raw,-sys_admin'];

/** The words that go in front of a command's. */
export function insideTask(network: TaskNetwork): readonly string[] {
  const shell = ['sh', '-c', SET_UP, 'task', HOSTS[network], RESOLVER];
  return ['unshare', '--mount', ...shell, ...WITHOUT_RIGHTS];
}
