/**
 * `delegate`: callers become Workspace users, by domain-wide delegation.
 */

import { createCheck } from '../shared/check.ts';
import { createExchange } from '../shared/exchange.ts';
import { authorizeDelegation, type AuthorizationQuestion } from '../shared/grants/authorize.ts';
import { createDelegation } from '../shared/minting/delegation.ts';
import { createTokenCache } from '../shared/minting/token-cache.ts';
import { createTokenEndpoint } from '../shared/minting/token-endpoint.ts';
import type { DelegateConfig } from './config.ts';
import { createFoundation } from './foundation.ts';
import type { Endpoints } from './http.ts';

export async function createDelegate(config: DelegateConfig): Promise<Endpoints> {
  const foundation = await createFoundation('delegate', config);
  const { iam, send, evaluateCondition, nowMs } = foundation;
  const tokenEndpoint = createTokenEndpoint({ url: config.oauthTokenUrl, send });
  const deciding = {
    ...foundation,
    ...config,
    kind: 'user',
    grants: foundation.grants,
    authorize: (question: AuthorizationQuestion) =>
      authorizeDelegation(question, evaluateCondition, config.ceilings),
  } as const;
  return {
    exchange: createExchange({
      ...deciding,
      mint: createTokenCache({
        mint: createDelegation({ iam, tokenEndpoint, nowMs }),
        budgetMs: config.budgetMs,
        nowMs,
      }),
      record: foundation.recordExchange,
    }),
    check: createCheck({ ...deciding, record: foundation.recordCheck }),
  };
}
