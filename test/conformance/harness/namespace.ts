/**
 * A network in which only loopback is up, for a process and all that it starts: whatever is not redirected fails at
 * once, and nothing leaves the machine.
 * https://man7.org/linux/man-pages/man1/unshare.1.html
 */

import { spawnSync } from 'node:child_process';
import { findProgram } from './find-program.ts';
import { MOUNT_NAMES } from './names.ts';

export const METADATA_ADDRESS = '169.254.169.254';

/**
 * - `plain`: loopback and nothing else.
 * - `metadata`: the metadata server's address is this network's own, and its names are known.
 */
export type Network = 'plain' | 'metadata';

/** The last alias has its dot on purpose: C libraries do not take the entry without one for the name with one. */
const METADATA_NAMES = 'metadata.google.internal metadata metadata.google.internal.';

const LOCALHOST = '127.0.0.1 localhost\n::1 localhost\n';
const HOSTS: Readonly<Record<Network, string>> = {
  plain: LOCALHOST,
  metadata: `${LOCALHOST}${METADATA_ADDRESS} ${METADATA_NAMES}\n`,
};

/** Nobody answers there, and the refusal comes at once. */
const RESOLVER = 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n';

/** $1 the network, $2 hosts, $3 resolver; the rest is the command. */
const SET_UP = `
set -e
network=$1 hosts=$2 resolver=$3; shift 3
ip link set lo up
if [ "$network" = metadata ]; then ip addr add ${METADATA_ADDRESS}/32 dev lo; fi
${MOUNT_NAMES}
exec "$@"
`;

/** The command line that runs `command` in a network of its own. */
export function inNamespace(network: Network, command: readonly string[]): [string, string[]] {
  // Whoever is not root becomes it in a user namespace of their own.
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const shell = ['/bin/sh', '-c', SET_UP, 'namespace', network, HOSTS[network], RESOLVER];
  return ['unshare', [...user, '--net', '--mount', ...shell, ...command]];
}

/** Why this machine cannot have such a network; undefined: it can. */
export function namespacesMissing(): string | undefined {
  const lacking = ['unshare', 'ip', 'mount'].find((program) => findProgram(program) === undefined);
  if (lacking !== undefined) return `no ${lacking} on the PATH`;
  const [program, args] = inNamespace('metadata', ['true']);
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status === 0) return undefined;
  return `no network namespaces: ${stderr.trim().split('\n', 1)[0] ?? ''}`;
}
