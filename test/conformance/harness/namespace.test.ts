import { spawnSync } from 'node:child_process';
import { describe, expect, inject, it } from 'vitest';
import { inNamespace, type Network } from './namespace.ts';

const missing = inject('namespacesMissing');
const skip = missing !== undefined && process.env['CI'] !== 'true';

/** Says how connecting to an address ends: the error's code, or `refused` where somebody is there to do it. */
const CONNECT = `
const [host, port] = process.argv.slice(1);
const socket = require('node:net').connect(Number(port), host);
socket.once('error', ({ code }) => console.log(code));
socket.once('connect', () => { console.log('connected'); socket.destroy(); });`;

function connect(network: Network, host: string, port = 80): string {
  const [program, args] = inNamespace(network, [process.execPath, '-e', CONNECT, host, String(port)]);
  return spawnSync(program, args, { encoding: 'utf8' }).stdout.trim();
}

describe(`a network of its own${skip ? ` (skipped: ${missing})` : ''}`, { skip }, () => {
  it.each<[string, string]>([
    ['the metadata server', '169.254.169.254'],
    ['the machine beside it', '192.0.2.1'],
    ['the metadata server by IPv6', 'fd20:ce::254'],
  ])('has no way to %s, and says so at once', (_, host) => {
    expect(connect('plain', host)).toMatch(/^E(?:NETUNREACH|ADDRNOTAVAIL|HOSTUNREACH)$/);
  });

  it('knows no names but its own', () => {
    expect(connect('plain', 'metadata.google.internal')).toMatch(/^E(?:NOTFOUND|AI_AGAIN)$/);
    expect(connect('metadata', 'storage.googleapis.com')).toMatch(/^E(?:NOTFOUND|AI_AGAIN)$/);
    expect(connect('plain', 'localhost')).toBe('ECONNREFUSED');
  });

  it.each(['metadata.google.internal', 'metadata.google.internal.', 'metadata', '169.254.169.254'])(
    'finds the metadata server under %s where it has one',
    (host) => {
      // Nobody listens yet, but it is this network itself that says so.
      expect(connect('metadata', host)).toBe('ECONNREFUSED');
    },
  );

  it('hands on how the command ended', () => {
    const [program, args] = inNamespace('plain', ['sh', '-c', 'exit 7']);
    expect(spawnSync(program, args).status).toBe(7);
  });
});
