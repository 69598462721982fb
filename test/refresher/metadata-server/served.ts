/**
 * A metadata server on a port of its own, over hand-made accounts, and how a client asks it: the path as it stands,
 * without anything that would mend it on the way.
 */

import { request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import { onTestFinished } from 'vitest';
import type { Severity } from '../../../refresher/log.ts';
import { passedOnTree, type PassThrough } from '../../../refresher/metadata-server/pass-through.ts';
import {
  createMetadataServer,
  listen,
  type MetadataServerOptions,
} from '../../../refresher/metadata-server/server.ts';
import type { Account } from '../../../refresher/tokens/account.ts';
import { createHandMadeAccount } from './hand-made-account.ts';

export const V1 = '/computeMetadata/v1';
export const ACCOUNTS = `${V1}/instance/service-accounts`;

export interface Line {
  readonly severity: Severity;
  readonly message: string;
  readonly fields: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface AskOptions {
  readonly method?: string;
  /** Besides, or (`undefined`) instead of, what clients send. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

export interface Served {
  readonly server: Server;
  readonly port: number;
  readonly ask: (path: string, options?: AskOptions) => Promise<Answer>;
  /** Resolves with the body of a path that has to answer 200. */
  readonly body: (path: string) => Promise<string>;
  readonly lines: readonly Line[];
  /** Paths that the real metadata server was asked for. */
  readonly passedOn: readonly string[];
}

interface Options extends Partial<Omit<MetadataServerOptions, 'accounts' | 'passedOn'>> {
  readonly accounts?: readonly Account[];
  /** What the real metadata server holds. */
  readonly real?: Readonly<Record<string, string>>;
  readonly passThrough?: PassThrough;
}

/** Closes with the test. */
export async function serve(options: Options = {}): Promise<Served> {
  const lines: Line[] = [];
  const paths: string[] = [];
  const { accounts = [createHandMadeAccount()], real = {}, passThrough = askReal, ...more } = options;

  async function askReal(path: string) {
    paths.push(path);
    const body = real[path];
    return body === undefined ? { status: 404, body: 'none' } : { status: 200, body };
  }

  const server = createMetadataServer({
    accounts,
    project: { projectId: async () => 'acme-data', numericProjectId: async () => '326694433618' },
    guards: { allowRemotePeers: false, hosts: [] },
    log: (severity, message, fields) => lines.push({ severity, message, fields }),
    passedOn: passedOnTree(passThrough),
    ...more,
  });
  const { address } = await listen(server, { kind: 'tcp', host: '127.0.0.1', port: 0 });
  const port = Number(address.split(':').at(-1));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const ask = (path: string, asked: AskOptions = {}) => askAt({ host: '127.0.0.1', port }, path, asked);
  return {
    server,
    port,
    ask,
    lines,
    passedOn: paths,
    async body(path) {
      const { status, body } = await ask(path);
      if (status !== 200) throw new Error(`${path} answered ${status}`);
      return body;
    },
  };
}

type Destination = { readonly host: string; readonly port: number } | { readonly socketPath: string };

export function askAt(
  destination: Destination,
  path: string,
  { method = 'GET', headers = {}, signal }: AskOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      ...destination,
      path,
      method,
      headers: present({ 'metadata-flavor': 'Google', ...headers }),
      agent: false,
      ...(signal && { signal }),
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    request.end();
  });
}

function present(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
