import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../probe/config.ts';
import { probesOf } from '../../probe/probes.ts';

const CONFIG = {
  projectId: 'acme-vending',
  region: 'us-central1',
  edge: 'iam',
  impersonate: { url: 'https://impersonate.example', audience: 'https://impersonate.example/v1/token' },
  delegate: {
    url: 'https://delegate.example',
    audience: 'https://delegate.example/v1/token',
    user: 'token-vending-probe@example.com',
  },
  target: 'vending-probe-target@acme-vending.iam.gserviceaccount.com',
  forbiddenTarget: 'trainer@acme-data.iam.gserviceaccount.com',
  bucket: 'acme-vending-vending-probe',
  object: 'hello.txt',
};

const parse = (changes: object) => parseConfig(JSON.stringify({ ...CONFIG, ...changes }));

describe('the configuration', () => {
  it.each([
    [{ target: 'alice@example.com' }, 'target: is no e-mail of a service account'],
    [{ forbiddenTarget: '' }, 'forbiddenTarget: is no e-mail'],
    [{ delegate: { ...CONFIG.delegate, user: CONFIG.target } }, 'delegate.user: is no e-mail of a user'],
    [{ impersonate: { url: 'impersonate', audience: 'a' } }, 'impersonate.url: '],
    [{ edge: 'none' }, 'edge: '],
    [{ bucket: undefined }, 'bucket: '],
    [{ interval: 5 }, 'interval: '],
  ])('with %o is refused by the name of the field', (changes, complaint) => {
    expect(() => parse(changes)).toThrow(complaint);
  });
});

describe('the probes', () => {
  const namesOf = (changes: object) => probesOf(parse(changes)).map(({ name }) => name);

  it('are one that has to succeed and five that have to be refused', () => {
    const expected = probesOf(parse({})).map(({ name, expected: due }) => `${name}: ${due}`);
    expect(expected).toEqual([
      'granted: token',
      'other_target: invalid_target',
      'wrong_audience: invalid_request',
      'forged_token: invalid_request',
      'no_invoker: edge',
      'no_grant: invalid_target',
    ]);
  });

  it('leave out what the deployment does not have', () => {
    expect(namesOf({ edge: 'function' })).not.toContain('no_invoker');
    expect(namesOf({ delegate: null })).not.toContain('no_grant');
  });

  it('never show a wrong audience that would be right', () => {
    for (const delegate of [CONFIG.delegate, null]) {
      const wrong = probesOf(parse({ delegate })).find(({ name }) => name === 'wrong_audience');
      expect(wrong?.question.url).toBe(CONFIG.impersonate.url);
      expect(wrong?.question.audience).not.toBe(CONFIG.impersonate.audience);
    }
  });
});
