import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect, it } from 'vitest';

const run = promisify(execFile);

it('the README’s example prints what the README says', async () => {
  const readme = await readFile(new URL('README.md', import.meta.url), 'utf8');
  const [, program = '', output = ''] = /```ts\n(.*?)```.*?```text\n(.*?)```/s.exec(readme) ?? [];
  const here = new URL('.', import.meta.url).href;
  const folder = await mkdtemp(join(tmpdir(), 'readme-'));
  try {
    const file = join(folder, 'example.ts');
    await writeFile(file, program.replaceAll("from './", `from '${here}`));
    const { stdout } = await run(process.execPath, ['--disable-warning=ExperimentalWarning', file]);
    expect(stdout).toBe(output);
  } finally {
    await rm(folder, { recursive: true });
  }
});
