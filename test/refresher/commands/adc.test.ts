import { IdentityPoolClient, type IdentityPoolClientOptions } from 'google-auth-library';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runRefresher } from '../refresher-process.ts';
import { ALICE_TARGET, setStage, TRAINER_TARGET, type RefresherStage } from '../stage.ts';

const NO_METADATA = {
  TOKEN_VENDING_TARGET: ALICE_TARGET,
  TOKEN_VENDING_DELEGATE_URL: 'https://delegate.example/',
};

describe('refresher adc', () => {
  it('prints a file by which libraries ask the function themselves', async () => {
    const { code, stdout, stderr } = await runRefresher({ args: ['adc'], env: NO_METADATA });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      type: 'external_account',
      audience: '//iam.googleapis.com/user:alice@example.com',
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      token_url: 'https://delegate.example/v1/token',
      credential_source: {
        url: 'http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity?audience=https%3A%2F%2Fdelegate.example%2Fv1%2Ftoken&format=full',
        headers: { 'Metadata-Flavor': 'Google' },
        format: { type: 'text' },
      },
    });
  });

  it('warns that Java wants https, and that a file holds one target', async () => {
    const env = { ...NO_METADATA, TOKEN_VENDING_DELEGATE_URL: 'http://127.0.0.1:1' };
    const { code, log } = await runRefresher({
      args: ['adc', '--target', `${ALICE_TARGET},user:bob@example.com`],
      env,
    });
    expect(code).toBe(0);
    expect(log.map(({ severity }) => severity)).toEqual(['WARNING', 'WARNING']);
    expect(log.map(({ message }) => message).join()).toMatch(/one target: user:alice@example.com.*Java/);
  });

  it.each([
    [{}, 78],
    [{ TOKEN_VENDING_TARGET: ALICE_TARGET }, 78],
    [{ ...NO_METADATA, TOKEN_VENDING_DELEGATE_URL: 'http://delegate.example' }, 78],
  ])('refuses %o', async (env, code) => {
    expect(await runRefresher({ args: ['adc'], env })).toMatchObject({ code, stdout: '' });
  });
});

describe('a library with the file of refresher adc', () => {
  let stage: RefresherStage;
  beforeAll(async () => {
    stage = await setStage();
  });
  afterAll(() => stage.close());

  it.each([ALICE_TARGET, TRAINER_TARGET])('becomes %s with no refresher running', async (target) => {
    const { stdout } = await runRefresher({ args: ['adc', '--target', target], env: stage.env });
    const credentials = JSON.parse(stdout) as IdentityPoolClientOptions;
    const token = await new IdentityPoolClient(credentials).getAccessToken();
    expect(stage.world.google.whoIs(token.token ?? '')?.principal).toBe(target);
  });
});
