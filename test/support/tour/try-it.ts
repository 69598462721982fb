/** What to try by hand while the tour stays up. The test of the tour runs these very commands. */

import { join } from 'node:path';
import { TOKEN_EXCHANGE_GRANT_TYPE, TOKEN_TYPES } from '../../../shared/protocol.ts';
import { ALICE, AUDIENCES, TRAINER, type FunctionName } from '../world/world.ts';
import type { Company, Machine } from './company.ts';
import { IDENTITY_PATH } from './exchange.ts';
import type { Narration } from './narration.ts';
import { BUCKET_PATH, DRIVE_PATH } from './proofs.ts';
import { PROGRAM, ROOT } from './refreshers.ts';

interface Trial {
  readonly says: string;
  readonly commands: readonly string[];
}

export async function inviteToTry(narration: Narration, company: Company): Promise<void> {
  narration.heading('Try it yourself');
  narration.paragraph(
    'Everything stays up until you press Ctrl-C here. Paste these into another terminal, in this order:',
  );
  for (const { says, commands } of await trials(company)) {
    narration.paragraph(says);
    narration.commands(commands);
  }
  narration.paragraph(
    'The audit lines of both functions follow here as they are written. (Deployed, they go to Cloud Logging.)',
  );
}

async function trials(company: Company): Promise<readonly Trial[]> {
  const { worker, stranger, functions, googleUrl, grants, refreshers } = company;
  const { url } = await refreshers.lasting();
  const exchange = (functionName: FunctionName, target: string) =>
    exchangeCommands(functions[functionName].url, target);
  return [
    {
      says: 'Be a program on worker-1. Ask its metadata server for an identity token, and exchange that:',
      commands: [
        ...identityCommands(worker, 'impersonate'),
        ...exchange('impersonate', `serviceAccount:${TRAINER}`),
      ],
    },
    {
      says: 'List the bucket with the token that is in the answer:',
      commands: useCommands(`${googleUrl}${BUCKET_PATH}`),
    },
    {
      says: 'Become alice and list her Drive. Another function, so another identity token:',
      commands: [
        ...identityCommands(worker, 'delegate'),
        ...exchange('delegate', `user:${ALICE}`),
        ...useCommands(`${googleUrl}${DRIVE_PATH}`),
      ],
    },
    {
      says: 'Be a stranger, and be refused:',
      commands: [
        ...identityCommands(stranger, 'impersonate'),
        ...exchange('impersonate', `serviceAccount:${TRAINER}`),
      ],
    },
    {
      says: 'Ask the refresher, as client libraries ask a metadata server:',
      commands: [
        "curl -s -w '\\n' -H 'Metadata-Flavor: Google' \\",
        `  ${url}/computeMetadata/v1/instance/service-accounts/default/token`,
      ],
    },
    {
      says: 'Let a program find it. Any Google client would do; this one lists the bucket, and the Drive:',
      commands: [
        ...(await refresherCommands(company)),
        'eval "$(refresher env)"',
        ...programCommands(`${googleUrl}${BUCKET_PATH}`),
        ...programCommands(`${googleUrl}${DRIVE_PATH} ${ALICE}`),
      ],
    },
    {
      says: 'Run it with a refresher of its own, as alice alone; or get a token for a script:',
      commands: [
        `refresher exec --target user:${ALICE} --listen 127.0.0.1:0 -- \\`,
        ...programCommands(`${googleUrl}${DRIVE_PATH}`, '  '),
        'curl -s -w \'\\n\' -H "Authorization: Bearer $(refresher token)" \\',
        `  ${googleUrl}${BUCKET_PATH}`,
      ],
    },
    {
      says:
        'Edit the grants: delete one, uncomment the one for the stranger, or set the kill switch to true. Save, ' +
        'wait a second, and paste an exchange again:',
      commands: [`\${EDITOR:-vi} "${grants.path}"`],
    },
  ];
}

function identityCommands({ url }: Machine, functionName: FunctionName): string[] {
  return [
    "IDENTITY=$(curl -s -G -H 'Metadata-Flavor: Google' \\",
    `  ${url}/computeMetadata/v1/${IDENTITY_PATH} \\`,
    `  -d format=full -d audience=${AUDIENCES[functionName]})`,
  ];
}

function exchangeCommands(url: string, target: string): string[] {
  return [
    `ANSWER=$(curl -s ${url}/v1/token \\`,
    `  -d grant_type=${TOKEN_EXCHANGE_GRANT_TYPE} \\`,
    `  -d subject_token_type=${TOKEN_TYPES.idToken} \\`,
    '  -d subject_token="$IDENTITY" \\',
    `  -d audience=${target})`,
    'printf "%s\\n" "$ANSWER"',
  ];
}

function useCommands(url: string): string[] {
  return [
    `TOKEN=$(printf "%s" "$ANSWER" | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
    `curl -s -w '\\n' -H "Authorization: Bearer $TOKEN" \\`,
    `  ${url}`,
  ];
}

/** `refresher` becomes a command of the shell, and knows where everything is. */
async function refresherCommands({ refreshers }: Company): Promise<string[]> {
  const variables = Object.entries(await refreshers.environment());
  return [
    ...variables.map(([name, value]) => `export ${name}=${value}`),
    `NODE="${process.execPath}"`,
    `refresher() { "$NODE" "${join(ROOT, 'dist/refresher.mjs')}" "$@"; }`,
  ];
}

function programCommands(words: string, indent = ''): string[] {
  return [`${indent}"$NODE" "${join(ROOT, PROGRAM)}" \\`, `${indent}  ${words}`];
}
