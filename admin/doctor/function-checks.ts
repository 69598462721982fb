/**
 * A function, from the outside in: does it answer, does the platform in front of it let the VM through, does it take the
 * identity token. The last is asked by a check, which mints nothing.
 */

import { connectionFailure } from '../../refresher/vending/connection-failure.ts';
import type { FunctionAddress } from '../../refresher/vending/function-client.ts';
import type { FunctionName } from '../../refresher/vending/function-of.ts';
import type { HttpAnswer } from '../../refresher/vending/http-call.ts';
import { MetadataUnreachable, type MetadataClient } from '../../refresher/vending/metadata-client.ts';
import { fieldsOf } from '../../refresher/vending/outcome.ts';
import { CHECK_PATH, encodeForm, FORM_MEDIA_TYPE, TOKEN_PATH, TOKEN_TYPES } from '../../shared/protocol.ts';
import { failed, ok, skipped, type Check } from './check.ts';
import type { DateSeen } from './clock-check.ts';
import type { DatedCall } from './dated-call.ts';
import { never } from './patient.ts';
import { serviceOf } from './service-of.ts';

export interface Asked {
  readonly name: FunctionName;
  readonly address: FunctionAddress;
  /** Members of its kind. */
  readonly targets: readonly string[];
  /** The VM's service account. */
  readonly email: string | undefined;
}

export interface FunctionFound {
  readonly checks: readonly Check[];
  readonly seen: readonly DateSeen[];
}

/** Without credentials: whatever HTTP comes back, something is there. */
export async function reachCheck(
  { name, address: { url } }: Pick<Asked, 'name' | 'address'>,
  call: DatedCall,
): Promise<FunctionFound> {
  try {
    const { status, seen } = await call({ method: 'GET', url: `${url}${TOKEN_PATH}`, headers: {} });
    return {
      checks: [ok('function', `${name} at ${url} can be reached (${status} without a token)`)],
      seen: [seen],
    };
  } catch (error) {
    const found = `${name} at ${url} cannot be reached: ${connectionFailure(error)}`;
    const mend = `check --${name}-url, the name server, and the way out (Private Google Access, firewall)`;
    return { checks: [failed('function', found, mend)], seen: [] };
  }
}

export async function functionChecks(
  asked: Asked,
  metadata: MetadataClient,
  call: DatedCall,
): Promise<FunctionFound> {
  const reach = await reachCheck(asked, call);
  if (reach.checks.some(({ is }) => is === 'failed')) return reach;
  try {
    const answer = await askAsVm(asked, metadata, call);
    const edge = edgeCheck(answer, asked);
    const inner = edge.is === 'failed' ? [] : [audienceCheck(answer, asked)];
    return { checks: [...reach.checks, edge, ...inner], seen: [answer.seen, ...reach.seen] };
  } catch (error) {
    const broken =
      error instanceof MetadataUnreachable
        ? failed('identity', error.message)
        : failed(
            'function',
            `${asked.name} at ${asked.address.url} broke off: ${connectionFailure(error)}`,
            'try again',
          );
    return { ...reach, checks: [...reach.checks, broken] };
  }
}

async function askAsVm(asked: Asked, metadata: MetadataClient, call: DatedCall): ReturnType<DatedCall> {
  const { url, audience } = asked.address;
  const [subjectToken, edgeToken] = await Promise.all([
    metadata.identityToken(audience, never()),
    metadata.identityToken(url, never()),
  ]);
  const headers = {
    'content-type': FORM_MEDIA_TYPE,
    accept: 'application/json',
    authorization: `Bearer ${edgeToken.reveal()}`,
  };
  const body = encodeForm({
    subject_token: subjectToken.reveal(),
    subject_token_type: TOKEN_TYPES.idToken,
    audience: asked.targets.join(' ') || NOBODY[asked.name],
  });
  return call({ method: 'POST', url: `${url}${CHECK_PATH}`, headers, body });
}

/** A check has to name somebody; a "no" about them is an answer, too. */
const NOBODY: Record<FunctionName, string> = {
  impersonate: 'serviceAccount:doctor@token-vending.iam.gserviceaccount.com',
  delegate: 'user:doctor@token-vending.invalid',
};

/** What speaks JSON is the function; what stands before it speaks HTML. Pure. */
export function edgeCheck(answer: HttpAnswer, { name, address: { url }, email = 'EMAIL' }: Asked): Check {
  if (fieldsOf(answer) !== undefined) return ok('edge', `the platform lets ${email} through to ${name}`);
  const { status } = answer;
  const service = serviceOf(url);
  const found = `what stands before ${name} at ${url} answers ${status}`;
  if (status === 401) {
    const mend = `gcloud functions describe ${service.name} --region=${service.region} --format='value(serviceConfig.uri)' prints the URL that it accepts: give it as --${name}-url`;
    return failed('edge', `${found}: it does not take a token for this URL`, mend);
  }
  if (status === 403) {
    const mend = `gcloud run services add-iam-policy-binding ${service.name} --region=${service.region} --member=serviceAccount:${email} --role=roles/run.invoker`;
    return failed('edge', `${found}: ${email} may not invoke it`, mend);
  }
  if (status === 429 || status >= 500) return failed('edge', `${found}: it is busy or down`, 'try again');
  return failed('edge', found, `check that --${name}-url leads to a token-vending function, without a path`);
}

/** Pure. */
export function audienceCheck(answer: HttpAnswer, { name, address: { url, audience } }: Asked): Check {
  const error = fieldsOf(answer)?.['error'];
  const service = serviceOf(url);
  if (answer.status === 200) return ok('audience', `${name} takes identity tokens for ${audience}`);
  if (answer.status === 404) {
    return skipped('audience', `${name} at ${url} has no check yet: the exchange will show`);
  }
  if (error === 'invalid_request') {
    return failed(
      'audience',
      `${name} does not take the identity token for ${audience}`,
      `gcloud functions describe ${service.name} --region=${service.region} --format='value(serviceConfig.environmentVariables.TOKEN_VENDING_AUDIENCE)' prints what it takes: give it as --${name}-audience`,
      'its audit log has the reason: docs/troubleshooting.md#the-audit-line',
    );
  }
  return failed(
    'audience',
    `${name} at ${url} answers ${answer.status}${typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? ` ${error}` : ''}`,
    'its audit log has the reason: docs/troubleshooting.md#the-audit-line',
  );
}
