import { describe, expect, it } from 'vitest';
import { serve, V1 } from './served.ts';

const ATTRIBUTES = `${V1}/instance/attributes`;
const TPU_ENV = "ACCELERATOR_TYPE: 'v5litepod-16'\nWORKER_ID: '3'\n";

/** What Google's server holds about a TPU worker, secrets included. */
const REAL = {
  'instance/attributes/':
    'accelerator-type\nagent-worker-number\nkube-env\nssh-keys\nstartup-script\ntpu-env\nworker-network-endpoints\n',
  'instance/attributes/accelerator-type': 'v5litepod-16',
  'instance/attributes/agent-worker-number': '3',
  'instance/attributes/tpu-env': TPU_ENV,
  'instance/attributes/worker-network-endpoints': 'x:y:10.0.0.11,x:y:10.0.0.12',
  'instance/attributes/kube-env': 'TPM_BOOTSTRAP_KEY: secret',
  'instance/attributes/ssh-keys': 'root:ssh-rsa secret',
  'instance/attributes/startup-script': 'export PASSWORD=secret',
  'instance/attributes/worker-id': '3',
  'instance/attributes/cluster-name': 'marin',
  'instance/cpu-platform': 'Intel Ice Lake',
  'instance/hostname': 'worker.c.acme-data.internal',
  'instance/id': '4520031799277581759',
  'instance/image': 'projects/debian-cloud/global/images/debian-13',
  'instance/machine-type': 'projects/326694433618/machineTypes/ct5lp-hightpu-4t',
  'instance/maintenance-event': 'NONE',
  'instance/name': 'worker',
  'instance/preempted': 'FALSE',
  'instance/region': 'projects/326694433618/regions/us-central1',
  'instance/zone': 'projects/326694433618/zones/us-central1-a',
  'instance/scheduling/preemptible': 'TRUE',
  'instance/description': 'secret',
  'instance/disks/0/device-name': 'secret',
  'project/attributes/ssh-keys': 'root:ssh-rsa secret',
} as const;

describe('what is passed on from the real server', () => {
  it.each([
    'accelerator-type',
    'agent-worker-number',
    'tpu-env',
    'worker-id',
    'worker-network-endpoints',
    'cluster-name',
  ] as const)('the attribute %s, byte for byte', async (name) => {
    const { ask } = await serve({ real: REAL });
    const answer = await ask(`${ATTRIBUTES}/${name}`);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/text');
    expect(answer.body).toBe(REAL[`instance/attributes/${name}`]);
  });

  it.each([
    'cpu-platform',
    'hostname',
    'id',
    'image',
    'machine-type',
    'maintenance-event',
    'name',
    'preempted',
    'region',
    'zone',
    'scheduling/preemptible',
  ] as const)('instance/%s', async (name) => {
    const { body } = await serve({ real: REAL });
    expect(await body(`${V1}/instance/${name}`)).toBe(REAL[`instance/${name}`]);
  });

  it.each([
    'ssh-keys',
    'kube-env',
    'startup-script',
    'sshKeys',
    'user-data',
    'windows-keys',
    'shutdown-script',
    'enable-oslogin',
    '__proto__',
    'TPU-ENV',
    'tpu-env%2F..%2Fssh-keys',
    'tpu-env%3Falt=json',
    'tpu-env/../ssh-keys',
    '..%2F..%2Finstance%2Fattributes%2Fssh-keys',
    '%73sh-keys',
  ])('never the attribute %s, which is not even asked for', async (name) => {
    const { ask, passedOn } = await serve({ real: REAL });
    const answer = await ask(`${ATTRIBUTES}/${name}`);
    expect(answer.status).toBe(404);
    expect(answer.headers['metadata-flavor']).toBe('Google');
    expect(passedOn).toEqual([]);
  });

  it.each(['instance/description', 'instance/disks/0/device-name', 'project/attributes/ssh-keys'])(
    'never %s',
    async (path) => {
      const { ask, passedOn } = await serve({ real: REAL });
      expect((await ask(`${V1}/${path}`)).status).toBe(404);
      expect(passedOn).toEqual([]);
    },
  );

  it('never the token or the identity of the VM itself', async () => {
    const { ask, passedOn } = await serve({ real: REAL });
    await ask(`${V1}/instance/service-accounts/default/token`);
    await ask(`${V1}/instance/service-accounts/default/identity?audience=a`);
    await ask(`${V1}/instance/service-accounts/123-compute@developer.gserviceaccount.com/token`);
    expect(passedOn).toEqual([]);
  });

  it('lists of the attributes those that there are and may be seen', async () => {
    const { body } = await serve({ real: REAL });
    expect(await body(`${ATTRIBUTES}/`)).toBe(
      'accelerator-type\nagent-worker-number\ntpu-env\nworker-network-endpoints\n',
    );
  });

  it('lists no attribute where the real server does not say', async () => {
    const { body } = await serve();
    expect(await body(`${ATTRIBUTES}/`)).toBe('');
    expect(await body(`${ATTRIBUTES}/?recursive=true`)).toBe('{}');
  });

  it('has no secret in any recursion, and attributes under their own names, as strings', async () => {
    const { body } = await serve({ real: REAL });
    expect(JSON.parse(await body(`${ATTRIBUTES}/?recursive=true`))).toEqual({
      'accelerator-type': 'v5litepod-16',
      'agent-worker-number': '3',
      'tpu-env': TPU_ENV,
      'worker-network-endpoints': 'x:y:10.0.0.11,x:y:10.0.0.12',
    });
    for (const query of ['recursive=true', 'recursive=true&alt=text']) {
      expect(await body(`/?${query}`)).not.toContain('secret');
    }
  });

  it('asks by paths of its own: nothing of the query goes along', async () => {
    const { ask, passedOn } = await serve({ real: REAL });
    await ask(`${ATTRIBUTES}/tpu-env?alt=json&recursive=true&x=../../project`);
    await ask(`${ATTRIBUTES}/%74pu-env`);
    expect(passedOn).toEqual(['instance/attributes/tpu-env', 'instance/attributes/tpu-env']);
  });

  it('asks once for a crowd', async () => {
    let answer: (value: { status: number; body: string }) => void = () => undefined;
    let asked = 0;
    const answered = new Promise<{ status: number; body: string }>((resolve) => (answer = resolve));
    const { ask, server } = await serve({
      passThrough() {
        asked += 1;
        return answered;
      },
    });
    let requests = 0;
    const all = new Promise<void>((resolve) => {
      server.on('request', () => {
        requests += 1;
        if (requests === 50) resolve();
      });
    });
    const crowd = Array.from({ length: 50 }, () => ask(`${V1}/instance/zone`));
    await all;
    answer({ status: 200, body: 'projects/1/zones/a' });
    expect(new Set((await Promise.all(crowd)).map(({ body }) => body))).toEqual(
      new Set(['projects/1/zones/a']),
    );
    expect(asked).toBe(1);
  });

  it.each([
    ['404 where it says so', async () => ({ status: 404, body: 'x' }), 404],
    ['404 where it refuses', async () => ({ status: 403, body: 'x' }), 404],
    ['404 where there is none', async () => undefined, 404],
    ['503 where it is broken', async () => ({ status: 500, body: 'x' }), 503],
    ['503 where it does not answer', () => Promise.reject(new Error('unreachable')), 503],
  ])('is %s', async (_, passThrough, status) => {
    const { ask, body, lines } = await serve({ passThrough });
    const answer = await ask(`${V1}/instance/zone`);
    expect(answer.status).toBe(status);
    expect(answer.headers['metadata-flavor']).toBe('Google');
    // and what does not depend on it still stands
    expect(await body(`${V1}/instance/?recursive=true`)).toContain('"serviceAccounts"');
    expect(await body(`${ATTRIBUTES}/`)).toBe('');
    expect(lines).toEqual([]);
  });
});
