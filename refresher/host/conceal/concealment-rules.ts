/**
 * The rules that keep the VM's own metadata server from everything but the daemon and those that the operator names.
 * Never by user id: whoever is root in a container has that of the host's. Pure.
 *
 * DNS, which is on the same addresses, goes on. What a cgroup is told by is the socket's, so that whatever has none
 * that is known (a container's, on its way through) is nobody's.
 */

import { socketsOf } from '../kernel/cgroups.ts';
import { METADATA_IPV4, METADATA_IPV6 } from '../metadata-addresses.ts';

export const CONCEALMENT_TABLE = 'token_vending_conceal';

interface Options {
  readonly daemon: { readonly path: string };
  readonly allowed: readonly { readonly path: string }[];
}

export function concealmentChains({ daemon, allowed }: Options): string {
  const passes = [daemon, ...allowed].map((cgroup) => `    ${socketsOf(cgroup)} accept\n`).join('');
  const dns = '    meta l4proto { tcp, udp } th dport 53 accept\n';
  return `  chain guarded {
${dns}${passes}    reject with icmpx type admin-prohibited
  }
  chain strangers {
${dns}    reject with icmpx type admin-prohibited
  }
  chain outgoing {
    type filter hook output priority 0; policy accept;
${to('guarded')}  }
  chain passing {
    type filter hook forward priority -1; policy accept;
${to('strangers')}  }
`;
}

function to(chain: string): string {
  return `    ip daddr ${METADATA_IPV4} goto ${chain}\n    ip6 daddr ${METADATA_IPV6} goto ${chain}\n`;
}
