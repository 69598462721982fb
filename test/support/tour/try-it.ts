/** What to try by hand while the tour stays up. The test of the tour runs these very commands. */

import { TOKEN_EXCHANGE_GRANT_TYPE, TOKEN_TYPES } from '../../../shared/protocol.ts';
import { ALICE, AUDIENCES, TRAINER, type FunctionName } from '../world/world.ts';
import type { Company, Machine } from './company.ts';
import { IDENTITY_PATH } from './exchange.ts';
import type { Narration } from './narration.ts';
import { BUCKET_PATH, DRIVE_PATH } from './proofs.ts';

interface Trial {
  readonly says: string;
  readonly commands: readonly string[];
}

export function inviteToTry(narration: Narration, company: Company): void {
  narration.heading('Try it yourself');
  narration.paragraph(
    'Everything stays up until you press Ctrl-C here. Paste these into another terminal, in this order:',
  );
  for (const { says, commands } of trials(company)) {
    narration.paragraph(says);
    narration.commands(commands);
  }
  narration.paragraph(
    'The audit lines of both functions follow here as they are written. (Deployed, they go to Cloud Logging.)',
  );
}

function trials({ worker, stranger, functions, googleUrl, grants }: Company): readonly Trial[] {
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
