/**
 * `impersonate`: callers become service accounts.
 */

import { createCheck } from '../shared/check.ts';
import { createExchange } from '../shared/exchange.ts';
import { authorizeImpersonation, type AuthorizationQuestion } from '../shared/grants/authorize.ts';
import { createImpersonation } from '../shared/minting/impersonation.ts';
import { createTokenCache } from '../shared/minting/token-cache.ts';
import type { FunctionConfig } from './config.ts';
import { createFoundation } from './foundation.ts';
import type { Endpoints } from './http.ts';

export async function createImpersonate(config: FunctionConfig): Promise<Endpoints> {
  const foundation = await createFoundation('impersonate', config);
  const { iam, evaluateCondition, nowMs } = foundation;
  const deciding = {
    ...foundation,
    ...config,
    kind: 'serviceAccount',
    grants: foundation.grants,
    authorize: (question: AuthorizationQuestion) => authorizeImpersonation(question, evaluateCondition),
  } as const;
  return {
    exchange: createExchange({
      ...deciding,
      mint: createTokenCache({ mint: createImpersonation({ iam, nowMs }), budgetMs: config.budgetMs, nowMs }),
      record: foundation.recordExchange,
    }),
    check: createCheck({ ...deciding, record: foundation.recordCheck }),
  };
}
