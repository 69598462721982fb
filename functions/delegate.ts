/**
 * `delegate`: callers become Workspace users, by domain-wide delegation.
 */

import { createExchange, type Exchange } from '../shared/exchange.ts';
import { authorizeDelegation } from '../shared/grants/authorize.ts';
import { createDelegation } from '../shared/minting/delegation.ts';
import { createTokenCache } from '../shared/minting/token-cache.ts';
import { createTokenEndpoint } from '../shared/minting/token-endpoint.ts';
import type { DelegateConfig } from './config.ts';
import { createFoundation } from './foundation.ts';

export async function createDelegate(config: DelegateConfig): Promise<Exchange> {
  const foundation = await createFoundation('delegate', config);
  const { iam, send, evaluateCondition, nowMs } = foundation;
  const tokenEndpoint = createTokenEndpoint({ url: config.oauthTokenUrl, send });
  return createExchange({
    ...foundation,
    ...config,
    kind: 'user',
    grants: foundation.grants,
    authorize: (question) => authorizeDelegation(question, evaluateCondition, config.ceilings),
    mint: createTokenCache({
      mint: createDelegation({ iam, tokenEndpoint, nowMs }),
      budgetMs: config.budgetMs,
      nowMs,
    }),
  });
}
