/** What the service is for: a VM shows who it is, and becomes somebody else. */

import { isJsonObject } from '../../google/json-object.ts';
import { ALICE, AUDIENCES, TRAINER } from '../../world/world.ts';
import { showAuditLine } from '../audit-trail.ts';
import { exchange, expectGranted, fetchIdentityToken, IDENTITY_PATH } from '../exchange.ts';
import { expectSame } from '../failure.ts';
import { ID_TOKEN_AUDIENCES } from '../grants-file.ts';
import { table } from '../layout.ts';
import { claimsOf, failWithOwnToken, listBucket, listDrive, whoIs } from '../proofs.ts';
import type { Step } from '../stage.ts';

const SERVICE_ACCOUNT = `serviceAccount:${TRAINER}`;
const PERSON = `user:${ALICE}`;

export const provesItself: Step = {
  title: 'A VM proves who it is',
  says:
    'A program on the VM asks its metadata server for an identity token: a statement, signed by Google, of which VM ' +
    'this is, made out to one recipient (the audience) and good for an hour. It is all that the VM needs: no key file, ' +
    'no password.',
  async show(stage) {
    const { company, narration } = stage;
    const { worker } = company;
    narration.show('request', [
      `GET ${worker.url}/computeMetadata/v1/${IDENTITY_PATH}`,
      `    ?audience=${AUDIENCES.impersonate}&format=full`,
    ]);
    const token = await fetchIdentityToken(worker, AUDIENCES.impersonate);
    narration.show('answer', [`200  ${token}`], 'green');
    const { iss, aud, email, google } = await claimsOf(stage, token);
    const instance =
      isJsonObject(google) && isJsonObject(google['compute_engine']) ? google['compute_engine'] : {};
    const { instance_name: name, zone, project_id: project } = instance;
    expectSame(
      'the audience, account and name in the identity token',
      [aud, email, name],
      [AUDIENCES.impersonate, worker.serviceAccount, worker.name],
    );
    narration.show('proof', [
      "The signature is good by Google's published keys, and the token says:",
      ...table(
        {
          issuer: String(iss),
          audience: String(aud),
          account: String(email),
          machine: `${String(name)}, zone ${String(zone)}, project ${String(project)}`,
        },
        2,
      ),
    ]);
  },
};

export const becomesServiceAccount: Step = {
  title: 'The VM becomes a service account, and lists a bucket',
  says:
    'It sends the identity token to the function `impersonate` and names whom it wants to become. The function checks ' +
    "Google's signature, finds the grant, writes an audit line, and hands out a token of that account.",
  async show(stage) {
    const { company, narration } = stage;
    const asked = { vm: company.worker, functionName: 'impersonate', target: SERVICE_ACCOUNT } as const;
    const grant = await company.grants.grant(company.fleetId, SERVICE_ACCOUNT);
    narration.show('grant', [`in ${company.grants.path}`, `  ${company.fleetId}:`, '    grants:', ...grant]);
    const answered = await exchange(stage, asked, true);
    expectGranted(answered, SERVICE_ACCOUNT);
    narration.show('proof', [
      ...(await listBucket(company, answered.token)),
      await failWithOwnToken(company, company.worker),
      whoIs(company, answered.token, SERVICE_ACCOUNT),
    ]);
    showAuditLine(narration, answered.audit);
  },
};

export const becomesPerson: Step = {
  title: 'The VM becomes alice, and lists the files in her Drive',
  says:
    'The function `delegate` does the same for the people of a Google Workspace. It could do more harm than the other, ' +
    'and so it is kept apart: it runs as an account of its own and takes only identity tokens made out to itself.',
  async show(stage) {
    const { company, narration } = stage;
    const answered = await exchange(stage, { vm: company.worker, functionName: 'delegate', target: PERSON });
    expectGranted(answered, PERSON);
    narration.show('proof', [
      ...(await listDrive(company, answered.token)),
      whoIs(company, answered.token, PERSON),
    ]);
    showAuditLine(narration, answered.audit);
  },
};

export const getsIdToken: Step = {
  title: 'The VM gets an ID token',
  says:
    'Cloud Run services, or APIs of your own, want to know who calls, and take ID tokens. The VM gets one of the ' +
    'service account, made out to a single API, which the grant has to list.',
  async show(stage) {
    const { company, narration } = stage;
    const [api] = ID_TOKEN_AUDIENCES;
    const answered = await exchange(stage, {
      vm: company.worker,
      functionName: 'impersonate',
      target: SERVICE_ACCOUNT,
      idTokenFor: api,
    });
    expectGranted(answered, SERVICE_ACCOUNT);
    const { aud, email } = await claimsOf(stage, answered.token);
    expectSame('the audience and the e-mail in the ID token', [aud, email], [api, TRAINER]);
    narration.show('proof', [
      `${api} checks Google's signature, and finds in the token:`,
      ...table({ audience: String(aud), account: String(email) }, 2),
    ]);
    showAuditLine(narration, answered.audit);
  },
};
