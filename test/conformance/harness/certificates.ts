/** An authority that lives as long as one run, and its certificate for `localhost`. */

import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Certificates {
  /** PEM file of the authority. */
  readonly caFile: string;
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}

const LEAF = `subjectAltName=DNS:localhost,IP:127.0.0.1
basicConstraints=critical,CA:FALSE
extendedKeyUsage=serverAuth
`;

export async function createCertificates(folder: string): Promise<Certificates> {
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await writeFile(at('leaf.ext'), LEAF);
  const authority = ['-x509', '-subj', '/CN=Conformance authority', '-days', '2'];
  openssl('req', ...authority, ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem');
  openssl('req', '-new', '-subj', '/CN=localhost', ...newKey, '-keyout', 'leaf.key', '-out', 'leaf.csr');
  const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
  openssl('x509', '-req', '-in', 'leaf.csr', ...signing, '-extfile', 'leaf.ext', '-out', 'leaf.pem');
  return {
    caFile: at('ca.pem'),
    certificate: await readFile(at('leaf.pem'), 'utf8'),
    key: await readFile(at('leaf.key'), 'utf8'),
  };
}
