/** Worker VMs, probers among them. */

import { parse } from 'yaml';
import { block, ofType, text, type Plan, type Values } from '../plan.ts';
import type { Rule } from './rule.ts';

const templates = (plan: Plan) => ofType(plan, 'google_compute_instance_template');
const addressesOf = (plan: Plan, isWrong: (values: Values) => boolean) =>
  templates(plan)
    .filter(({ values }) => isWrong(values))
    .map(({ address }) => address);

const SCOPES = ['devstorage.read_only', 'logging.write', 'monitoring.write'].map(
  (name) => `https://www.googleapis.com/auth/${name}`,
);

const METADATA = {
  'block-project-ssh-keys': 'TRUE',
  'disable-legacy-endpoints': 'TRUE',
  'enable-oslogin': 'TRUE',
  'serial-port-enable': 'FALSE',
};

export interface CloudConfig {
  readonly write_files: readonly {
    readonly path: string;
    readonly permissions: string;
    readonly content: string;
  }[];
  readonly runcmd: readonly string[];
}

export function cloudConfigOf(values: Values): CloudConfig {
  const userData = text((values['metadata'] as Values)['user-data']);
  return parse(userData) as CloudConfig;
}

const fileOf = (values: Values, path: string) =>
  cloudConfigOf(values).write_files.find((file) => file.path === path)?.content ?? '';

export const WORKER_RULES: readonly Rule[] = [
  {
    sentence: 'a token of a VM could write logs and read the package, and nothing else',
    violations: (plan) =>
      addressesOf(plan, (values) => {
        const scopes = (block(values, 'service_account')['scopes'] ?? []) as string[];
        return JSON.stringify(scopes.toSorted()) !== JSON.stringify(SCOPES);
      }),
  },
  {
    sentence: 'VMs start what they should: secure boot, a TPM, integrity monitoring',
    violations: (plan) =>
      addressesOf(plan, (values) => {
        const {
          enable_secure_boot: boot,
          enable_vtpm: tpm,
          enable_integrity_monitoring: integrity,
        } = block(values, 'shielded_instance_config');
        return boot !== true || tpm !== true || integrity !== true;
      }),
  },
  {
    sentence: 'people log in to VMs by their own names, and not by the serial port',
    violations: (plan) =>
      addressesOf(plan, (values) => {
        const metadata = values['metadata'] as Values;
        return Object.entries(METADATA).some(([key, value]) => metadata[key] !== value);
      }),
  },
  {
    sentence: 'VMs forward nothing',
    violations: (plan) => addressesOf(plan, (values) => values['can_ip_forward'] === true),
  },
  {
    sentence: 'a VM installs exactly what was built, starts the daemon, and stops where it is not concealed',
    violations: (plan) =>
      addressesOf(plan, (values) => {
        const install = fileOf(values, '/var/lib/token-vending/install.sh');
        const [first = ''] = cloudConfigOf(values).runcmd;
        const digest = /^echo '([0-9a-f]{64}) {2}'"\$package" \| sha256sum --check --quiet$/m.exec(
          install,
        )?.[1];
        return (
          digest === undefined ||
          !install.includes(`/worker-${digest}.tar.gz'`) ||
          !install.includes('\nset -eu\n') ||
          install.indexOf('sha256sum --check') > install.indexOf('tar -x') ||
          !install.includes('systemctl enable --now token-vending-host.service') ||
          !install.includes('refresher host --check') ||
          !first.startsWith('/var/lib/token-vending/install.sh || ') ||
          !first.includes('shutdown -h now')
        );
      }),
  },
  {
    sentence: 'none but services of the host pass the concealment',
    violations: (plan) =>
      templates(plan).flatMap(({ address, values }) => {
        const environment = fileOf(values, '/etc/token-vending/host.env');
        const cgroups = Array.from(
          environment.matchAll(/--allow-cgroup (\S+)/g),
          ([, cgroup = '']) => cgroup,
        );
        const strange = cgroups.filter((cgroup) => !/^system\.slice\/[\w.@-]+\.service$/.test(cgroup));
        return (cgroups.length > 0 ? strange : ['none']).map((cgroup) => `${address}: ${cgroup}`);
      }),
  },
];
