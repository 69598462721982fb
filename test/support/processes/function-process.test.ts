import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { runFunctionToExit, startFunction, type FunctionProcess } from './function-process.ts';

// Like the deployed functions: one module, one export a function, and a start that bad configuration stops.
const SOURCE = `
import { writeSync } from 'node:fs';

if (process.env.STOP === 'yes') {
  console.error('STOP must not be yes');
  process.exit(78);
}

export const environment = (req, res) => res.json({ env: process.env, cwd: process.cwd() });

export const audit = (req, res) => {
  writeSync(1, 'prose\\n{"event":"other"}\\n{"broken\\n');
  writeSync(1, '{"event":"token_decision","outcome":"' + req.query.outcome + '","who":"' + req.query.who + '"}\\n');
  res.end();
};

export const crash = () => process.exit(3);
`;

let source: string;
const running: FunctionProcess[] = [];

async function start(target: string, env: Record<string, string> = {}): Promise<FunctionProcess> {
  const started = await startFunction({ target, source, env });
  running.push(started);
  return started;
}

beforeAll(() => {
  source = mkdtempSync(join(tmpdir(), 'function-process-'));
  writeFileSync(join(source, 'index.js'), SOURCE);
  writeFileSync(join(source, 'package.json'), '{"type":"module"}');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(running.splice(0).map((started) => started.stop()));
});

afterAll(() => rmSync(source, { recursive: true }));

describe('a function that was started', { timeout: 60_000 }, () => {
  test('answers at its address', async () => {
    const { url, port } = await start('environment');

    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect((await fetch(url)).status).toBe(200);
  });

  test('sees the environment that it was given and nothing of ours', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '/developer/key.json');
    vi.stubEnv('NODE_ENV', 'test');

    const { url } = await start('environment', { TOKEN_VENDING_AUDIENCE: 'https://example.com/v1/token' });
    const answer = await (await fetch(url)).json();

    expect(answer).toEqual({
      env: {
        PATH: expect.any(String),
        HOME: '/nonexistent',
        METADATA_SERVER_DETECTION: 'none',
        TOKEN_VENDING_AUDIENCE: 'https://example.com/v1/token',
      },
      cwd: source,
    });
  });

  test('may look for a metadata server when it was given one', async () => {
    const { url } = await start('environment', { GCE_METADATA_HOST: '127.0.0.1:1' });

    expect(await (await fetch(url)).json()).toHaveProperty('env.GCE_METADATA_HOST', '127.0.0.1:1');
    expect(await (await fetch(url)).json()).not.toHaveProperty('env.METADATA_SERVER_DETECTION');
  });

  test('has a size in memory', async () => {
    const { residentBytes } = await start('environment');

    expect(residentBytes()).toBeGreaterThan(20 * 1024 * 1024);
    expect(residentBytes()).toBeLessThan(1024 * 1024 * 1024);
  });

  test('is gone once it was stopped, and its port is free for the next one', async () => {
    const first = await start('environment');
    await first.stop();

    expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });
    const second = await startFunction({ target: 'environment', source, env: {}, port: first.port });
    running.push(second);
    expect(second.port).toBe(first.port);
  });

  test('gets signals', async () => {
    const { signal, exited } = await start('environment');
    signal('SIGTERM');

    expect((await exited).signal).toBeNull();
  });

  test('is killed when the process that started it is killed', async () => {
    const script = `
      import { startFunction } from ${JSON.stringify(join(import.meta.dirname, 'function-process.ts'))};
      const { pid } = await startFunction(${JSON.stringify({ target: 'environment', source, env: {} })});
      console.log(pid);
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(parent.stdout, 'data');
    const pid = Number(line);
    expect(isAlive(pid)).toBe(true);

    parent.kill('SIGKILL');

    await vi.waitUntil(() => !isAlive(pid), { timeout: 10_000, interval: 5 });
  });
});

describe('what a function writes', { timeout: 60_000 }, () => {
  test('is kept whole', async () => {
    const { url, stdout, stderr, waitForAuditLine } = await start('audit');
    await fetch(`${url}/?outcome=granted&who=å`);
    await waitForAuditLine(1);

    expect(stdout()).toMatch(/^Serving function\.\.\./);
    expect(stdout()).toContain('prose\n{"event":"other"}\n{"broken\n{"event":"token_decision"');
    expect(stderr()).toBe('');
  });

  test('holds audit lines among other lines', async () => {
    const { url, auditLines, waitForAuditLine } = await start('audit');
    expect(auditLines()).toEqual([]);
    await fetch(`${url}/?outcome=granted&who=å`);
    await waitForAuditLine(1);

    expect(auditLines()).toEqual([{ event: 'token_decision', outcome: 'granted', who: 'å' }]);
  });

  test('can be waited for, by what an audit line says or by its number', async () => {
    const { url, waitForAuditLine } = await start('audit');
    const refused = waitForAuditLine((line) => line['outcome'] === 'refused');
    const second = waitForAuditLine(2);
    await fetch(`${url}/?outcome=granted`);
    await fetch(`${url}/?outcome=refused`);

    expect(await refused).toMatchObject({ outcome: 'refused' });
    expect(await second).toBe(await refused);
    expect(await waitForAuditLine(1)).toMatchObject({ outcome: 'granted' });
  });

  test('is in the error when no such audit line comes', async () => {
    const { waitForAuditLine, signal } = await start('audit');

    await expect(waitForAuditLine(1, { timeoutMs: 20 })).rejects.toThrow(
      /no such audit line within 20 ms[^]*Serving function/,
    );
    const waiting = waitForAuditLine(1);
    signal('SIGKILL');
    await expect(waiting).rejects.toThrow(/before the process ended/);
  });
});

describe('a function that does not start', { timeout: 60_000 }, () => {
  test('fails at once with what it wrote', async () => {
    const started = startFunction({ target: 'environment', source, env: { STOP: 'yes' } });

    await expect(started).rejects.toThrow(/ended \(78\) instead of listening[^]*STOP must not be yes/);
  });

  test('can be what a test is about', async () => {
    const finished = await runFunctionToExit({ target: 'environment', source, env: { STOP: 'yes' } });

    expect(finished).toEqual({ code: 78, signal: null, stdout: '', stderr: 'STOP must not be yes\n' });
  });

  test('is not one that starts after all', async () => {
    await expect(runFunctionToExit({ target: 'environment', source, env: {} })).rejects.toThrow(
      /started instead of ending/,
    );
  });

  test('is not started at all on a port that is in use', async () => {
    const { port } = await start('environment');

    await expect(startFunction({ target: 'environment', source, env: {}, port })).rejects.toThrow(
      `port ${port} is in use`,
    );
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
