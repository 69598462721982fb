import { describe, expect, it } from 'vitest';
import { createHandMadeAccount } from './hand-made-account.ts';
import { ACCOUNTS, serve, V1 } from './served.ts';

describe('directories', () => {
  it.each([
    ['/', 'computeMetadata/\n'],
    ['/computeMetadata/', 'v1/\n'],
    [`${V1}/`, 'instance/\nproject/\nuniverse/\n'],
    [`${V1}/project/`, 'attributes/\nnumeric-project-id\nproject-id\n'],
    [`${V1}/project/attributes/`, ''],
    [`${V1}/universe/`, 'universe-domain\n'],
  ])('%s lists its children, one a line, directories with a slash', async (path, listing) => {
    const { ask } = await serve();
    const answer = await ask(path);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/text');
    expect(answer.headers['metadata-flavor']).toBe('Google');
    expect(answer.body).toBe(listing);
  });

  it('list as JSON where a client wants that', async () => {
    const { body } = await serve();
    expect(await body(`${V1}/?alt=json`)).toBe('["instance/","project/","universe/"]');
  });

  it('instance/ answers Node’s ping without asking anybody', async () => {
    const { body, passedOn } = await serve();
    const names = (await body(`${V1}/instance/`)).split('\n');
    expect(names).toEqual(expect.arrayContaining(['attributes/', 'service-accounts/', 'id', 'name', 'zone']));
    expect(passedOn).toEqual([]);
  });

  it.each([
    ['/computeMetadata', ''],
    [V1, ''],
    [`${V1}/instance`, ''],
    [`${V1}/instance/attributes`, ''],
    [ACCOUNTS, ''],
    [`${ACCOUNTS}/default`, '?recursive=true'],
    [`${ACCOUNTS}/trainer%40acme-data.iam.gserviceaccount.com`, '?recursive=true&alt=json'],
  ])('%s without its slash is a 301 to the same host', async (path, query) => {
    const { ask, port } = await serve();
    const answer = await ask(`${path}${query}`);
    expect(answer.status).toBe(301);
    expect(answer.headers['metadata-flavor']).toBe('Google');
    expect(answer.headers.location).toBe(`http://127.0.0.1:${port}${path}/${query}`);
  });

  it.each(['metadata.google.internal', '169.254.169.254', 'metadata', 'metadata.google.internal.'])(
    'a 301 for a client that asked %s leads there, and not to the real address of the server',
    async (host) => {
      const { ask } = await serve();
      const { headers } = await ask(`${V1}/instance`, { headers: { host } });
      expect(headers.location).toBe(`http://${host}${V1}/instance/`);
    },
  );

  it('recursive as text has each value behind its path', async () => {
    const { ask } = await serve();
    const answer = await ask(`${V1}/?recursive=true&alt=text`);
    expect(answer.headers['content-type']).toBe('application/text');
    expect(answer.body.split('\n')).toEqual(
      expect.arrayContaining([
        'project/project-id acme-data',
        'instance/service-accounts/default/email trainer@acme-data.iam.gserviceaccount.com',
        'universe/universe-domain googleapis.com',
      ]),
    );
    expect(answer.body).not.toContain('ya29');
  });

  it('recursive from the root is all there is but tokens, in the names of the JSON form', async () => {
    const { ask } = await serve({
      real: { 'instance/id': '4520031799277581759', 'instance/machine-type': 'n2' },
    });
    const answer = await ask('/?recursive=true');
    expect(answer.headers['content-type']).toBe('application/json');
    expect(JSON.parse(answer.body)).toMatchObject({
      computeMetadata: {
        v1: {
          instance: { machineType: 'n2', serviceAccounts: { default: { aliases: ['default'] } } },
          project: { attributes: {}, numericProjectId: 326694433618, projectId: 'acme-data' },
          universe: { universeDomain: 'googleapis.com' },
        },
      },
    });
    // a number, and one that JavaScript would round
    expect(answer.body).toContain('"id":4520031799277581759');
    expect(answer.body).not.toContain('ya29');
  });
});

describe('values', () => {
  it.each([
    ['project/project-id', 'acme-data', '"acme-data"'],
    ['project/numeric-project-id', '326694433618', '326694433618'],
    ['universe/universe-domain', 'googleapis.com', '"googleapis.com"'],
    ['universe/universe_domain', 'googleapis.com', '"googleapis.com"'],
    ['instance/id', '4520031799277581759', '4520031799277581759'],
    ['instance/zone', 'projects/1/zones/us-central1-a', '"projects/1/zones/us-central1-a"'],
    ['instance/service-accounts/default/aliases', 'default\n', '["default"]'],
  ])('%s is text without a newline behind a single value, or JSON', async (path, text, json) => {
    const { ask } = await serve({
      real: { 'instance/id': '4520031799277581759', 'instance/zone': 'projects/1/zones/us-central1-a' },
    });
    const plain = await ask(`${V1}/${path}`);
    expect(plain.headers['content-type']).toBe('application/text');
    expect(plain.body).toBe(text);
    for (const query of ['alt=json', 'recursive=true', 'recursive=true&alt=json']) {
      const answer = await ask(`${V1}/${path}?${query}`);
      expect(answer.headers['content-type']).toBe('application/json');
      expect(answer.body).toBe(json);
    }
    expect((await ask(`${V1}/${path}?recursive=true&alt=text`)).body).toBe(text);
  });

  it('have an ETag that is that of the same value the next time', async () => {
    const { ask } = await serve();
    const first = await ask(`${V1}/project/project-id`);
    const second = await ask(`${V1}/project/project-id`);
    expect(first.headers.etag).toMatch(/^[\da-f]{16}$/);
    expect(second.headers.etag).toBe(first.headers.etag);
  });

  it('are answered to HEAD without a body', async () => {
    const { ask } = await serve();
    const answer = await ask(`${V1}/project/project-id`, { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-length']).toBe('9');
    expect(answer.headers['metadata-flavor']).toBe('Google');
    expect(answer.body).toBe('');
  });

  it('have no other spelling in the listing', async () => {
    const { body } = await serve();
    expect(await body(`${V1}/universe/?recursive=true`)).toBe('{"universeDomain":"googleapis.com"}');
  });
});

describe('the project', () => {
  const unknown = { projectId: async () => undefined, numericProjectId: async () => undefined };

  it.each(['project-id', 'numeric-project-id'])('%s is 404 where nobody knows it', async (name) => {
    const { ask } = await serve({ project: unknown });
    expect((await ask(`${V1}/project/${name}`)).status).toBe(404);
  });

  it.each(['acme-data', '12a', '-1', '1.5', '', ' '])(
    'numeric-project-id is 404 rather than "%s": gcloud would decide that this is no Compute Engine',
    async (wrong) => {
      const { ask, body } = await serve({ project: { ...unknown, numericProjectId: async () => wrong } });
      expect((await ask(`${V1}/project/numeric-project-id`)).status).toBe(404);
      expect(await body(`${V1}/project/?recursive=true`)).toBe('{"attributes":{}}');
    },
  );

  it('is 503 where whoever knows it does not answer', async () => {
    const project = { ...unknown, projectId: () => Promise.reject(new Error('unreachable')) };
    const { ask, lines } = await serve({ project });
    const answer = await ask(`${V1}/project/project-id`);
    expect(answer.status).toBe(503);
    expect(answer.headers['metadata-flavor']).toBe('Google');
    expect(lines).toEqual([]);
  });

  it('loses the newline that a file may have put behind it', async () => {
    const { body } = await serve({
      project: { projectId: async () => 'p\n', numericProjectId: async () => '7\n' },
    });
    expect(await body(`${V1}/project/project-id`)).toBe('p');
    expect(await body(`${V1}/project/numeric-project-id`)).toBe('7');
  });
});

describe('what is not there', () => {
  it.each([
    '/favicon.ico',
    '/computeMetadata/v1beta1/',
    '/computemetadata/v1/',
    `${V1}/instance/platform-security/auto-mtls-configuration`,
    `${V1}/instance/disks/`,
    `${V1}/instance/network-interfaces/`,
    `${V1}/instance/guest-attributes/`,
    `${V1}/project/attributes/ssh-keys`,
    `${V1}/project/project-id/`,
    '/metrics',
    '/healthz/',
    '//computeMetadata/v1/',
    `${V1}/project/project-id%00`,
    '/%',
    '/%ff',
  ])('%s is 404, with the flavour, and says nothing of the request', async (path) => {
    const { ask } = await serve();
    const answer = await ask(path);
    expect(answer.status).toBe(404);
    expect(answer.headers['metadata-flavor']).toBe('Google');
    expect(answer.headers['content-type']).toBe('text/html');
    expect(answer.body).toBe('There is no such metadata here.\n');
  });
});

describe('/healthz', () => {
  it('is 200 once every account has a token, and needs no header', async () => {
    const { ask } = await serve();
    const answer = await ask('/healthz', { headers: { 'metadata-flavor': undefined } });
    expect(answer.status).toBe(200);
    expect(answer.body).toBe('serviceAccount:trainer@acme-data.iam.gserviceaccount.com token\n');
  });

  it.each([
    ['starting', undefined],
    ['refused', { kind: 'refused', sentence: 'no' } as const],
    ['unavailable', { kind: 'unavailable', sentence: 'no', retryAfterSeconds: 1 } as const],
  ])('is 503 while one account is %s', async (state, reading) => {
    const accounts = [createHandMadeAccount(), createHandMadeAccount('user:alice@example.com')];
    accounts[1]?.becomes(reading);
    const { ask } = await serve({ accounts });
    const answer = await ask('/healthz');
    expect(answer.status).toBe(503);
    expect(answer.body).toContain(`user:alice@example.com ${state}\n`);
  });
});
