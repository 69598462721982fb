import { describe, expect, it } from 'vitest';
import { applyTo, childEnvironment, type Environment } from '../../../refresher/child/environment.ts';

const ADDRESS = '127.0.0.1:4321';

function childOf(inherited: Environment, facts: { project?: string; vmProject?: string } = {}) {
  const { project, vmProject = 'vm-project' } = facts;
  const variables = childEnvironment({
    address: ADDRESS,
    inherited,
    cloudSdkConfig: '/tmp/private',
    project,
    vmProject,
  });
  return applyTo(inherited, variables);
}

describe('the environment of a child', () => {
  it('leads every client to the metadata server', () => {
    expect(childOf({})).toEqual({
      GCE_METADATA_HOST: ADDRESS,
      GCE_METADATA_ROOT: ADDRESS,
      GCE_METADATA_IP: ADDRESS,
      GCE_METADATA_MTLS_MODE: 'none',
      METADATA_SERVER_DETECTION: 'assume-present',
      NO_PROXY: '127.0.0.1,localhost,169.254.169.254,metadata.google.internal',
      no_proxy: '127.0.0.1,localhost,169.254.169.254,metadata.google.internal',
      CLOUDSDK_CONFIG: '/tmp/private',
      GOOGLE_CLOUD_PROJECT: 'vm-project',
      CLOUDSDK_CORE_PROJECT: 'vm-project',
    });
  });

  it('keeps what has nothing to do with it', () => {
    expect(childOf({ PATH: '/bin', HTTP_PROXY: 'http://proxy:3128', EMPTY: '' })).toMatchObject({
      PATH: '/bin',
      HTTP_PROXY: 'http://proxy:3128',
      EMPTY: '',
    });
  });

  it.each([
    'GOOGLE_APPLICATION_CREDENTIALS',
    'NO_GCE_CHECK',
    'CLOUDSDK_CORE_CHECK_GCE_METADATA',
    'CLOUDSDK_CORE_ACCOUNT',
    'CLOUDSDK_AUTH_ACCESS_TOKEN',
    'CLOUDSDK_AUTH_ACCESS_TOKEN_FILE',
    'CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE',
    'CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT',
    'CLOUDSDK_AUTH_WHATEVER_COMES_NEXT',
    'GOOGLE_OAUTH_ACCESS_TOKEN',
    'GOOGLE_CREDENTIALS',
    'GOOGLE_AUTH_TOKEN_FOR_TESTING',
    'BOTO_CONFIG',
  ])('has no %s, which would lead some client past it', (name) => {
    expect(childOf({ [name]: 'something' })).not.toHaveProperty(name);
  });

  it.each<[Environment, string, string]>([
    [{ NO_PROXY: 'corp,127.0.0.1' }, 'corp,127.0.0.1,localhost,', 'corp,127.0.0.1,localhost,'],
    [{ NO_PROXY: 'corp', no_proxy: 'other' }, 'corp,127.0.0.1', 'other,127.0.0.1'],
    [{ no_proxy: 'other' }, '127.0.0.1,', 'other,127.0.0.1'],
    [{ NO_PROXY: ' a , b\nEVIL=1 ' }, 'a,b,EVIL=1,127.0.0.1', 'a,b,EVIL=1,127.0.0.1'],
  ])('adds to the exceptions of %o', (inherited, upper, lower) => {
    const { NO_PROXY, no_proxy } = childOf(inherited);
    expect(NO_PROXY?.slice(0, upper.length)).toBe(upper);
    expect(no_proxy?.slice(0, lower.length)).toBe(lower);
    expect(NO_PROXY).toContain('metadata.google.internal');
  });

  it('names the server’s own address among the exceptions', () => {
    const facts = { cloudSdkConfig: '/c', project: undefined, vmProject: undefined, inherited: {} };
    expect(childEnvironment({ ...facts, address: 'worker:80' }).set['NO_PROXY']).toMatch(/,worker$/);
    expect(childEnvironment({ ...facts, address: '[::1]:80' }).set['NO_PROXY']).toMatch(/,::1$/);
  });

  it('has the project of --project, else its own, else the VM’s', () => {
    const own = { GOOGLE_CLOUD_PROJECT: 'own' };
    expect(childOf(own, { project: 'told' })).toMatchObject({
      GOOGLE_CLOUD_PROJECT: 'told',
      CLOUDSDK_CORE_PROJECT: 'told',
    });
    expect(childOf(own)).toMatchObject({
      GOOGLE_CLOUD_PROJECT: 'own',
      CLOUDSDK_CORE_PROJECT: 'vm-project',
    });
    expect(childOf({ GOOGLE_CLOUD_PROJECT: '' })).toMatchObject({ GOOGLE_CLOUD_PROJECT: 'vm-project' });
  });

  it('has no project where nobody knows one', () => {
    const facts = { address: ADDRESS, cloudSdkConfig: '/c', inherited: {} };
    const { set } = childEnvironment({ ...facts, project: undefined, vmProject: undefined });
    expect(set).not.toHaveProperty('GOOGLE_CLOUD_PROJECT');
    expect(set).not.toHaveProperty('CLOUDSDK_CORE_PROJECT');
  });
});
