import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault, Route } from '../support/google/fake-google.ts';
import type { FunctionProcess } from '../support/processes/function-process.ts';
import { leaksIn } from '../support/processes/leaks.ts';
import { sendRaw } from '../support/processes/raw-http.ts';
import { createGrantsFile } from '../support/world/grant-documents.ts';
import { checkForm, exchangeForm, postCheck, postToken, startVending } from '../support/world/vending.ts';
import {
  ALICE_GRANT,
  API_AUDIENCE,
  createWorld,
  fleetDocument,
  READ_WRITE,
  TRAINER,
  type FunctionName,
  type Vm,
  type World,
} from '../support/world/world.ts';

const FORM = 'application/x-www-form-urlencoded';
const NAMES: readonly FunctionName[] = ['impersonate', 'delegate'];

const FAULTS: readonly (readonly [Route, Fault])[] = [
  ['generateAccessToken', { kind: 'status', status: 403 }],
  ['generateAccessToken', { kind: 'truncatedJson' }],
  ['generateAccessToken', { kind: 'html', status: 502 }],
  ['signJwt', { kind: 'status', status: 404 }],
  ['signJwt', { kind: 'truncatedJson' }],
  ['oauthToken', { kind: 'noAccessToken' }],
  ['oauthToken', { kind: 'truncatedJson' }],
  ['oauthToken', { kind: 'reset' }],
];

describe('a whole run', () => {
  let world: World;
  const functions = {} as Record<FunctionName, FunctionProcess>;
  /** Every secret that was sent or handed out. */
  const secrets = new Set<string>();
  const answers: string[] = [];

  beforeAll(async () => {
    world = await createWorld();
    const documents = {};
    const vms: Vm[] = Array.from({ length: 40 }, (_, index) => {
      const vm = world.vm(`worker-${index}`);
      // another lifetime for each, so that every exchange has to mint
      const trainer = {
        scopes: [READ_WRITE],
        idTokenAudiences: [API_AUDIENCE],
        lifetimeSeconds: 1000 + index,
      };
      Object.assign(documents, fleetDocument(vm, { ...ALICE_GRANT, [`serviceAccount:${TRAINER}`]: trainer }));
      return vm;
    });
    const { environment } = await createGrantsFile(documents);
    for (const name of NAMES) functions[name] = await startVending(world, name, environment);
    await spendTokens(vms);
    for (const { signal, exited } of Object.values(functions)) {
      signal('SIGTERM');
      await exited;
    }
  });

  afterAll(() => world.close());

  /** Sends identity tokens along every way in, wanted or not. */
  async function spendTokens(vms: readonly Vm[]): Promise<void> {
    const next = () => vms[answers.length % vms.length] as Vm;
    for (const [route, fault] of FAULTS) {
      world.google.faults.set(route, fault);
      for (const name of NAMES) await exchange(name, next());
      world.google.faults.clear();
    }
    for (const name of NAMES) {
      await exchange(name, next());
      const idToken = {
        requested_token_type: 'urn:ietf:params:oauth:token-type:id_token',
        resource: API_AUDIENCE,
      };
      await exchange(name, next(), idToken);
      await exchange(name, next(), { audience: 'user:bob@example.com' });
      await exchange(name, next(), { scope: 'nonsense', unknown: next().identityToken(name) });
      await exchange(name, world.vm(`stranger-at-${name}`));
      await check(name, next());
      await spendOddly(name, next());
    }
  }

  async function exchange(name: FunctionName, vm: Vm, extra: Record<string, string> = {}): Promise<void> {
    const form = exchangeForm(vm, name, extra);
    const { text, body } = await postToken(functions[name].url, form);
    answers.push(text);
    secrets.add(form.get('subject_token') ?? '');
    if (typeof body['access_token'] === 'string') secrets.add(body['access_token']);
  }

  /** Where a token belongs, and where a list of targets, scopes or an audience does. */
  async function check(name: FunctionName, vm: Vm): Promise<void> {
    const token = vm.identityToken(name);
    const targets = [`serviceAccount:${TRAINER}`, 'user:alice@example.com'];
    const forms = [
      checkForm(vm, name, targets),
      checkForm(vm, name, [...targets, token]),
      checkForm(vm, name, targets, { scope: token }),
      checkForm(vm, name, targets, { resource: token }),
      checkForm(vm, name, targets, { grant_type: token, [token]: token }),
      checkForm(vm, name, targets, { subject_token: `${token}x` }),
      checkForm(vm, name, targets, { requested_token_type: token }),
    ];
    secrets.add(token);
    for (const form of forms) {
      secrets.add(form.get('subject_token') ?? '');
      answers.push((await postCheck(functions[name].url, form)).text);
    }
  }

  async function spendOddly(name: FunctionName, vm: Vm): Promise<void> {
    const token = vm.identityToken(name);
    secrets.add(token);
    const head = (path: string, headers: string) => `POST ${path} HTTP/1.1\r\nhost: f\r\n${headers}\r\n`;
    const sized = (type: string, body: string) =>
      `content-type: ${type}\r\ncontent-length: ${body.length}\r\n`;
    const json = JSON.stringify({ subject_token: token });
    const fields = `subject_token=${token}&${'a=&'.repeat(2000)}`;
    const requests = [
      head(`/v1/token?subject_token=${token}`, 'content-length: 0\r\n'),
      head(`/${token}/%E0%A4%A`, 'content-length: 0\r\n'),
      head(`/v1/check?subject_token=${token}`, 'content-length: 0\r\n'),
      head('/v1/check', sized('application/json', json)) + json,
      head('/v1/token', `authorization: Bearer ${token}\r\ncontent-length: 0\r\n`),
      head('/v1/token', `traceparent: ${token}\r\nx-cloud-trace-context: ${token}\r\ncontent-length: 0\r\n`),
      head('/v1/token', sized('application/json', json)) + json,
      head('/v1/token', sized('application/json', json)) + json.replace('}', ' '),
      head('/v1/token', sized(FORM, fields)) + fields,
      head('/v1/token', sized(`${FORM};charset=utf-99`, fields)) + fields,
      head('/v1/token', sized(FORM, `${fields}more`)) + fields,
      `${token}\r\n\r\n`,
    ];
    for (const request of requests) {
      answers.push((await sendRaw(functions[name].port, request, { timeoutMs: 1_000 })).bytes.toString());
    }
    const twice = `${exchangeForm(vm, name).toString()}&subject_token=${token}`;
    answers.push((await postToken(functions[name].url, twice)).text);
    const long = exchangeForm(vm, name, { subject_token: token + token.repeat(8) });
    answers.push((await postToken(functions[name].url, long)).text);
  }

  const leaks = (text: string) => leaksIn(text, secrets);

  it('spent and gave out enough tokens to prove something', () => {
    expect(secrets.size).toBeGreaterThan(30);
    expect(answers.filter((answer) => answer.includes('"access_token"')).length).toBeGreaterThanOrEqual(10);
  });

  it.each(NAMES)('leaves no piece of a token in anything that %s wrote', (name) => {
    const written = functions[name].stdout() + functions[name].stderr();
    expect(written).toContain('token_decision');
    expect(written).toContain('token_check');
    expect(leaks(written)).toEqual([]);
  });

  it.each(NAMES)(
    'leaves nothing that looks like a token, an assertion or a header in what %s wrote',
    (name) => {
      const written = functions[name].stdout() + functions[name].stderr();
      expect(written).not.toMatch(/ya29\.|eyJ[\w-]{8}|Bearer |authorization:|assertion=/i);
    },
  );

  it('puts a token into an answer nowhere but where it belongs', () => {
    const others = answers.map((text) => text.replace(/"access_token":"[^"]*"/, ''));
    expect(others.flatMap(leaks)).toEqual([]);
  });

  it('would have noticed', () => {
    const [secret = ''] = secrets;
    expect(leaks(`... ${secret.slice(-60)} ...`)).not.toEqual([]);
  });

  it('tells a token from another in the log by its hash', () => {
    const hashes = functions.impersonate
      .auditLines()
      .flatMap((line) => (line['tokenSha256'] as string) ?? []);
    expect(hashes.length).toBeGreaterThan(3);
    expect(hashes.every((hash) => /^[0-9a-f]{64}$/.test(hash))).toBe(true);
  });
});
