/** What worker VMs install, made for real. */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from './workplace.ts';

const run = promisify(execFile);
const TIMEOUT_MS = 180_000;

describe('the worker package', () => {
  let entries: { mode: string; owner: string; path: string }[];

  beforeAll(async () => {
    await run('sh', [join(ROOT, 'refresher/host/packaging/package.sh')]);
    const { stdout } = await run('tar', ['--list', '--verbose', '--file', join(ROOT, 'dist/worker.tar.gz')]);
    const lines = stdout.trim().split('\n');
    entries = lines.map((line) => {
      const [mode = '', owner = '', , , , path = ''] = line.split(/\s+/);
      return { mode, owner, path };
    });
  }, TIMEOUT_MS);

  it('holds files alone, of root, that others may not write: unpacking changes no folder of the VM', () => {
    const wrong = entries.filter(({ mode, owner }) => !/^-rw[x-]r-[x-]r-[x-]$/.test(mode) || owner !== '0/0');
    expect(wrong).toEqual([]);
  });

  it('holds the daemon with its unit, the prober, and the Node that runs them', () => {
    expect(entries.map(({ path }) => path)).toEqual([
      'etc/systemd/system/token-vending-host.service',
      'usr/local/bin/refresher',
      'usr/local/lib/token-vending/koffi.node',
      'usr/local/lib/token-vending/node',
      'usr/local/lib/token-vending/probe.mjs',
      'usr/local/lib/token-vending/refresher-host.mjs',
      'usr/local/lib/token-vending/refresher.mjs',
    ]);
  });

  it.each(['probe/packaging/token-vending-probe.service', 'terraform/modules/worker/install.sh.tftpl'])(
    'holds what %s starts',
    (file) => {
      const started = readFileSync(join(ROOT, file), 'utf8').match(/\/usr\/local\/[\w./-]+/g) ?? [];
      const held = entries.map(({ path }) => `/${path}`);
      expect(started.length).toBeGreaterThan(0);
      expect(started.filter((path) => !held.includes(path))).toEqual([]);
    },
  );
});
