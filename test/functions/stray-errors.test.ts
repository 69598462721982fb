import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';

const MODULE = new URL('../../functions/stray-errors.ts', import.meta.url).href;
/** As the framework does when its server listens: it prints the error as it is, and ends the process. */
const FRAMEWORK = `
  for (const event of ['unhandledRejection', 'uncaughtException'])
    process.on(event, (error) => { console.error(error.stack); process.exit(16); });`;
const SECRET = `ya29.${'A1b2'.repeat(20)}`;

/** Runs a script in a process that records stray errors. */
async function run(script: string): Promise<{ code: unknown; lines: unknown[]; output: string }> {
  const program = `import { recordStrayErrors } from '${MODULE}'; recordStrayErrors(); ${FRAMEWORK} setImmediate(() => { ${script} });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await ended) as [unknown];
  const lines = stderr.split('\n').filter((line) => line.startsWith('{'));
  return { code, lines: lines.map((line) => JSON.parse(line) as unknown), output: stdout + stderr };
}

describe('an error that nobody caught', () => {
  it('is logged where it was a rejection, and the exchanges in flight go on', async () => {
    const { code, lines, output } = await run(
      `Promise.reject(new Error('after Bearer ${SECRET}')); setTimeout(() => console.log('went on'), 20);`,
    );
    expect(code).toBe(0);
    expect(output).toContain('went on');
    expect(output).not.toContain(SECRET);
    expect(lines).toEqual([
      {
        severity: 'ERROR',
        event: 'stray_error',
        message: 'a rejection that nobody waited for',
        cause: expect.arrayContaining(['Error: after Bearer […]']) as unknown,
      },
    ]);
  });

  it('ends the process where it was an exception, and the log names no secret', async () => {
    const { code, lines, output } = await run(
      `setTimeout(() => console.log('went on'), 20); throw new Error('after Bearer ${SECRET}');`,
    );
    expect(code).toBe(70);
    expect(output).not.toContain('went on');
    expect(output).not.toContain(SECRET);
    expect(lines).toMatchObject([{ severity: 'CRITICAL', event: 'stray_error' }]);
  });

  it('may be no error at all', async () => {
    const { code, lines } = await run(`Promise.reject('${SECRET}');`);
    expect(code).toBe(0);
    expect(lines).toMatchObject([{ cause: [] }]);
  });
});
