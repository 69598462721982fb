/** What gcloud says of `cloudbuild.yaml`, which it would send to Google: its own loader, without sending. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLOUDBUILD, ROOT } from './build.ts';

const LOAD = `
import sys
for folder in ('lib/third_party', 'lib'):
    sys.path.insert(0, sys.argv[1] + '/' + folder)
from googlecloudsdk.api_lib.cloudbuild import cloudbuild_util, config
build = config.LoadCloudbuildConfigFromPath(sys.argv[2], cloudbuild_util.GetMessagesModule())
print(' '.join(step.id for step in build.steps))
`;

const sdk = sdkRoot();
const isSkipped = sdk === undefined && process.env['CI'] !== 'true';

function sdkRoot(): string | undefined {
  const env = {
    ...process.env,
    CLOUDSDK_CORE_CHECK_GCE_METADATA: 'false',
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
  };
  try {
    const args = ['info', '--format=value(installation.sdk_root)'];
    return execFileSync('gcloud', args, { env, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return undefined;
  }
}

describe.skipIf(isSkipped)(`gcloud${sdk === undefined ? ' (needs gcloud)' : ''}`, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gcloud-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function load(file: string): string {
    const env = { ...process.env, CLOUDSDK_CONFIG: folder, PYTHONWARNINGS: 'ignore' };
    return execFileSync('python3', ['-c', LOAD, sdk ?? '', file], { env, encoding: 'utf8', stdio: 'pipe' });
  }

  it('reads each step', () => {
    const steps = Array.from(CLOUDBUILD.matchAll(/^ {2}- id: (.*)$/gm), ([, id]) => id);
    expect(load(join(ROOT, 'cloudbuild.yaml')).trim()).toBe(steps.join(' '));
  });

  it.each([
    ['a field that does not exist', 'waitFor: [apply]', 'waitsFor: [apply]'],
    ['a machine that does not exist', 'E2_HIGHCPU_8', 'E2_HIGHCPU_64'],
  ])('refuses %s', (_, from, to) => {
    const file = join(folder, 'cloudbuild.yaml');
    writeFileSync(file, CLOUDBUILD.replace(from, to));
    expect(() => load(file)).toThrow('Command failed');
  });
});
