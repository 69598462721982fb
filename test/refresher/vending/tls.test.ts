import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCertificates, type Certificates } from '../../conformance/harness/certificates.ts';

const CALL_ONCE = fileURLToPath(new URL('call-once.ts', import.meta.url));
const run = promisify(execFile);

describe('over TLS', () => {
  let folder: string;
  let certificates: Certificates;
  let server: Server;
  let connections = 0;
  let requests = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tls-'));
    certificates = await createCertificates(folder);
    const { certificate: cert, key } = certificates;
    server = createServer({ cert, key }, (_request, response) => {
      requests += 1;
      response.end('reached');
    });
    server.on('connection', () => (connections += 1));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** What a process with that environment gets from a server. */
  async function call(env: Record<string, string>, of = server): Promise<string> {
    const { address, port } = of.address() as AddressInfo;
    const url = `https://${address}:${port}/`;
    const { stdout } = await run(process.execPath, ['--no-warnings', CALL_ONCE, url], { env });
    return stdout;
  }

  it('a function is reached whose certificate is trusted', async () => {
    expect(await call({ NODE_EXTRA_CA_CERTS: certificates.caFile })).toBe('reached');
  });

  it.each([
    { what: 'no reason to trust it', env: {} },
    { what: 'a variable that turns the check off', env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } },
  ])('nothing is sent to one for which there is $what', async ({ env }) => {
    const before = [connections, requests] as const;
    expect(await call(env)).toMatch(/^its certificate or its TLS is not accepted/);
    expect([connections, requests]).toEqual([before[0] + 1, before[1]]);
  });

  it('nothing is sent to one whose certificate is of another name', async () => {
    const { certificate: cert, key } = certificates;
    const other = createServer({ cert, key }, () => (requests += 1)).listen(0, '127.0.0.2');
    await once(other, 'listening');
    const before = requests;
    const said = await call({ NODE_EXTRA_CA_CERTS: certificates.caFile }, other);
    expect(said).toBe('its certificate or its TLS is not accepted (ERR_TLS_CERT_ALTNAME_INVALID)');
    expect(requests).toBe(before);
    other.close();
  });

  it.each(['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY'])(
    'a function is reached directly, whatever %s says, and even where Node was told to heed that',
    async (name) => {
      const env = {
        NODE_EXTRA_CA_CERTS: certificates.caFile,
        NODE_USE_ENV_PROXY: '1',
        [name]: 'http://127.0.0.1:9',
      };
      expect(await call(env)).toBe('reached');
    },
  );
});
