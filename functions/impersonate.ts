/**
 * `impersonate`: callers become service accounts.
 */

import { createExchange, type Exchange } from '../shared/exchange.ts';
import { authorizeImpersonation } from '../shared/grants/authorize.ts';
import { createImpersonation } from '../shared/minting/impersonation.ts';
import { createTokenCache } from '../shared/minting/token-cache.ts';
import type { FunctionConfig } from './config.ts';
import { createFoundation } from './foundation.ts';

export async function createImpersonate(config: FunctionConfig): Promise<Exchange> {
  const foundation = await createFoundation('impersonate', config);
  const { iam, evaluateCondition, nowMs } = foundation;
  return createExchange({
    ...foundation,
    ...config,
    kind: 'serviceAccount',
    grants: foundation.grants,
    authorize: (question) => authorizeImpersonation(question, evaluateCondition),
    mint: createTokenCache({ mint: createImpersonation({ iam, nowMs }), budgetMs: config.budgetMs, nowMs }),
  });
}
