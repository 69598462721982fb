/** Who gets nothing, and how fast that changes. */

import { TRAINER } from '../../world/world.ts';
import { showAuditLine } from '../audit-trail.ts';
import { exchange, exchangeUnseen, expectGranted, expectRefused } from '../exchange.ts';
import { expectSame } from '../failure.ts';
import { listBucket } from '../proofs.ts';
import type { Step } from '../stage.ts';

const SERVICE_ACCOUNT = `serviceAccount:${TRAINER}`;

export const refusesStranger: Step = {
  title: 'A VM without a grant is refused',
  says:
    'Another VM of the same project, whose identity token is just as good, asks for the same account. It is told no, ' +
    'and nothing from which it could learn what is granted to whom; the audit line tells the operator why.',
  async show(stage) {
    const { company, narration } = stage;
    const asked = { vm: company.stranger, functionName: 'impersonate', target: SERVICE_ACCOUNT } as const;
    const answered = await exchange(stage, asked);
    expectRefused(answered, {
      status: 400,
      error: 'invalid_target',
      outcome: 'refused',
      reason: 'principal_unknown',
    });
    showAuditLine(narration, answered.audit);
    narration.show('meaning', ['The grants file has no document for this VM, nor for its service account.']);
  },
};

export const obeysTheGrantsFile: Step = {
  title: 'A grant is removed, and the next exchange is refused',
  says:
    'Somebody deletes the grant from the file, and one second later (with Firestore, at once) the VM is refused. The ' +
    'function still has the token that it minted before and could hand it out, but it decides anew at every exchange.',
  async show(stage) {
    const { company, narration } = stage;
    const { grants, fleetId, worker } = company;
    const asked = { vm: worker, functionName: 'impersonate', target: SERVICE_ACCOUNT } as const;

    const before = await exchangeUnseen(stage, asked);
    expectGranted(before, SERVICE_ACCOUNT);
    expectSame('whether the token was minted before', before.audit['reused'], true);
    narration.show('before', [`200  ${before.token}: the token minted before, handed out again`], 'green');

    const grant = await grants.grant(fleetId, SERVICE_ACCOUNT);
    await grants.removeGrant(fleetId, SERVICE_ACCOUNT);
    narration.show(
      'removed',
      [`from ${grants.path}:`, ...grant.map((line) => `-${line.slice(1)}`)],
      'yellow',
    );
    await grants.settled();

    const after = await exchange(stage, asked);
    expectRefused(after, { status: 400, error: 'invalid_target', outcome: 'refused', reason: 'no_grant' });
    showAuditLine(narration, after.audit);
    narration.show('meaning', [
      'The document of this service account is there, but it does not list the target.',
    ]);
    narration.show('but', [
      'a token that is out already works until it expires:',
      ...(await listBucket(company, before.token)),
    ]);

    await grants.restore();
    await grants.settled();
    expectGranted(await exchangeUnseen(stage, asked), SERVICE_ACCOUNT);
    narration.show('restored', ['The grant is back in the file, and the VM gets its token again.'], 'green');
  },
};
