/**
 * `doctor` on a VM and in a container, with the real functions, a real refresher, and the fake Google around them. Each layer
 * is broken once, and each line says what mends it.
 */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LAYERS, type Check } from '../../admin/doctor/check.ts';
import type { Surroundings } from '../../admin/doctor/surroundings.ts';
import { applyTo, childEnvironment } from '../../refresher/child/environment.ts';
import { startRefresher, type RefresherProcess } from '../refresher/refresher-process.ts';
import { ALICE_TARGET, setStage, TRAINER_TARGET, type RefresherStage } from '../refresher/stage.ts';
import type { FrontEnd } from '../support/google/fake-google.ts';
import {
  ALICE,
  ALICE_GRANT,
  AUDIENCES,
  fleetDocument,
  READ_ONLY,
  TRAINER,
  TRAINER_GRANT,
} from '../support/world/world.ts';
import { createDesk, type Said } from './desk.ts';

/** Nobody listens there. */
const NOWHERE = '127.0.0.1:1';
/** Granted, and made by nobody. */
const GONE = 'serviceAccount:gone@acme-data.iam.gserviceaccount.com';
const NOBODY = 'serviceAccount:nobody@acme-data.iam.gserviceaccount.com';

let stage: RefresherStage;
let front: FrontEnd;
const invokers: string[] = [];
const audiences: string[] = [];

beforeAll(async () => {
  stage = await setStage((vm) =>
    fleetDocument(vm, { ...TRAINER_GRANT, ...ALICE_GRANT, [GONE]: { scopes: [READ_ONLY] } }),
  );
  const upstream = stage.functions.impersonate.url;
  front = await stage.world.google.startInvokerFrontEnd({ upstream, audiences, invokers });
});
afterAll(() => stage.close());
beforeEach(() => {
  invokers.splice(0, Infinity, stage.vm.identity.serviceAccount);
  audiences.splice(0, Infinity, front.url);
});
afterEach(() => {
  stage.metadata.faults.clear();
  stage.world.google.faults.clear();
});

interface Told {
  readonly now?: Date;
  readonly surroundings?: Partial<Surroundings>;
}

async function examine(words: readonly string[], { now, surroundings = {} }: Told = {}): Promise<Said> {
  const desk = createDesk({ projectId: 'nobody-asks', surroundings, ...(now && { now }) });
  const said = await desk('doctor', ...words);
  // whatever is wrong, nobody sees a token
  expect(said.out + said.err).not.toMatch(/ya29|eyJ/);
  return said;
}

const failedIn = ({ json }: Said) =>
  (json() as { checks: readonly Check[] }).checks.filter(({ is }) => is === 'failed');

describe('doctor on a VM', () => {
  const flags = (): Record<string, string> => ({
    '--metadata-host': stage.metadata.host,
    '--impersonate-url': front.url,
    '--impersonate-audience': AUDIENCES.impersonate,
    '--target': TRAINER_TARGET,
  });
  const look = (
    other: Readonly<Record<string, string | undefined>> = {},
    told: Told = {},
    ...more: string[]
  ) => {
    const all = Object.entries({ ...flags(), ...other }).filter(([, value]) => value !== undefined);
    return examine([...all.flat().map(String), ...more], told);
  };

  it('finds all in order, in a line for each layer', async () => {
    const { out, exitCode } = await look();
    const { serviceAccount, uniqueId, instance } = stage.vm.identity;
    expect(out.split('\n')).toEqual([
      `ok      metadata    the metadata server at ${stage.metadata.host} answers: worker (${instance.id}) in us-central1-a`,
      `ok      clock       the clock agrees with ${new URL(front.url).host}`,
      `ok      identity    an identity token for ${AUDIENCES.impersonate} says ${serviceAccount} (${uniqueId}) on worker (${stage.vm.instanceId}) in us-central1-a`,
      `ok      function    impersonate at ${front.url} can be reached (403 without a token)`,
      `ok      edge        the platform lets ${serviceAccount} through to impersonate`,
      `ok      audience    impersonate takes identity tokens for ${AUDIENCES.impersonate}`,
      expect.stringMatching(
        /^ok {6}exchange {4}became serviceAccount:trainer@\S+ for 3\d\d\d s, with https:\S+$/,
      ),
      'ok      clients     clients on the VM itself act as the VM; in a container: --in container',
      '',
    ]);
    expect(exitCode).toBe(0);
  });

  it('tries both functions, a user too, and prints JSON', async () => {
    const said = await look(
      { '--delegate-url': stage.functions.delegate.url, '--delegate-audience': AUDIENCES.delegate },
      {},
      '--target',
      ALICE_TARGET,
      '--json',
    );
    expect(said.json()).toMatchObject({ place: 'vm', exitCode: 0 });
    expect(said.out).toContain(`became user:${ALICE} for`);
    expect(said.exitCode).toBe(0);
  });

  it('without functions and targets looks at what is there, and says what it skips', async () => {
    const { out, exitCode } = await look({
      '--impersonate-url': undefined,
      '--impersonate-audience': undefined,
      '--target': undefined,
    });
    expect(out).toContain('skipped function    no function is given: --impersonate-url, --delegate-url\n');
    expect(out).toContain('skipped exchange    no target is given');
    expect(exitCode).toBe(0);
  });

  it('takes a "no" about nobody for an answer where there is no target', async () => {
    const { out, exitCode } = await look({ '--target': undefined });
    expect(out).toContain('ok      audience    impersonate takes');
    expect(exitCode).toBe(0);
  });

  it.each<
    [string, () => Readonly<Record<string, string | undefined>>, keyof typeof LAYERS, readonly string[]]
  >([
    [
      'no metadata server',
      () => ({ '--metadata-host': NOWHERE }),
      'metadata',
      ['nobody listens there', '--in container'],
    ],
    [
      'something else in its place',
      () => ({ '--metadata-host': new URL(stage.functions.impersonate.url).host }),
      'metadata',
      ['what answers there is no metadata server'],
    ],
    [
      'no function',
      () => ({ '--impersonate-url': `http://${NOWHERE}` }),
      'function',
      ['nobody listens there', 'check --impersonate-url'],
    ],
    [
      'another server in its place',
      () => ({ '--impersonate-url': stage.metadata.url }),
      'edge',
      ['answers 405', 'check that --impersonate-url leads to a token-vending function'],
    ],
    [
      'a VM that may not invoke it',
      () => {
        invokers.length = 0;
        return {};
      },
      'edge',
      [
        'may not invoke it',
        'gcloud run services add-iam-policy-binding FUNCTION --region=REGION --member=serviceAccount:worker@acme-workers.iam.gserviceaccount.com --role=roles/run.invoker',
      ],
    ],
    [
      'a URL that is not its own',
      () => {
        audiences.length = 0;
        return {};
      },
      'edge',
      ['it does not take a token for this URL', "--format='value(serviceConfig.uri)'"],
    ],
    [
      'an audience that is not its own',
      () => ({ '--impersonate-audience': 'https://elsewhere.example/v1/token' }),
      'audience',
      ['does not take the identity token for https://elsewhere.example/v1/token', 'TOKEN_VENDING_AUDIENCE'],
    ],
    [
      'the audience of the edge',
      () => ({ '--impersonate-audience': front.url }),
      'audience',
      ['give it as --impersonate-audience'],
    ],
    [
      'a target that is not granted',
      () => ({ '--target': NOBODY }),
      'exchange',
      ['This caller may not become that target', `token-vending explain ${NOBODY} --vm`],
    ],
    [
      'a target that Google does not know',
      () => ({ '--target': GONE }),
      'exchange',
      ['answered 500 server_error'],
    ],
  ])('with %s names the layer, and what to do', async (_, spoil, layer, lines) => {
    const said = await look(spoil(), {}, '--json');
    expect(failedIn(said).map((check) => check.layer)).toEqual([layer]);
    const text = failedIn(said).flatMap(({ found, mend }) => [found, ...mend]);
    for (const line of lines) expect(text.join('\n')).toContain(line);
    expect(said.exitCode).toBe(LAYERS[layer]);
  });

  it.each([
    [120, '120 s ahead of'],
    [-120, '120 s behind'],
  ])('finds a clock that is off by %i s, and goes on', async (seconds, words) => {
    const said = await look({}, { now: new Date(Date.now() + seconds * 1000) }, '--json');
    const [clock] = failedIn(said);
    // a second on a busy machine is a second
    expect(clock?.found.replace(/1[12]\d s/, '120 s')).toContain(words);
    expect(clock?.mend.join()).toContain('chronyc makestep');
    expect(said.out).toContain('became serviceAccount:');
    expect(said.exitCode).toBe(LAYERS.clock);
  });

  it('finds a VM without a service account', async () => {
    stage.metadata.faults.set('metadata', { kind: 'status', status: 404 }, { path: /identity/ });
    const said = await look({}, {}, '--json');
    expect(failedIn(said)).toMatchObject([{ layer: 'identity' }]);
    expect(said.out).toContain('gcloud compute instances set-service-account VM');
    expect(said.exitCode).toBe(LAYERS.identity);
  });

  it('finds an identity token that no function would take', async () => {
    const { serviceAccount } = stage.vm.identity;
    const token = stage.world.google.keys.sign({
      claims: { iss: 'https://accounts.google.com', email: serviceAccount },
    });
    stage.metadata.faults.set('metadata', { kind: 'body', status: 200, body: token }, { path: /identity/ });
    const said = await look({}, {}, '--json');
    expect(failedIn(said)[0]?.found).toContain('a function would refuse the identity token');
    expect(failedIn(said)[0]?.mend.join()).toMatch(/docs\/troubleshooting\.md#token_\w+/);
    expect(said.exitCode).toBe(LAYERS.identity);
  });

  it.each([
    [['--in', 'moon'], 64, '--in has to be vm or container'],
    [['--target', 'trainer'], 78, '--target holds "trainer"'],
    [['--target', TRAINER_TARGET], 78, 'no function for'],
    [['--impersonate-url', 'http://vending.example'], 78, 'an https URL'],
  ])('with %j ends with %i', async (words, exitCode, message) => {
    const said = await examine(words);
    expect(said.err).toContain(message);
    expect(said.exitCode).toBe(exitCode);
  });
});

describe('doctor in a container', () => {
  let refresher: RefresherProcess;
  let address: string;
  beforeAll(async () => {
    refresher = await startRefresher({ args: ['serve'], env: stage.env });
    address = (await refresher.address()).replace('http://', '');
  });
  afterAll(() => refresher.stop());

  const environment = (
    other: Readonly<Record<string, string | undefined>> = {},
  ): Readonly<Record<string, string | undefined>> => {
    const facts = {
      address,
      inherited: {},
      cloudSdkConfig: '/tmp/gcloud',
      project: 'acme',
      vmProject: undefined,
    };
    return { ...applyTo({}, childEnvironment(facts)), ...other };
  };
  const files =
    (texts: Readonly<Record<string, string>>): Surroundings['readText'] =>
    async (path) =>
      texts[path];
  const look = (surroundings: Partial<Surroundings> = {}, ...words: readonly string[]) =>
    examine(words, {
      surroundings: { environment: environment(), home: '/root', metadataHosts: [NOWHERE], ...surroundings },
    });

  it('finds all in order', async () => {
    const { out, exitCode } = await look();
    expect(out).toContain(`ok      metadata    a metadata server answers at ${address}, as ${TRAINER}\n`);
    expect(out).toContain(`ok      concealment the VM's own metadata server is out of reach at ${NOWHERE}\n`);
    expect(out).toMatch(/ok {6}exchange {4}there is a token of trainer@\S+, for another \d+ s\n/);
    expect(out).toContain(`ok      clients     GCE_METADATA_HOST, _ROOT and _IP lead to ${address}\n`);
    expect(out).not.toMatch(/^(?:failed|warning)/m);
    expect(exitCode).toBe(0);
  });

  it('finds all in order where the network leads to the refresher, and no variable does', async () => {
    const { out, exitCode } = await look(
      { environment: { GOOGLE_CLOUD_PROJECT: 'acme' }, metadataHosts: [address] },
      '--in',
      'container',
    );
    expect(out).toContain("ok      concealment the VM's own metadata server is out of reach");
    expect(out).toContain('no variables: clients ask where a VM has its metadata server');
    expect(exitCode).toBe(0);
  });

  it.each<[string, () => Partial<Surroundings>, readonly string[], number, string]>([
    [
      'warns where variables lead elsewhere',
      () => ({ metadataHosts: [stage.metadata.host] }),
      [],
      0,
      'warning',
    ],
    [
      'fails where it has to be concealed',
      () => ({ metadataHosts: [stage.metadata.host] }),
      ['--concealed'],
      LAYERS.concealment,
      'failed',
    ],
    [
      'fails where clients would ask it themselves',
      () => ({ metadataHosts: [stage.metadata.host], environment: {} }),
      ['--in', 'container'],
      LAYERS.concealment,
      'failed',
    ],
    [
      'fails where only one of its addresses is open',
      () => ({ metadataHosts: [NOWHERE, stage.metadata.host] }),
      ['--concealed'],
      LAYERS.concealment,
      'failed',
    ],
  ])(
    'sees the VM behind a metadata server in reach, and %s',
    async (_, surroundings, words, exitCode, is) => {
      const said = await look(surroundings(), ...words);
      const found = `${stage.metadata.host} gives this container the VM's own identity, ${stage.vm.identity.serviceAccount}`;
      expect(said.out).toContain(`${is.padEnd(7)} concealment ${found}\n`);
      expect(said.out).toContain('docs/host.md');
      expect(said.exitCode).toBe(exitCode);
    },
  );

  it.each<[string, Readonly<Record<string, string | undefined>>, readonly string[]]>([
    [
      'one address missing',
      { GCE_METADATA_ROOT: undefined },
      ['GCE_METADATA_ROOT is not set: gcloud', 'export GCE_METADATA_ROOT='],
    ],
    [
      'one address elsewhere',
      { GCE_METADATA_IP: '169.254.169.254' },
      ['GCE_METADATA_IP leads elsewhere', 'export GCE_METADATA_IP='],
    ],
    [
      'a credentials file',
      { GOOGLE_APPLICATION_CREDENTIALS: '/key.json' },
      ['GOOGLE_APPLICATION_CREDENTIALS is set', 'unset GOOGLE_APPLICATION_CREDENTIALS'],
    ],
    ['a token of gcloud', { CLOUDSDK_AUTH_ACCESS_TOKEN: 'x' }, ['unset CLOUDSDK_AUTH_ACCESS_TOKEN']],
    ['detection off', { NO_GCE_CHECK: 'true' }, ['unset NO_GCE_CHECK']],
    [
      'a proxy',
      { HTTP_PROXY: 'http://proxy:3128', NO_PROXY: 'intranet' },
      ['HTTP_PROXY is set and NO_PROXY lacks', 'export NO_PROXY=intranet,127.0.0.1'],
    ],
    ['a proxy for small letters', { http_proxy: 'http://proxy:3128', no_proxy: '' }, ['no_proxy lacks']],
    ['mTLS that is strict', { GCE_METADATA_MTLS_MODE: 'strict' }, ['export GCE_METADATA_MTLS_MODE=none']],
  ])('finds %s', async (_, spoilt, lines) => {
    const { out, exitCode } = await look({ environment: environment(spoilt) });
    expect(out.match(/^failed .*/gm)).toHaveLength(1);
    for (const line of lines) expect(out).toContain(line);
    expect(exitCode).toBe(LAYERS.clients);
  });

  it.each<
    [
      string,
      Readonly<Record<string, string>>,
      Readonly<Record<string, string | undefined>>,
      readonly string[],
    ]
  >([
    [
      'credentials where CLOUDSDK_CONFIG says',
      { '/tmp/gcloud/application_default_credentials.json': '{}' },
      {},
      ['rm /tmp/gcloud/application_default_credentials.json'],
    ],
    [
      'credentials at home',
      { '/root/.config/gcloud/application_default_credentials.json': '{}' },
      {},
      ['rm /root/.config/gcloud/'],
    ],
    [
      'an account of gcloud',
      { '/tmp/gcloud/configurations/config_default': '[core]\naccount = ann@example.com\n' },
      {},
      ['gcloud config unset core/account'],
    ],
    [
      'impersonation in a named configuration',
      {
        '/tmp/gcloud/active_config': 'work\n',
        '/tmp/gcloud/configurations/config_work': '[auth]\nimpersonate_service_account = x@y\n',
      },
      {},
      ['gcloud config unset auth/impersonate_service_account'],
    ],
    ['what gcloud remembers', { '/tmp/gcloud/gce': 'False' }, {}, ['rm /tmp/gcloud/gce']],
    [
      'certificates of the host',
      { '/run/google-mds-mtls/root.crt': 'x' },
      { GCE_METADATA_MTLS_MODE: undefined },
      ['export GCE_METADATA_MTLS_MODE=none'],
    ],
  ])('finds %s', async (_, texts, spoilt, lines) => {
    const { out, exitCode } = await look({ environment: environment(spoilt), readText: files(texts) });
    expect(out.match(/^failed .*/gm)).toHaveLength(1);
    for (const line of lines) expect(out).toContain(line);
    expect(exitCode).toBe(LAYERS.clients);
  });

  it("lets through what is in nobody's way", async () => {
    const texts = {
      '/adc.json': JSON.stringify({
        type: 'external_account',
        token_url: 'https://vending.example/v1/token',
      }),
      '/tmp/gcloud/configurations/config_default': `[core]\naccount = ${TRAINER}\nproject = acme\n`,
      '/tmp/gcloud/gce': 'True',
      '/run/google-mds-mtls/root.crt': 'x',
    };
    const spoilt = { GOOGLE_APPLICATION_CREDENTIALS: '/adc.json', HTTPS_PROXY: 'http://proxy:3128' };
    const { out, exitCode } = await look({ environment: environment(spoilt), readText: files(texts) });
    expect(out).not.toMatch(/^(?:failed|warning)/m);
    expect(exitCode).toBe(0);
  });

  it('warns where no project is named', async () => {
    const { out, exitCode } = await look({ environment: environment({ GOOGLE_CLOUD_PROJECT: undefined }) });
    expect(out).toContain('warning clients     GOOGLE_CLOUD_PROJECT is not set');
    expect(exitCode).toBe(0);
  });

  it('finds that nobody answers', async () => {
    const addresses = { GCE_METADATA_HOST: NOWHERE, GCE_METADATA_ROOT: NOWHERE, GCE_METADATA_IP: NOWHERE };
    const { out, exitCode } = await look({ environment: environment(addresses) });
    expect(out).toContain('start one: refresher serve');
    expect(exitCode).toBe(LAYERS.metadata);
  });

  it('finds a function that is out of reach, where it is told to look', async () => {
    const { out, exitCode } = await look({}, '--impersonate-url', `http://${NOWHERE}`);
    expect(out).toContain(`impersonate at http://${NOWHERE} cannot be reached`);
    expect(exitCode).toBe(LAYERS.function);
  });

  it('finds that the target of its refresher is refused', async () => {
    const refused = await startRefresher({
      args: ['serve'],
      env: { ...stage.env, TOKEN_VENDING_TARGET: NOBODY },
    });
    try {
      const other = (await refused.address()).replace('http://', '');
      await refused.logged(({ message }) => message.includes('may not become'));
      const addresses = { GCE_METADATA_HOST: other, GCE_METADATA_ROOT: other, GCE_METADATA_IP: other };
      const { out, exitCode } = await look({ environment: environment(addresses) });
      expect(out).toContain('failed  exchange    there is no token of nobody@');
      expect(out).toContain('This caller may not become that target');
      expect(exitCode).toBe(LAYERS.exchange);
    } finally {
      await refused.stop();
    }
  });
});
