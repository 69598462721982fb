/**
 * `--live`: what Google would say to the exchange that is explained.
 */

import type { GrantDocuments } from '../../shared/grants/grant-store.ts';
import { isServiceAccountEmail } from '../../shared/member.ts';
import { isGiven, valueOf, type Context, type Invocation, type Options } from '../command-line/command.ts';
import { badUsage } from '../failure.ts';
import { askGoogle } from './ask-google.ts';
import type { Decision, Wanted } from './decide.ts';
import type { Finding } from './finding.ts';
import { wishOf } from './live-wish.ts';

export const LIVE_OPTIONS = {
  live: { value: '', help: 'ask Google, too: accounts, IAM, domain-wide delegation, APIs' },
  runtime: {
    value: 'EMAIL',
    help: "with --live: the function's service account (default: that of terraform/, vending-FUNCTION@PROJECT…)",
  },
} as const satisfies Options;

/** What `terraform/` names its resources by. */
const NAME = 'vending';

export interface LiveAnswer {
  readonly google?: readonly Finding[];
  readonly assumptions: readonly string[];
}

export async function liveAnswer(
  invocation: Invocation,
  explained: { readonly decision: Decision; readonly wanted: Wanted; readonly documents: GrantDocuments },
  projectId: string,
  { openGoogle, progress }: Pick<Context, 'openGoogle' | 'progress'>,
): Promise<LiveAnswer> {
  if (!isGiven(invocation, 'live')) return { assumptions: [] };
  const { decision, wanted, documents } = explained;
  const { runtime, assumptions } = runtimeOf(invocation, wanted, projectId);
  const wish = wishOf(decision, wanted, documents, runtime);
  if (wish === undefined) {
    const nothing = 'Google was not asked: no target is known, or no signer of it';
    return { google: [], assumptions: [...assumptions, nothing] };
  }
  return { google: await askGoogle(wish, await openGoogle(), progress), assumptions };
}

/** Before anything is read, so that nobody waits for it. Throws a `Failure`. */
export function checkLiveFlags(invocation: Invocation): void {
  const given = valueOf(invocation, 'runtime');
  if (given !== undefined && !isServiceAccountEmail(given))
    throw badUsage('--runtime has to be the e-mail of a service account');
}

function runtimeOf(invocation: Invocation, { kind }: Wanted, projectId: string) {
  const given = valueOf(invocation, 'runtime');
  if (given !== undefined) return { runtime: given, assumptions: [] };
  const name = kind === 'user' ? 'delegate' : 'impersonate';
  const runtime = `${NAME}-${name}@${projectId}.iam.gserviceaccount.com`;
  return { runtime, assumptions: [`not given, and so assumed: --runtime ${runtime}`] };
}
