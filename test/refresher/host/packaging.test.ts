import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const hasCloudInit = spawnSync('sh', ['-c', 'command -v cloud-init']).status === 0;
const isSkipped = !hasCloudInit && process.env['CI'] !== 'true';

describe.skipIf(isSkipped)(`cloud-init${hasCloudInit ? '' : ' (needs cloud-init)'}`, () => {
  it.each(['cloud-init-cos.yaml', 'cloud-init-debian.yaml'])('takes %s', async (name) => {
    const path = fileURLToPath(new URL(`../../../refresher/host/packaging/${name}`, import.meta.url));
    const { stdout } = await promisify(execFile)('cloud-init', ['schema', '--config-file', path]);
    expect(stdout).toMatch(/^Valid (?:cloud-config|schema)/);
  });
});
