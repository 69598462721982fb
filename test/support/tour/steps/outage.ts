/** What still works while Google does not, and what does not. */

import { TRAINER } from '../../world/world.ts';
import { showAuditLine } from '../audit-trail.ts';
import type { Company } from '../company.ts';
import { exchange, expectGranted, expectRefused, type Asked } from '../exchange.ts';
import { expectSame } from '../failure.ts';
import { ID_TOKEN_AUDIENCES } from '../grants-file.ts';
import { listBucket } from '../proofs.ts';
import type { Step } from '../stage.ts';

const SERVICE_ACCOUNT = `serviceAccount:${TRAINER}`;
const IAM_METHODS = ['generateAccessToken', 'generateIdToken', 'signJwt'] as const;

/** An ID token that nobody has asked for before: it has to be minted. */
function newToken({ worker }: Company): Asked {
  return {
    vm: worker,
    functionName: 'impersonate',
    target: SERVICE_ACCOUNT,
    idTokenFor: ID_TOKEN_AUDIENCES[1],
  };
}

export const survivesIam: Step = {
  title: "Google's IAM is down",
  says:
    'IAM, which mints the tokens, now answers every call with 503. The function tries twice, then says when to come ' +
    'back (Retry-After): this is not a refusal, so clients keep the token they have.',
  async show(stage) {
    const { company, narration } = stage;
    const { google } = company;
    for (const method of IAM_METHODS) google.faults.set(method, { kind: 'status', status: 503 });
    const callsBefore = google.calls('generateIdToken');

    const answered = await exchange(stage, newToken(company));
    expectRefused(answered, {
      status: 503,
      error: 'temporarily_unavailable',
      outcome: 'fault',
      reason: 'iam_unavailable',
    });
    expectSame('the Retry-After of the answer', answered.headers.get('retry-after'), '5');
    const calls = google.calls('generateIdToken') - callsBefore;
    expectSame('how often IAM was called', calls, 2);
    narration.show('proof', [`The fake IAM counted ${calls} calls.`]);
    showAuditLine(narration, answered.audit);
  },
};

export const survivesKeys: Step = {
  title: "Google's keys cannot be reached either",
  says:
    'Without them no identity token can be checked. But the function has kept them, for as long as Google allows (some ' +
    'six hours), so it recognizes even worker-2, which it has never seen, and can hand out a token that was minted before.',
  async show(stage) {
    const { company, narration } = stage;
    const { google, colleague } = company;
    google.faults.set('jwks', { kind: 'status', status: 503 });
    const callsBefore = { jwks: google.calls('jwks'), iam: google.calls('generateAccessToken') };

    const asked = { vm: colleague, functionName: 'impersonate', target: SERVICE_ACCOUNT } as const;
    const answered = await exchange(stage, asked);
    expectGranted(answered, SERVICE_ACCOUNT);
    expectSame('whether the token was minted before', answered.audit['reused'], true);
    const calls = { jwks: google.calls('jwks'), iam: google.calls('generateAccessToken') };
    expectSame('how often the keys and IAM were asked for', calls, callsBefore);
    narration.show('proof', [
      'Neither the keys nor IAM were asked, and the token works:',
      ...(await listBucket(company, answered.token)),
    ]);
    showAuditLine(narration, answered.audit);
  },
};

export const recovers: Step = {
  title: 'Google is back',
  says: 'Nothing has to be restarted: the exchange that failed for want of IAM now succeeds.',
  async show(stage) {
    const { company, narration } = stage;
    company.google.faults.clear();
    const answered = await exchange(stage, newToken(company));
    expectGranted(answered, SERVICE_ACCOUNT);
    expectSame('whether the token was minted before', answered.audit['reused'], false);
    showAuditLine(narration, answered.audit);
  },
};
