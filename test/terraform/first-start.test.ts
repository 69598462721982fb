/** The first start of a worker VM: what cloud-init is told, and the script that it runs, with what would touch a machine replaced. */

import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { planDeployment } from './deployments.ts';
import { ofType, text, type Values } from './plan.ts';
import { IS_SKIPPED, NEEDS } from './program.ts';
import { cloudConfigOf } from './rules/workers.ts';
import { createWorkplace } from './workplace.ts';

const hasCloudInit = spawnSync('sh', ['-c', 'command -v cloud-init']).status === 0;
const skipsCloudInit = !hasCloudInit && process.env['CI'] !== 'true';

/** What worker VMs install, in this test. */
const PACKAGE = 'in the place of what worker VMs install';

describe.skipIf(IS_SKIPPED)(`the first start of a worker VM${NEEDS}`, () => {
  let values: Values;
  let folder: string;

  beforeAll(async () => {
    const workplace = createWorkplace();
    try {
      const plan = await planDeployment(workplace, 'standard');
      values = ofType(plan, 'google_compute_instance_template')[0]?.values ?? {};
    } finally {
      workplace.remove();
    }
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'first-start-'));
    return () => rmSync(folder, { recursive: true, force: true });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** A program that writes down that it was called, and does nothing else but `does`. */
  function program(name: string, does = ''): void {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\necho "${name} $*" >> "${folder}/calls"\n${does}\n`);
    chmodSync(path, 0o755);
  }

  /** As it would run on a VM whose bucket holds `served`. */
  async function install(served: string): Promise<{ code: number; calls: string; output: string }> {
    const [script = ''] = cloudConfigOf(values)
      .write_files.filter(({ path }) => path.endsWith('/install.sh'))
      .map(({ content }) => content);
    writeFileSync(join(folder, 'served'), served);
    for (const name of ['ip', 'nft', 'tar', 'systemctl', 'refresher']) program(name);
    // the first call is for the token; of the second, what comes by standard input names it
    program(
      'curl',
      `for argument; do last=$argument; done
case $last in http://169.254.169.254/*) echo '{"access_token": "ya29.secret"}' ;;
*) cat > "${folder}/header"; cp "${folder}/served" "${folder}/worker.tar.gz" ;; esac`,
    );
    const here = script
      .replaceAll('/var/lib/token-vending', folder)
      .replaceAll('/usr/local/bin/refresher', join(folder, 'refresher'));
    writeFileSync(join(folder, 'install.sh'), here);
    const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}` };
    return new Promise((resolve) => {
      execFile('sh', [join(folder, 'install.sh')], { env }, (error, stdout, stderr) => {
        const calls = existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8') : '';
        resolve({ code: error === null ? 0 : Number(error.code), calls, output: `${stdout}${stderr}` });
      });
    });
  }

  it.skipIf(skipsCloudInit)(
    `is told in a form that cloud-init takes${hasCloudInit ? '' : ' (needs it)'}`,
    () => {
      const path = join(folder, 'user-data.yaml');
      writeFileSync(path, text((values['metadata'] as Values)['user-data']));
      const checked = spawnSync('cloud-init', ['schema', '--config-file', path], { encoding: 'utf8' });
      expect({ status: checked.status, said: checked.stderr }).toEqual({ status: 0, said: '' });
    },
  );

  it('unpacks what was built, starts the daemon, and asks whether it conceals', async () => {
    const { code, calls, output } = await install(PACKAGE);
    expect({ code, output }).toEqual({ code: 0, output: '' });
    const digest = createHash('sha256').update(PACKAGE).digest('hex');
    const steps = calls
      .trim()
      .split('\n')
      .map((call) => call.split(' ').slice(0, 2).join(' '));
    expect(steps.slice(1)).toEqual([
      'curl -fsS',
      'tar -xzf',
      'systemctl daemon-reload',
      'systemctl enable',
      'refresher host',
    ]);
    expect(calls).toContain(`/worker-${digest}.tar.gz`);
  });

  it('shows the token to the bucket alone: no list of processes has it', async () => {
    const { calls } = await install(PACKAGE);
    expect(readFileSync(join(folder, 'header'), 'utf8')).toBe(
      'header = "Authorization: Bearer ya29.secret"\n',
    );
    expect(calls).not.toContain('ya29');
  });

  it('stops before anything is unpacked where the bucket holds something else', async () => {
    const { code, calls, output } = await install('something else');
    expect(code).not.toBe(0);
    expect(output).toContain('did NOT match');
    expect(calls).not.toMatch(/^(?:tar|systemctl|refresher) /m);
  });
});
