/**
 * Counts, in the kernel of a worker VM, the packets that leave it for the VM's own metadata server: those of the daemon,
 * and anybody else's. DNS, which is there for all, is left out.
 */

import { socketsOf } from '../../../refresher/host/kernel/cgroups.ts';
import type { HostVm } from '../../refresher/host/vm.ts';

export interface Witness {
  /** Packets since the last call. */
  readonly take: () => { readonly daemon: number; readonly others: number };
}

const DESTINATIONS = ['ip daddr 169.254.169.254', 'ip6 daddr fd20:ce::254'];

/** After all other rules: what was refused or redirected does not come here. */
const LAST = 'priority 300; policy accept;';

export function setWitness(vm: Pick<HostVm, 'cgroup' | 'run'>): Witness {
  const to = (sentence: string) => DESTINATIONS.map((one) => `    ${one} ${sentence}\n`).join('');
  const dns = '    meta l4proto { tcp, udp } th dport 53 return\n';
  const rules = `table inet witness {
  counter daemon {}
  counter others {}
  chain sent {
    type filter hook output ${LAST}
    oifname "lo" return
${dns}${to(`${socketsOf({ path: vm.cgroup('daemon') })} counter name daemon return`)}${to('counter name others')}  }
  chain passed {
    type filter hook forward ${LAST}
${dns}${to('counter name others')}  }
}
`;
  vm.run(['nft', '-f', '-'], rules);

  return {
    take() {
      const counters = vm.run(['nft', 'reset', 'counters', 'table', 'inet', 'witness']);
      const packets = (name: string) =>
        Number(new RegExp(`counter ${name} \\{\\s+packets (\\d+)`).exec(counters)?.[1]);
      return { daemon: packets('daemon'), others: packets('others') };
    },
  };
}
