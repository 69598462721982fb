/**
 * An exchange as a VM makes it: an identity token from the metadata server, then one POST to a function. What is asked
 * and answered is shown.
 */

import { randomBytes } from 'node:crypto';
import { TOKEN_EXCHANGE_GRANT_TYPE, TOKEN_TYPES } from '../../../shared/protocol.ts';
import { callMetadata } from '../google/api-client.ts';
import type { AuditLine } from '../processes/audit-lines.ts';
import { postToken, type Exchanged } from '../world/vending.ts';
import { AUDIENCES, type FunctionName } from '../world/world.ts';
import type { Machine } from './company.ts';
import { expectSame } from './failure.ts';
import { table } from './layout.ts';
import type { Stage } from './stage.ts';

export interface Asked {
  readonly vm: Machine;
  readonly functionName: FunctionName;
  /** Whom the VM wants to become, `audience` on the wire. */
  readonly target: string;
  /** Asks for an ID token for this audience, `resource` on the wire. */
  readonly idTokenFor?: string;
}

export interface Answered extends Exchanged {
  /** Empty where none was given. */
  readonly token: string;
  readonly audit: AuditLine;
}

export const IDENTITY_PATH = 'instance/service-accounts/default/identity';

export async function fetchIdentityToken(vm: Machine, audience: string): Promise<string> {
  const { status, text } = await callMetadata(vm.url, `${IDENTITY_PATH}?audience=${audience}&format=full`);
  expectSame(`the status of the metadata server of ${vm.name}`, status, 200);
  return text;
}

/** What is the same in every exchange. */
const FIXED_PARAMETERS = {
  grant_type: TOKEN_EXCHANGE_GRANT_TYPE,
  subject_token_type: TOKEN_TYPES.idToken,
};

const TRACE = 'logging.googleapis.com/trace';

/** Shown with the parameters that vary; `showsAll`: with all of them. */
export async function exchange(stage: Stage, asked: Asked, showsAll = false): Promise<Answered> {
  const { company, narration } = stage;
  const { url } = company.functions[asked.functionName];
  const parameters = await parametersOf(asked);
  narration.show('request', [
    `POST ${url}/v1/token   (from ${asked.vm.name})`,
    ...table(showsAll ? { ...FIXED_PARAMETERS, ...parameters } : parameters, 2),
    ...(showsAll ? ['(the first two are the same in every exchange: they are not shown again)'] : []),
  ]);
  const answered = await post(stage, asked, parameters);
  narration.show('answer', describe(answered), answered.status === 200 ? 'green' : 'yellow');
  return answered;
}

export async function exchangeUnseen(stage: Stage, asked: Asked): Promise<Answered> {
  return post(stage, asked, await parametersOf(asked));
}

async function post(
  { company }: Stage,
  { functionName }: Asked,
  parameters: Readonly<Record<string, string>>,
): Promise<Answered> {
  const { url, waitForAuditLine } = company.functions[functionName];
  // by its trace the audit line is found, whoever else may be trying the function
  const traceId = randomBytes(16).toString('hex');
  const form = new URLSearchParams({ ...FIXED_PARAMETERS, ...parameters });
  const answer = await postToken(url, form, { traceparent: `00-${traceId}-${traceId.slice(16)}-01` });
  const token = answer.body['access_token'];
  return {
    ...answer,
    token: typeof token === 'string' ? token : '',
    audit: await waitForAuditLine((line) => String(line[TRACE]).endsWith(`/${traceId}`)),
  };
}

async function parametersOf({
  vm,
  functionName,
  target,
  idTokenFor,
}: Asked): Promise<Record<string, string>> {
  return {
    subject_token: await fetchIdentityToken(vm, AUDIENCES[functionName]),
    audience: target,
    ...(idTokenFor !== undefined && { requested_token_type: TOKEN_TYPES.idToken, resource: idTokenFor }),
  };
}

/** The members that a newcomer needs; the others are documented. */
const SHOWN_MEMBERS = ['access_token', 'token_type', 'expires_in', 'scope', 'error', 'error_description'];

function describe({ status, headers, body, text }: Exchanged): string[] {
  const retryAfter = headers.get('retry-after');
  const members = SHOWN_MEMBERS.flatMap((name) =>
    name in body ? [[name, String(body[name])] as const] : [],
  );
  return [
    retryAfter === null ? String(status) : `${status}, Retry-After: ${retryAfter}`,
    ...(members.length > 0 ? table(Object.fromEntries(members), 2) : [text]),
  ];
}

export function expectGranted({ status, token, audit }: Answered, target: string): void {
  expectSame(
    'the status of the answer, and the audit line',
    { status, ...pick(audit, ['outcome', 'reason', 'target']) },
    { status: 200, outcome: 'granted', reason: 'granted', target },
  );
  expectSame('whether the answer holds a token', token !== '', true);
}

export interface Refused {
  readonly status: number;
  readonly error: string;
  readonly outcome: 'refused' | 'fault';
  readonly reason: string;
}

export function expectRefused({ status, body, token, audit }: Answered, expected: Refused): void {
  const { error } = body;
  expectSame(
    'the status and error of the answer, and the audit line',
    { status, error, ...pick(audit, ['outcome', 'reason']) },
    expected,
  );
  expectSame('whether the answer holds a token', token !== '', false);
}

function pick(line: AuditLine, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, line[name]]));
}
