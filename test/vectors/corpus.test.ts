import { describe, expect, it } from 'vitest';
import { REFUSALS, type RefusalReason } from '../../shared/refusal.ts';
import { loadGrantVectors } from './grant-vectors.ts';
import { loadIdentityTokenVectors } from './identity-token-vectors.ts';
import { loadRequestVectors } from './request-vectors.ts';

const corpora = {
  'identity-tokens.yaml': loadIdentityTokenVectors(),
  'requests.yaml': loadRequestVectors(),
  'grants.yaml': loadGrantVectors(),
};
const attacks = Object.values(corpora)
  .flat()
  .flatMap(({ family, name, expected }) => (expected === undefined ? [] : [{ family, name, ...expected }]));

/** What only a connection can show, not a request: `test/exchanges` does. */
const NOT_OF_A_REQUEST: readonly RefusalReason[] = ['body_incomplete'];
/** What only a check of many targets can be refused for: `test/shared/check-request.test.ts` attacks with each. */
const OF_A_CHECK: readonly RefusalReason[] = ['audience_missing', 'targets_too_many', 'target_repeated'];

describe('the corpus', () => {
  it.each(Object.entries(corpora))('has at least sixty attacks in %s', (_, vectors) => {
    expect(vectors.filter(({ expected }) => expected !== undefined).length).toBeGreaterThanOrEqual(60);
  });

  it('has an attack for every reason to refuse', () => {
    const attacked = new Set<string>(attacks.map(({ reason }) => reason));
    const reasons = Object.keys(REFUSALS) as RefusalReason[];
    const elsewhere = [...NOT_OF_A_REQUEST, ...OF_A_CHECK];
    const missing = reasons.filter((reason) => !attacked.has(reason) && !elsewhere.includes(reason));
    expect(missing).toEqual([]);
  });

  it('agrees about what each reason looks like from outside', () => {
    const seen = new Map<string, string>();
    for (const { reason, status, error, family, name } of attacks) {
      const answer = `${status} ${error}`;
      expect(seen.get(reason) ?? answer, `${family}: ${name}`).toBe(answer);
      seen.set(reason, answer);
    }
  });
});
