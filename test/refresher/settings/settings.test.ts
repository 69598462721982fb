import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../../refresher/settings/parse-arguments.ts';
import {
  parseAdc,
  parseEnv,
  parseExec,
  parseServing,
  parseToken,
} from '../../../refresher/settings/settings.ts';
import { withVariables, type Environment, type Values } from '../../../refresher/settings/values.ts';
import { failureOf } from './failures.ts';

const TRAINER = 'serviceAccount:trainer@acme-data.iam.gserviceaccount.com';
const ALICE = 'user:alice@example.com';

const BASE = {
  TOKEN_VENDING_TARGET: TRAINER,
  TOKEN_VENDING_IMPERSONATE_URL: 'https://impersonate.example',
};

function values(flags = '', environment: Environment = BASE): Values {
  const invocation = parseArguments([
    'exec',
    ...flags.split(' ').filter((word) => word !== ''),
    '--',
    'true',
  ]);
  if (invocation.kind !== 'command') throw new Error('no command');
  return withVariables(invocation.flags, environment);
}

describe('the settings', () => {
  it('have a default for all but target and function', () => {
    expect(parseExec(values())).toEqual({
      targets: [
        {
          kind: 'serviceAccount',
          email: 'trainer@acme-data.iam.gserviceaccount.com',
          member: TRAINER,
        },
      ],
      functions: {
        impersonate: {
          url: 'https://impersonate.example',
          audience: 'https://impersonate.example/v1/token',
        },
      },
      metadataHost: '169.254.169.254',
      listen: { kind: 'tcp', host: '127.0.0.1', port: 8174 },
      tokenFile: undefined,
      project: undefined,
      allowRemotePeers: false,
      acceptHosts: [],
      isMetered: false,
      waitSeconds: 60,
    });
  });

  it('come from variables, each of them', () => {
    const environment = {
      TOKEN_VENDING_TARGET: `${ALICE}, ${TRAINER},${ALICE}`,
      TOKEN_VENDING_IMPERSONATE_URL: 'https://i.example/path/',
      TOKEN_VENDING_IMPERSONATE_AUDIENCE: 'i-audience',
      TOKEN_VENDING_DELEGATE_URL: 'http://127.0.0.1:8183/',
      TOKEN_VENDING_DELEGATE_AUDIENCE: 'https://d.example/v1/token',
      TOKEN_VENDING_LISTEN: '[::1]:0',
      TOKEN_VENDING_TOKEN_FILE: '/run/token',
      TOKEN_VENDING_METADATA_HOST: '127.0.0.1:8181',
      TOKEN_VENDING_PROJECT: 'example.com:acme',
      TOKEN_VENDING_WAIT: '5',
      TOKEN_VENDING_ALLOW_REMOTE: 'true',
      TOKEN_VENDING_ACCEPT_HOST: 'metadata,refresher:8174',
      TOKEN_VENDING_METRICS: 'true',
    };
    expect(parseExec(values('', environment))).toMatchObject({
      targets: [{ member: ALICE }, { member: TRAINER }],
      functions: {
        impersonate: { url: 'https://i.example/path', audience: 'i-audience' },
        delegate: { url: 'http://127.0.0.1:8183', audience: 'https://d.example/v1/token' },
      },
      listen: { kind: 'tcp', host: '::1', port: 0 },
      tokenFile: '/run/token',
      metadataHost: '127.0.0.1:8181',
      project: 'example.com:acme',
      waitSeconds: 5,
      allowRemotePeers: true,
      acceptHosts: ['metadata', 'refresher:8174'],
      isMetered: true,
    });
  });

  it('come from a flag before a variable, and an empty variable counts as absent', () => {
    const environment = { ...BASE, TOKEN_VENDING_WAIT: '5', TOKEN_VENDING_LISTEN: ' ' };
    expect(parseExec(values('--wait 7', environment))).toMatchObject({
      waitSeconds: 7,
      listen: { port: 8174 },
    });
  });

  it('take a target in the form of an ADC file, too', () => {
    const environment = { ...BASE, TOKEN_VENDING_TARGET: `//iam.googleapis.com/${TRAINER}` };
    expect(parseToken(values('', environment)).targets[0].member).toBe(TRAINER);
  });

  it('of adc name the metadata server, unless told otherwise', () => {
    expect(parseAdc(values()).metadataHost).toBe('metadata.google.internal');
    expect(parseAdc(values('--metadata-host 127.0.0.1:1')).metadataHost).toBe('127.0.0.1:1');
  });

  it('of env need no target, and name an address that clients can call', () => {
    expect(parseEnv(values('', {}))).toMatchObject({ address: '127.0.0.1:8174', format: 'sh' });
    expect(parseEnv(values('--listen 0.0.0.0:99', {})).address).toBe('127.0.0.1:99');
    expect(parseEnv(values('--listen [::]:99', {})).address).toBe('[::1]:99');
    expect(parseEnv(values('--listen worker.internal:99', {})).address).toBe('worker.internal:99');
  });

  it('of serve may be a unix socket', () => {
    expect(parseServing(values('--listen unix:/run/refresher.sock')).listen).toEqual({
      kind: 'unix',
      path: '/run/refresher.sock',
    });
  });
});

describe('stops, as bad configuration:', () => {
  it.each<[string, RegExp]>([
    ['--target trainer', /--target holds "trainer": it has to be serviceAccount:EMAIL or user:EMAIL/],
    ['--target alice@example.com', /--target holds/],
    ['--target User:alice@example.com', /--target holds/],
    ['--target user:Alice@example.com', /in lower case/],
    ['--target user:a@b.iam.gserviceaccount.com', /--target holds/],
    ['--target user:alice@example.com,', /--target holds an empty entry/],
    ['--target group:all@example.com', /--target holds/],
    ['--target user:alice@example.com', /set --delegate-url or TOKEN_VENDING_DELEGATE_URL/],
    ['--impersonate-url impersonate.example', /--impersonate-url holds .*: it has to be an https URL/],
    ['--impersonate-url http://impersonate.example', /https URL, or an http URL on this machine/],
    ['--impersonate-url http://127.0.0.1.example', /https URL/],
    ['--impersonate-url https://x.example/v1/token', /a base URL: no \/v1\/token, no user, no query/],
    ['--impersonate-url https://x.example/v1/token/', /a base URL: no \/v1\/token, no user, no query/],
    ['--impersonate-url https://user@x.example', /a base URL: no \/v1\/token, no user, no query/],
    ['--impersonate-url https://x.example/?a=b', /a base URL: no \/v1\/token, no user, no query/],
    [`--impersonate-audience ${'x'.repeat(513)}`, /at most 512 printable characters/],
    ['--impersonate-audience Über', /printable characters/],
    ['--listen 8174', /--listen holds "8174": it has to be HOST:PORT/],
    ['--listen 127.0.0.1', /HOST:PORT/],
    ['--listen 127.0.0.1:65536', /HOST:PORT/],
    ['--listen ::1:80', /HOST:PORT/],
    ['--listen http://127.0.0.1:80', /HOST:PORT/],
    ['--listen unix:', /unix: and a path/],
    [`--listen unix:/${'x'.repeat(107)}`, /at most 107 bytes/],
    ['--metadata-host http://metadata', /HOST or HOST:PORT, without a scheme/],
    ['--metadata-host metadata/computeMetadata', /without a scheme and a path/],
    [`--metadata-host ya29.c.${'b0Aa'.repeat(40)}`, /^(?!.*b0Aa).*without a scheme and a path/],
    ['--accept-host a,,b', /--accept-host holds an empty entry/],
    ['--accept-host *', /HOST or HOST:PORT/],
    ['--project Acme', /a project id/],
    ['--project a/b', /a project id/],
    ['--wait soon', /a whole number of seconds from 1 to 3600/],
    ['--wait 0', /from 1 to 3600/],
    ['--wait 3601', /from 1 to 3600/],
    ['--wait 1.5', /a whole number/],
    ['--wait -1', /a whole number/],
  ])('%s', (flags, message) => {
    expect(failureOf(() => parseExec(values(flags)))).toEqual({
      exitCode: 78,
      message: expect.stringMatching(message),
    });
  });

  it.each<[Environment, RegExp]>([
    [{}, /no target given: set --target or TOKEN_VENDING_TARGET/],
    [{ TOKEN_VENDING_TARGET: TRAINER }, /set --impersonate-url or TOKEN_VENDING_IMPERSONATE_URL/],
    [{ ...BASE, TOKEN_VENDING_METRICS: 'yes' }, /TOKEN_VENDING_METRICS holds "yes".*true or false/],
    [{ ...BASE, TOKEN_VENDING_ALLOW_REMOTE: '0.0.0.0' }, /TOKEN_VENDING_ALLOW_REMOTE holds/],
    [{ ...BASE, TOKEN_VENDING_WAIT: 'x' }, /^TOKEN_VENDING_WAIT holds "x"/],
    [{ ...BASE, TOKEN_VENDING_LISTEN: 'x' }, /^TOKEN_VENDING_LISTEN holds/],
  ])('the environment %o', (environment, message) => {
    expect(failureOf(() => parseExec(values('', environment)))).toEqual({
      exitCode: 78,
      message: expect.stringMatching(message),
    });
  });

  it('a token in the place of a value, which is not repeated', () => {
    const token = `ya29.${'AbC9'.repeat(40)}`;
    for (const flag of ['--target', '--listen', '--wait', '--project', '--impersonate-url']) {
      expect(failureOf(() => parseExec(values(`${flag} ${token}`))).message).not.toContain(token);
    }
  });
});

describe('stops, as an impossible combination:', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['exec on a unix socket', () => parseExec(values('--listen unix:/s')), /no client library can use/],
    ['env of a unix socket', () => parseEnv(values('--listen unix:/s')), /no client library can use/],
    [
      'env of any free port',
      () => parseEnv(values('--listen 127.0.0.1:0')),
      /cannot know what port 0 became/,
    ],
  ])('%s', (_, act, message) => {
    expect(failureOf(act)).toEqual({ exitCode: 64, message: expect.stringMatching(message) });
  });
});
