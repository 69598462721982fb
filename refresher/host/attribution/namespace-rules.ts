/**
 * What is changed inside the network namespace of a task. Pure.
 *
 * Both addresses of the metadata server become the namespace's own, so that nothing leads from it to the real one, but
 * for DNS, which is on the same addresses. A neighbour that routes them through the task's own address would reach what
 * listens there, so that whatever comes in from elsewhere is dropped.
 */

import { METADATA_IPV4, METADATA_IPV6, METADATA_PORT } from '../metadata-addresses.ts';
import { NEWCOMERS_LIMIT } from './newcomers-limit.ts';

export const NAMESPACE_TABLE = 'token_vending';

const DNS_PORT = 53;

/** Before the table of local addresses, which has to make room: it comes first otherwise. */
const DNS_PREFERENCE = 50;
const LOCAL_PREFERENCE = 100;

/** For `ip -force -batch`; the second time, some of them fail, because they hold already. */
export const IPV4_COMMANDS = commands(`${METADATA_IPV4}/32`);
/** Nobody can listen at an address of which the kernel has yet to learn that it is nobody else's. */
export const IPV6_COMMANDS = commands(`${METADATA_IPV6}/128`, ' nodad');

function commands(address: string, flags = ''): string {
  const dns = (protocol: string) =>
    `rule add pref ${DNS_PREFERENCE} to ${address} ipproto ${protocol} dport ${DNS_PORT} lookup main`;
  return `link set dev lo up
address add ${address} dev lo${flags}
rule add pref ${LOCAL_PREFERENCE} lookup local
${dns('udp')}
${dns('tcp')}
rule delete pref 0 lookup local
`;
}

/**
 * What comes in is looked at twice: source routes, where the kernel follows them, name the destination only after the
 * first time. Whoever connects again and again waits in the kernel, and costs the daemon nothing.
 */
export const NAMESPACE_CHAINS = `  chain from_elsewhere {
    type filter hook prerouting priority -300; policy accept;
${both('iifname != "lo" drop')}  }
  chain to_elsewhere {
    type filter hook output priority -300; policy accept;
${both(`meta l4proto { tcp, udp } th dport ${DNS_PORT} accept`)}${both('oifname != "lo" drop')}  }
  chain arriving {
    type filter hook input priority 0; policy accept;
${both('iifname != "lo" drop')}${both(`tcp dport ${METADATA_PORT} ${NEWCOMERS_LIMIT}`)}  }
`;

function both(sentence: string): string {
  return [`ip daddr ${METADATA_IPV4}`, `ip6 daddr ${METADATA_IPV6}`]
    .map((destination) => `    ${destination} ${sentence}\n`)
    .join('');
}
