import { beforeAll, describe, expect, it } from 'vitest';
import {
  createCheckAudit,
  type Check,
  type CheckedTarget,
  type CheckFindings,
} from '../../shared/check-audit.ts';
import type { CheckRequest } from '../../shared/check-request.ts';
import { Fault } from '../../shared/fault.ts';
import type { Principal } from '../../shared/identity/principal.ts';
import { parseMember, type Target } from '../../shared/member.ts';
import { Refusal } from '../../shared/refusal.ts';
import { verifiedWorker, WORKER, workerToken } from '../support/domain/callers.ts';
import { accessTokenRequest, TRAINER_MEMBER } from '../support/domain/questions.ts';

const TRACE = 'projects/acme-vending/traces/4bf92f3577b34da6a3ce929d0e0e4736';
const PRINCIPAL = {
  serviceAccount: WORKER.serviceAccount,
  uniqueId: WORKER.uniqueId,
  projectNumber: 326694433618,
  instanceId: '2875949485074006138',
  instanceName: 'worker-1',
  zone: 'us-central1-a',
};

const targetOf = (member: string) => parseMember(member) as Target;
const account = (index: number) => `serviceAccount:task-${index}@acme-data.iam.gserviceaccount.com`;
const yes = (member: string): CheckedTarget => ({ target: targetOf(member), decision: 'yes' });
const no = (member: string, error: unknown): CheckedTarget => ({
  target: targetOf(member),
  decision: 'no',
  error,
});
const fault = (member: string, error: unknown): CheckedTarget => ({
  ...no(member, error),
  decision: 'fault',
});

let principal: Principal;
beforeAll(async () => {
  principal = await verifiedWorker();
});

function requestOf(checked: readonly CheckedTarget[]): CheckRequest {
  const { target: _, ...asked } = accessTokenRequest();
  return { ...asked, subjectToken: workerToken(), targets: checked.map(({ target }) => target) };
}

function lineOf(findings: CheckFindings, rest: Partial<Check> = {}): string {
  const lines: string[] = [];
  const record = createCheckAudit('impersonate', (line) => void lines.push(line));
  void record({ findings, durationMs: 12.3456, upstreamMs: { firestore: 4.009 }, trace: undefined, ...rest });
  expect(lines).toHaveLength(1);
  return lines.join('');
}

const eventOf = (findings: CheckFindings, rest: Partial<Check> = {}) =>
  JSON.parse(lineOf(findings, rest)) as Readonly<Record<string, unknown>>;

const checkedBy = (...checked: readonly CheckedTarget[]): CheckFindings => ({
  request: requestOf(checked),
  principal,
  checked,
});

describe('the audit line of a check', () => {
  it('holds who asked, and what each target was answered and why, the worst first', () => {
    const malformed = new Fault('document_malformed', { detail: 'principals/x: grants.y must be a map' });
    const findings = checkedBy(
      yes(TRAINER_MEMBER),
      no(account(1), new Refusal('no_grant', account(1))),
      fault(account(2), malformed),
      yes(account(3)),
    );
    expect(eventOf(findings, { trace: TRACE })).toEqual({
      severity: 'ERROR',
      message: `impersonate: ${WORKER.serviceAccount} on worker-1 asked what it may become: 2 yes, 1 no, 1 fault`,
      event: 'token_check',
      outcome: 'checked',
      reason: 'checked',
      cause: [],
      function: 'impersonate',
      principal: PRINCIPAL,
      tokenType: 'access_token',
      targets: 4,
      counts: { yes: 2, no: 1, fault: 1 },
      decisions: [
        {
          target: account(2),
          decision: 'fault',
          reason: 'document_malformed',
          detail: 'principals/x: grants.y must be a map',
        },
        { target: account(1), decision: 'no', reason: 'no_grant', detail: account(1) },
        { target: TRAINER_MEMBER, decision: 'yes', reason: 'granted' },
        { target: account(3), decision: 'yes', reason: 'granted' },
      ],
      decisionsLeftOut: 0,
      durationMs: 12.35,
      upstreamMs: { firestore: 4.01 },
      'logging.googleapis.com/trace': TRACE,
    });
  });

  it.each([
    { severity: 'INFO', checked: () => [yes(account(1))] },
    { severity: 'WARNING', checked: () => [yes(account(1)), no(account(2), new Refusal('no_grant'))] },
    {
      severity: 'ERROR',
      checked: () => [no(account(1), new Refusal('no_grant')), fault(account(2), new Error('x'))],
    },
  ])('is as severe as its worst answer: $severity', ({ severity, checked }) => {
    expect(eventOf(checkedBy(...checked()))).toMatchObject({ severity, outcome: 'checked' });
  });

  it('says of a bug where it is', () => {
    const event = eventOf(checkedBy(fault(account(1), new TypeError('x is undefined'))));
    expect(event['decisions']).toMatchObject([{ decision: 'fault', reason: 'internal' }]);
    const [message, frame] = event['cause'] as string[];
    expect(message).toBe('TypeError: x is undefined');
    expect(frame).toMatch(/^at .+ test\.ts:\d+:\d+$/);
  });

  it('lists a hundred of many, and counts all', () => {
    const granted = Array.from({ length: 300 }, (_, index) => yes(account(index)));
    const refused = Array.from({ length: 99 }, (_, index) =>
      no(account(300 + index), new Refusal('kill_switch_engaged')),
    );
    const faulty = fault(account(400), new Fault('document_malformed'));
    const event = eventOf(checkedBy(...granted, ...refused, faulty));
    const decisions = (event['decisions'] as { decision: string }[]).map(({ decision }) => decision);
    expect(decisions).toEqual(['fault', ...refused.map(() => 'no')]);
    expect(event).toMatchObject({
      targets: 400,
      counts: { yes: 300, no: 99, fault: 1 },
      decisionsLeftOut: 300,
    });
  });

  it('fits into an entry of Cloud Logging, whatever it is about', () => {
    // https://cloud.google.com/logging/quotas
    const MAX_ENTRY_BYTES = 256 * 1024;
    const domain = Array.from({ length: 3 }, () => 'd'.repeat(50)).join('.');
    const longest = (index: number) => `user:${String(index).padStart(100, 'a')}@${domain}`;
    const detail = `${'principals/'.padEnd(1500, 'x')}: ${'grants. "\u00e9'.repeat(200)}`;
    const checked = Array.from({ length: 500 }, (_, index) =>
      fault(longest(index), new Fault('document_malformed', { detail, cause: new Error(detail) })),
    );
    expect(checked[0]?.target.email.length).toBeGreaterThan(250);
    expect(Buffer.byteLength(lineOf(checkedBy(...checked)))).toBeLessThan(MAX_ENTRY_BYTES / 2);
  });
});

describe('the audit line of a check without decisions', () => {
  it('holds the reason and the detail that the caller is not told', () => {
    const { request } = checkedBy(yes(account(1)), yes(account(2)));
    const event = eventOf({ ...(request && { request }) }, { error: new Refusal('token_expired', 'by 1 s') });
    expect(event).toEqual({
      severity: 'WARNING',
      message: 'impersonate: a check of an unverified caller was refused: token_expired',
      event: 'token_check',
      outcome: 'refused',
      reason: 'token_expired',
      detail: 'by 1 s',
      function: 'impersonate',
      unverified: expect.objectContaining({ email: WORKER.serviceAccount }) as unknown,
      tokenType: 'access_token',
      targets: 2,
      durationMs: 12.35,
      upstreamMs: { firestore: 4.01 },
    });
  });

  it('is there for a request that could not be parsed', () => {
    expect(eventOf({}, { error: new Refusal('target_repeated') })).toEqual({
      severity: 'WARNING',
      message: 'impersonate: a check of an unverified caller was refused: target_repeated',
      event: 'token_check',
      outcome: 'refused',
      reason: 'target_repeated',
      function: 'impersonate',
      durationMs: 12.35,
      upstreamMs: { firestore: 4.01 },
    });
  });

  it('holds what failed and what caused it', () => {
    const cause = Object.assign(new Error('14 UNAVAILABLE'), { code: 14 });
    const error = new Fault('firestore_unavailable', { detail: 'Firestore cannot be reached', cause });
    expect(eventOf({ principal, request: requestOf([yes(account(1))]) }, { error })).toMatchObject({
      severity: 'ERROR',
      message: `impersonate: a check of ${WORKER.serviceAccount} on worker-1 failed: firestore_unavailable`,
      outcome: 'fault',
      reason: 'firestore_unavailable',
      detail: 'Firestore cannot be reached',
      cause: ['Error (14): 14 UNAVAILABLE'],
      principal: PRINCIPAL,
    });
  });

  it('has none of the answers that were never given', () => {
    const event = eventOf(checkedBy(yes(account(1))), { error: new Error('ENOSPC') });
    expect(event).toMatchObject({ outcome: 'fault', reason: 'internal' });
    expect(event).not.toHaveProperty('decisions');
    expect(event).not.toHaveProperty('counts');
  });
});

describe('no audit line of a check', () => {
  const quoting = () => new Error(`cannot read ${workerToken().reveal()}`);

  it.each([
    { what: 'an error that quotes it', error: quoting },
    { what: 'a refusal that quotes it', error: () => new Refusal('token_malformed', quoting().message) },
  ])('holds a token: $what', ({ error }) => {
    const findings = checkedBy(yes(account(1)), no(account(2), error()), fault(account(3), error()));
    for (const line of [lineOf(findings), lineOf(findings, { error: error() })]) {
      for (const segment of workerToken().reveal().split('.')) expect(line).not.toContain(segment);
    }
  });

  it('is more than one line', () => {
    const line = lineOf(checkedBy(no(account(1), new Refusal('no_grant', 'two\nlines\u2028'))));
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(JSON.parse(line)).toMatchObject({ decisions: [{ detail: 'two?lines?' }] });
  });
});
