import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EXIT_CODES } from '../../../refresher/exit-codes.ts';
import { listen } from '../../../refresher/metadata-server/server.ts';
import { askAt, serve, V1 } from './served.ts';

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'refresher-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function server(): Server {
  const created = createServer((_, response) => response.end('ok'));
  onTestFinished(() => void created.close());
  return created;
}

describe('listening', () => {
  it('tells the port that was found free', async () => {
    const { address } = await listen(server(), { kind: 'tcp', host: '127.0.0.1', port: 0 });
    expect(address).toMatch(/^127\.0\.0\.1:[1-9]\d+$/);
  });

  it('tells the name that it was given', async () => {
    const { address } = await listen(server(), { kind: 'tcp', host: 'localhost', port: 0 });
    expect(address).toMatch(/^localhost:[1-9]\d+$/);
  });

  it('says what to try where something else listens already', async () => {
    const { port } = await serve();
    const refused = listen(server(), { kind: 'tcp', host: '127.0.0.1', port });
    await expect(refused).rejects.toMatchObject({
      exitCode: EXIT_CODES.badConfiguration,
      message: `cannot listen on 127.0.0.1:${port}: something else is there: choose another --listen address, or port 0`,
    });
  });

  it('says what to try where the machine has no such address', async () => {
    const refused = listen(server(), { kind: 'tcp', host: '192.0.2.1', port: 0 });
    await expect(refused).rejects.toThrow('cannot listen on 192.0.2.1:0: this machine has no such address');
  });

  it('works on a Unix socket, which only its owner can open', async () => {
    const path = join(directory(), 'metadata.sock');
    const umask = process.umask();
    const { server: created } = await serve();
    created.close();
    created.closeAllConnections();
    expect(await listen(created, { kind: 'unix', path })).toEqual({ address: `unix:${path}` });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(process.umask()).toBe(umask);
    const ask = (host: string) =>
      askAt({ socketPath: path }, `${V1}/project/project-id`, { headers: { host } });
    expect(await ask('localhost')).toMatchObject({ status: 200, body: 'acme-data' });
    expect((await ask('evil.example')).status).toBe(403);
  });

  it('replaces the socket that a killed process has left behind', async () => {
    const path = join(directory(), 'metadata.sock');
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    expect(() => execFileSync(process.execPath, ['-e', script], { stdio: 'ignore' })).toThrow('SIGKILL');
    expect(statSync(path).isSocket()).toBe(true);
    await listen(server(), { kind: 'unix', path });
    expect((await askAt({ socketPath: path }, '/')).body).toBe('ok');
  });

  it('leaves alone a socket that somebody answers, and a file that is none', async () => {
    const path = join(directory(), 'metadata.sock');
    await listen(server(), { kind: 'unix', path });
    await expect(listen(server(), { kind: 'unix', path })).rejects.toThrow('something else is there');
    expect((await askAt({ socketPath: path }, '/')).body).toBe('ok');

    const file = join(directory(), 'notes.txt');
    writeFileSync(file, 'keep me');
    await expect(listen(server(), { kind: 'unix', path: file })).rejects.toThrow('something else');
    expect(statSync(file).size).toBe(7);
  });

  it('says what to try where the directory is missing', async () => {
    const path = join(directory(), 'missing', 'metadata.sock');
    const umask = process.umask();
    await expect(listen(server(), { kind: 'unix', path })).rejects.toThrow(
      /there is no such directory|not allowed/,
    );
    expect(process.umask()).toBe(umask);
  });
});
