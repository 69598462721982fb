/** How programs that know nothing of all this get their tokens: a refresher runs beside them. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callMetadata, member, type ApiAnswer } from '../../google/api-client.ts';
import { ALICE, TRAINER } from '../../world/world.ts';
import { isJsonObject } from '../../google/json-object.ts';
import { expectSame } from '../failure.ts';
import { table } from '../layout.ts';
import { BUCKET_PATH, DRIVE_PATH, FILES, listBucket, OBJECTS } from '../proofs.ts';
import { PROGRAM, ROOT, type Refresher } from '../refreshers.ts';
import type { Stage, Step } from '../stage.ts';

const SERVICE_ACCOUNT = `serviceAccount:${TRAINER}`;
const PERSON = `user:${ALICE}`;
const TOKEN_PATH = 'instance/service-accounts/default/token';

export const servesAnyClient: Step = {
  title: 'An ordinary program becomes both, with a refresher beside it',
  says:
    'Programs need not exchange anything. A refresher (`node dist/refresher.mjs`) does it for them: it keeps fresh ' +
    "tokens, and offers them like the metadata server of a VM, where Google's client libraries look by themselves. " +
    'This one has a token of the service account, and one of alice.',
  async show(stage) {
    const { company, narration } = stage;
    const { host } = await company.refreshers.lasting();
    narration.show('run', [`refresher serve --target ${SERVICE_ACCOUNT} --target ${PERSON}`]);
    narration.show('answer', [`listening on ${host}`], 'green');
    const [, ...program] = readFileSync(join(ROOT, PROGRAM), 'utf8').split('\n');
    narration.show(
      'program',
      program.filter((line) => line !== ''),
    );
    const command = `eval "$(refresher env)"; node ${PROGRAM}`;
    await runs(stage, `${command} ${company.googleUrl}${BUCKET_PATH}`, OBJECTS);
    await runs(stage, `${command} ${company.googleUrl}${DRIVE_PATH} ${ALICE}`, FILES);
  },
};

export const runsOneCommand: Step = {
  title: 'A command is alice, for as long as it runs',
  says:
    '`refresher exec` is the same for one command: it waits for the token, starts the command where that finds it, ' +
    "passes signals on, and ends with the command's exit code.",
  async show(stage) {
    const url = `${stage.company.googleUrl}${DRIVE_PATH}`;
    await runs(
      stage,
      `refresher exec --target ${PERSON} --listen 127.0.0.1:0 -- node ${PROGRAM} ${url}`,
      FILES,
    );
  },
};

export const outlivesTheFunction: Step = {
  title: 'A function is down, and the token stays',
  says:
    'A token is swapped while ten minutes or more of its life remain. So that this is soon, a grant is given an end ' +
    'five minutes from now: the refresher for it asks every five seconds. Then the function is cut off.',
  async show(stage) {
    const { company, narration } = stage;
    const { doors, functions, fleetId, grants } = company;
    const end = new Date(Date.now() + 300_000);
    await grants.limitGrant(fleetId, SERVICE_ACCOUNT, end);
    narration.show('changed', [`in ${grants.path}:`, `  expiresAt: ${end.toISOString()}`], 'yellow');
    await grants.settled();
    const refresher = await company.refreshers.second();
    narration.show('request', [`GET ${refresher.url}/computeMetadata/v1/${TOKEN_PATH}`]);
    const before = await tokenOf(refresher);
    narration.show('answer', describe(before), 'green');

    doors.impersonate.shut();
    narration.show('cut off', [`${functions.impersonate.url} closes every connection`], 'red');
    const { message } = await refresher.logged(({ severity }) => severity === 'WARNING');
    narration.show('log', [message], 'yellow');
    const after = await tokenOf(refresher);
    const token = member(after, 'access_token');
    expectSame('the token of the refresher', token, member(before, 'access_token'));
    narration.show('answer', describe(after), 'green');
    narration.show('proof', ['It is the same token, and it works:', ...(await listBucket(company, token))]);
    await fails(stage, 'refresher token --wait 1', 69);
    doors.impersonate.open();
  },
};

export const dropsWhatIsRefused: Step = {
  title: 'A grant is removed, and the refresher drops the token',
  says:
    'The function is back, and the grant is deleted. What the refresher still has would be good for minutes, but once ' +
    'the function says no it gives it to nobody, and tells programs and people what to do.',
  async show(stage) {
    const { company, narration } = stage;
    const { grants, fleetId } = company;
    await grants.removeGrant(fleetId, SERVICE_ACCOUNT);
    narration.show('removed', [`${SERVICE_ACCOUNT}, from ${grants.path}`], 'yellow');
    await grants.settled();
    const refresher = await company.refreshers.second();
    await refresher.logged(({ severity }) => severity === 'ERROR');
    const answer = await tokenOf(refresher);
    expectSame('the status of the refresher', answer.status, 403);
    narration.show('answer', describe(answer), 'yellow');
    await fails(stage, 'refresher token', 77);
    await refresher.stop();
    await grants.restore();
    await grants.settled();
  },
};

function tokenOf({ url }: Refresher): Promise<ApiAnswer> {
  return callMetadata(url, TOKEN_PATH);
}

function describe({ status, body }: ApiAnswer): string[] {
  const members = Object.entries(isJsonObject(body) ? body : {});
  return [
    String(status),
    ...table(Object.fromEntries(members.map(([name, value]) => [name, String(value)])), 2),
  ];
}

/** Runs the command, and shows the lines that it prints. */
async function runs({ company, narration }: Stage, command: string, lines: readonly string[]): Promise<void> {
  narration.show('run', [command]);
  const { code, stdout, stderr } = await company.refreshers.shell(command);
  expectSame(
    'what the command came to',
    { code, lines: stdout.trim().split('\n'), stderr },
    { code: 0, lines, stderr: '' },
  );
  narration.show('answer', [lines.join(', ')], 'green');
}

async function fails({ company, narration }: Stage, command: string, exitCode: number): Promise<void> {
  const { code, stdout, log } = await company.refreshers.shell(command);
  expectSame('what the command came to', { code, stdout }, { code: exitCode, stdout: '' });
  narration.show('run', [command]);
  narration.show('answer', [`exit code ${exitCode}: ${log.at(-1)?.message}`], 'yellow');
}
