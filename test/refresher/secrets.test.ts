/**
 * A whole run of the refresher, in every command and every kind of trouble, and then a search for pieces of each token
 * that existed in everything that it wrote.
 */

import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Fault, Route } from '../support/google/fake-google.ts';
import type { LoopbackServer } from '../support/google/loopback-server.ts';
import { leaksIn } from '../support/processes/leaks.ts';
import { sendRaw } from '../support/processes/raw-http.ts';
import { API_AUDIENCE } from '../support/world/world.ts';
import { runRefresher, startRefresher, type RefresherProcess } from './refresher-process.ts';
import { ALICE_TARGET, getMetadata, getToken, setStage, type RefresherStage } from './stage.ts';
import { halfABody, json, notHttp, status } from './vending/answers.ts';
import { startWiretap, type Forgery } from './wiretap.ts';

const BOB = 'user:bob@example.com';
const ACCOUNT = '/computeMetadata/v1/instance/service-accounts/default';

/** What a function or something in its place may answer, with the token that it was shown in it. */
const GARBAGE_OF_FUNCTIONS: Readonly<Record<string, Forgery>> = {
  'a page': (response, token) => status(200, `<p>${token}`, { 'content-type': 'text/html' })(response),
  'a refusal': (response, token) =>
    json(400, { error: 'invalid_target', error_description: token, error_uri: token })(response),
  'an error by that name': (response, token) => json(400, { error: token })(response),
  'a fault': (response, token) => json(500, { error: 'server_error', error_description: token })(response),
  'an outage': (response, token) => status(503, token, { 'retry-after': token })(response),
  'a challenge': (response, token) => status(401, token, { 'www-authenticate': `Bearer ${token}` })(response),
  'a redirect': (response, token) => status(302, '', { location: `http://127.0.0.1:1/${token}` })(response),
  'a reason': (response, token) => void response.writeHead(403, token).end(token),
  'another type': (response, token) =>
    json(200, { access_token: token, token_type: token, expires_in: 3600 })(response),
  'a life that is none': (response, token) =>
    json(200, { access_token: token, token_type: 'Bearer', expires_in: token })(response),
  'two tokens': (response, token) =>
    json(200, { access_token: `${token} ${token}`, token_type: 'Bearer', expires_in: 3600 })(response),
  'broken JSON': (response, token) =>
    status(200, `{"access_token":"${token}`, { 'content-type': 'application/json' })(response),
  'half a body': (response) => halfABody(response),
  'another protocol': (response) => notHttp(response),
  'no HTTP but a token': (response, token) => void response.socket?.end(`${token}\r\n\r\n`),
  'scopes that are tokens': (response, token) =>
    json(200, { access_token: 'opaque', token_type: 'Bearer', expires_in: 3600, scope: token })(response),
};

/** The same of the VM's metadata server. */
const FLAVOR = { 'metadata-flavor': 'Google' };
const GARBAGE_OF_METADATA: Readonly<Record<string, Forgery>> = {
  'a token of nobody': (response, token) => status(200, token)(response),
  'two tokens': (response, token) => status(200, `${token}\n${token}`, FLAVOR)(response),
  'a token in a sentence': (response, token) => status(200, `Here: ${token}`, FLAVOR)(response),
  'an error': (response, token) => status(500, token, FLAVOR)(response),
  'a refusal': (response, token) => void response.writeHead(404, token, FLAVOR).end(token),
};

/** What real functions come to when Google does not work. */
const FAULTS: readonly (readonly [Route, Fault])[] = [
  ['generateAccessToken', { kind: 'status', status: 403 }],
  ['generateAccessToken', { kind: 'truncatedJson' }],
  ['generateIdToken', { kind: 'html', status: 502 }],
  ['oauthToken', { kind: 'noAccessToken' }],
];

/** Of a JWT; of anything else none. */
function audienceOf(token: string): readonly string[] {
  if (!token.startsWith('eyJ')) return [];
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    aud: string;
  };
  return [claims.aud];
}

describe('a whole run', () => {
  let stage: RefresherStage;
  let folder: string;
  let tokenFile: string;
  let env: Record<string, string>;
  const taps: LoopbackServer[] = [];
  /** Every token that was sent or handed out. */
  const secrets = new Set<string>();
  /** Standard output and standard error of every process but for what `token` printed. */
  const written: string[] = [];
  /** What clients were answered, but for ID tokens. */
  const answers: string[] = [];
  /** Every file and folder that was there at one time or another, but for the token file. */
  const files = new Map<string, string>();
  let printed = '';
  let kept = '';

  beforeAll(async () => {
    stage = await setStage();
    folder = await mkdtemp(join(tmpdir(), 'secrets-'));
    tokenFile = join(folder, 'token');
    const [impersonate, delegate, metadata] = await Promise.all([
      tap(stage.functions.impersonate.url),
      tap(stage.functions.delegate.url),
      tap(stage.metadata.url),
    ]);
    env = {
      ...stage.env,
      TOKEN_VENDING_IMPERSONATE_URL: impersonate.url,
      TOKEN_VENDING_DELEGATE_URL: delegate.url,
      TOKEN_VENDING_METADATA_HOST: metadata.host,
      TMPDIR: folder,
      HOME: folder,
    };
    await serveTwo();
    await serveInTrouble();
    await runCommands();
    await mistakeTokens();
    await collectFiles();
  }, 180_000);

  afterAll(async () => {
    await Promise.all(taps.map(({ close }) => close()));
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function tap(upstream: string, forgery?: Forgery): Promise<LoopbackServer> {
    const started = await startWiretap(upstream, secrets, forgery);
    taps.push(started);
    return started;
  }

  async function serve(args: readonly string[], changes: Readonly<Record<string, string>> = {}) {
    const refresher = await startRefresher({ args: ['serve', ...args], env: { ...env, ...changes } });
    return { refresher, address: await refresher.address() };
  }

  async function end(refresher: RefresherProcess): Promise<void> {
    refresher.signal('SIGTERM');
    const { stdout, stderr } = await refresher.ended;
    written.push(stdout, stderr);
  }

  async function run(args: readonly string[], changes: Readonly<Record<string, string>> = {}) {
    const ended = await runRefresher({ args, env: { ...env, ...changes } });
    written.push(ended.stderr);
    return ended;
  }

  async function collectFiles(): Promise<void> {
    for (const name of await readdir(folder, { recursive: true })) {
      const path = join(folder, name);
      const isFile = (await stat(path)).isFile();
      if (path !== tokenFile) files.set(path, isFile ? await readFile(path, 'utf8') : '');
    }
  }

  /** Everything that clients ask for, and what some send that they should not. */
  async function serveTwo(): Promise<void> {
    const targets = ['--target', `${stage.env['TOKEN_VENDING_TARGET']},${ALICE_TARGET}`];
    const { refresher, address } = await serve([...targets, '--metrics', '--token-file', tokenFile]);
    const port = Number(address.split(':')[1]);
    answers.push((await getToken(address)).body, (await getToken(address, 'alice@example.com')).body);
    await vi.waitFor(async () => {
      kept = await readFile(tokenFile, 'utf8');
    });
    const idToken = await getMetadata(address, `${ACCOUNT}/identity?audience=${API_AUDIENCE}`);
    expect(idToken.status).toBe(200);
    for (const [route, fault] of FAULTS.slice(2)) {
      stage.world.google.faults.set(route, fault);
      answers.push((await getMetadata(address, `${ACCOUNT}/identity?audience=https://${route}`)).body);
      stage.world.google.faults.clear();
    }

    const token = JSON.parse(answers[0] ?? '{}') as { access_token: string };
    for (const secret of [token.access_token, idToken.body, stage.vm.identityToken('impersonate')]) {
      secrets.add(secret);
      const paths = ['/healthz', '/metrics', `/${secret}`, `${ACCOUNT}/${secret}`, '/?recursive=true'];
      paths.push(`${ACCOUNT}/identity?audience=${secret}`, `${ACCOUNT}/token?scopes=${secret}`);
      for (const path of paths) answers.push((await getMetadata(address, path)).body);
      const head = (lines: string) => `GET ${ACCOUNT}/token HTTP/1.1\r\n${lines}\r\n`;
      const requests = [
        head(`host: ${secret}\r\nmetadata-flavor: Google\r\n`),
        head(`host: metadata\r\nmetadata-flavor: ${secret}\r\n`),
        head(`host: metadata\r\nmetadata-flavor: Google\r\nx-forwarded-for: ${secret}\r\n`),
        head(`host: metadata\r\n${secret}\r\n`),
        `POST /${secret} HTTP/1.1\r\nhost: metadata\r\ncontent-length: ${secret.length}\r\n\r\n${secret}`,
        `${secret}\r\n\r\n`,
      ];
      for (const request of requests) {
        answers.push((await sendRaw(port, request, { timeoutMs: 1_000 })).bytes.toString());
      }
    }
    await collectFiles();
    await end(refresher);
  }

  async function serveInTrouble(): Promise<void> {
    const ask = async (changes: Readonly<Record<string, string>>, ...args: string[]) => {
      const { refresher, address } = await serve(args, changes);
      answers.push((await getToken(address)).body);
      answers.push((await getMetadata(address, '/healthz')).body);
      await end(refresher);
    };
    for (const forgery of Object.values(GARBAGE_OF_FUNCTIONS)) {
      await ask({ TOKEN_VENDING_IMPERSONATE_URL: (await tap('', forgery)).url });
    }
    for (const forgery of Object.values(GARBAGE_OF_METADATA)) {
      await ask({ TOKEN_VENDING_METADATA_HOST: (await tap('', forgery)).host });
    }
    for (const [route, fault] of FAULTS) {
      stage.world.google.faults.set(route, fault);
      await ask({}, '--target', route === 'oauthToken' ? ALICE_TARGET : `${env['TOKEN_VENDING_TARGET']}`);
      stage.world.google.faults.clear();
    }
    await ask({}, '--target', BOB);
  }

  async function runCommands(): Promise<void> {
    const exec = await startRefresher({
      args: [
        'exec',
        '--target',
        ALICE_TARGET,
        '--',
        'sh',
        '-c',
        'env; tr "\\0" " " < /proc/$PPID/cmdline; echo; read -r _',
      ],
      env,
    });
    await exec.line();
    await collectFiles();
    exec.stdin.end('\n');
    const { stdout, stderr } = await exec.ended;
    written.push(stdout, stderr);

    printed = (await run(['token'])).stdout;
    for (const args of [['token'], ['exec', '--', 'true']]) {
      written.push((await run([...args.slice(0, 1), '--target', BOB, ...args.slice(1)])).stdout);
    }
    for (const format of ['sh', 'json', 'docker', 'github']) {
      written.push((await run(['env', '--format', format, '--listen', '127.0.0.1:8174'])).stdout);
    }
    written.push((await run(['adc'])).stdout);
  }

  /** A variable that holds the wrong thing, or none where a flag was meant. */
  async function mistakeTokens(): Promise<void> {
    const token = stage.vm.identityToken('impersonate');
    secrets.add(token).add(printed.trim());
    for (const mistaken of [token, printed.trim()]) {
      const lines = [
        ...['target', 'impersonate-url', 'metadata-host', 'wait'].map((flag) => [
          'token',
          `--${flag}`,
          mistaken,
        ]),
        ...['listen', 'project', 'format'].map((flag) => ['env', `--${flag}`, mistaken]),
        ['token', '--impersonate-url', `https://${mistaken}@f.example`],
        ['serve', '--accept-host', `${mistaken} `],
        ['serve', '--metrics', mistaken],
        ['token', `--${mistaken}`],
        [mistaken],
      ];
      for (const line of lines) written.push((await run(line)).stdout);
      written.push((await run(['token'], { TOKEN_VENDING_TARGET: mistaken })).stdout);
    }
  }

  const leaks = (text: string) => leaksIn(text, secrets);

  it('had enough tokens to prove something, of every kind', () => {
    // two that were signed in one second for one audience are the same, so that audiences are counted, not tokens
    const audiences = new Set([...secrets].flatMap(audienceOf));
    // both functions and what checks callers in front of them, an API, and each server that answers garbage
    expect(audiences.size).toBe(5 + Object.keys(GARBAGE_OF_FUNCTIONS).length);
    expect([...secrets].filter((secret) => secret.startsWith('ya29.')).length).toBeGreaterThanOrEqual(2);
    expect(answers.filter((answer) => answer.includes('"access_token"')).length).toBeGreaterThanOrEqual(3);
    expect(written.join('')).toContain('A fresh token.');
    expect(written.join('')).toContain('A fresh ID token.');
    expect(written.join('')).toContain('GCE_METADATA_HOST=');
    expect([...files.keys()].join(' ')).toContain('refresher-gcloud-');
  });

  it('wrote no piece of a token to its standard output or its log', () => {
    expect(written.flatMap((text) => leaks(text))).toEqual([]);
    expect(written.join('\n')).not.toMatch(/ya29\.|eyJ[\w-]{8}|Bearer |authorization:/i);
  });

  it('wrote no piece of a token to a file but the token file', () => {
    expect(leaks(kept)).not.toEqual([]);
    expect([...files].filter(([, text]) => leaks(text).length > 0)).toEqual([]);
  });

  it('put a token into an answer nowhere but where it belongs', () => {
    const others = answers.map((text) => text.replace(/^\{"access_token":"[^"]*"/, ''));
    expect(others.flatMap(leaks)).toEqual([]);
  });

  it('printed one token where it was asked to, and nothing else', () => {
    expect(printed).toMatch(/^ya29\.[\w.-]+\n$/);
    expect(secrets).toContain(printed.trim());
  });

  it('would have noticed', () => {
    const [secret = ''] = secrets;
    expect(leaks(`... ${secret.slice(-60)} ...`)).not.toEqual([]);
  });
});
