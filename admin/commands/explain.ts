/**
 * `explain`: what the functions would answer, and why.
 */

import { readFile } from 'node:fs/promises';
import { createConditionEvaluator } from '../../shared/grants/condition.ts';
import { KILL_SWITCH_PATH, PRINCIPALS, type GrantDocuments } from '../../shared/grants/grant-store.ts';
import type { StoredDocument } from '../../shared/grants/stored-document.ts';
import { principalDocumentIds, type Principal } from '../../shared/identity/principal.ts';
import { claimedKind, type MemberKind } from '../../shared/member.ts';
import { isRecord } from '../../shared/unknown.ts';
import { isGiven, valueOf, type Command, type Context, type Invocation } from '../command-line/command.ts';
import { DATABASE_OPTIONS, databaseAddress } from '../database/database-address.ts';
import type { GrantsDatabase } from '../database/grants-database.ts';
import { documentOfText } from '../documents/document-text.ts';
import { supposedPrincipal } from '../documents/supposed-principal.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { badUsage, Failure } from '../failure.ts';
import { CEILING_OPTIONS, ceilingsOf, projectNumbersOf } from '../explain/ceiling-flags.ts';
import { decide, type Decision, type Wanted } from '../explain/decide.ts';
import { hints } from '../explain/hints.ts';
import { CALLER_OPTIONS, callerOfFlags, callerOfToken, type Caller } from '../explain/supposed-caller.ts';
import { JSON_OPTION, printJson } from '../output/print-json.ts';
import { withDatabase } from './planning.ts';

export const explain: Command = {
  summary: 'say what the functions would answer a caller, and why',
  explanation: `The caller is who an identity token says (--token-file, - for standard input), or whom flags describe. The decision is
made by the code of the functions; nothing is minted and Google is not asked. Exit code 1 where the answer is no.`,
  words: { meaning: '[TARGET]', least: 0, most: 1 },
  options: {
    'token-file': {
      value: 'FILE',
      help: "a file with the VM's identity token; only its claims are ever shown",
    },
    ...CALLER_OPTIONS,
    scope: {
      value: 'SCOPES',
      help: 'the scopes that are asked for, with spaces between (default: all that are granted)',
    },
    'id-token-audience': {
      value: 'URL',
      help: 'an ID token for this audience is asked for, not an access token',
    },
    function: { value: 'NAME', help: 'impersonate or delegate (default: that of the target)' },
    ...CEILING_OPTIONS,
    ...DATABASE_OPTIONS,
    ...JSON_OPTION,
  },
  example:
    'token-vending explain serviceAccount:trainer@acme-data.iam.gserviceaccount.com --service-account workers@acme-workers.iam.gserviceaccount.com --project acme-vending',

  async run(invocation, context) {
    const now = context.now();
    const caller = await callerOf(invocation, now);
    const wanted = wantedOf(invocation);
    const { principal, documents } = await withDatabase(databaseAddress(invocation), context, (database) =>
      findDocuments(caller, database),
    );
    const evaluateCondition = createConditionEvaluator();
    const ceilings = ceilingsOf(invocation, documents, wanted);
    const setting = {
      evaluateCondition,
      projectNumbers: projectNumbersOf(invocation),
      ceilings: ceilings.ceilings,
      now,
    };
    const decision = decide(principal, wanted, documents, setting);
    const explained: Explained = {
      decision,
      hints: hints(decision, { principal, wanted, documents, now, evaluateCondition }),
      assumptions: [...caller.assumptions, ...ceilings.assumptions],
      documents: documentsRead(principal, documents),
      principal,
    };
    await (isGiven(invocation, 'json')
      ? printJson(context, explained)
      : printExplained(explained, wanted, context));
    return decision.outcome === 'granted' ? EXIT_CODES.ok : EXIT_CODES.differs;
  },
};

interface Explained {
  readonly decision: Decision;
  readonly hints: readonly string[];
  readonly assumptions: readonly string[];
  readonly documents: readonly { readonly path: string; readonly isStored: boolean }[];
  readonly principal: Principal;
}

async function callerOf(invocation: Invocation, now: Date): Promise<Caller> {
  const path = valueOf(invocation, 'token-file');
  if (path === undefined) return callerOfFlags(invocation, now);
  const token = await readFile(path === '-' ? '/dev/stdin' : path, 'utf8').catch((cause: unknown) => {
    throw new Failure(EXIT_CODES.noFile, 'the file of --token-file cannot be read', { cause });
  });
  return callerOfToken(token, now);
}

function wantedOf(invocation: Invocation): Wanted {
  const [audience] = invocation.words;
  const resource = valueOf(invocation, 'id-token-audience');
  return {
    kind: kindOf(invocation),
    audience,
    scope: valueOf(invocation, 'scope'),
    resource,
    isIdToken: resource !== undefined,
  };
}

function kindOf(invocation: Invocation): MemberKind {
  const named = valueOf(invocation, 'function');
  if (named === 'impersonate') return 'serviceAccount';
  if (named === 'delegate') return 'user';
  if (named !== undefined) throw badUsage('--function has to be impersonate or delegate');
  return claimedKind((invocation.words[0] ?? '').replace('//iam.googleapis.com/', '')) ?? 'serviceAccount';
}

/** As one exchange finds them. A caller without a numeric id has the one that its fleet is pinned to. */
async function findDocuments(
  { supposed }: Caller,
  database: GrantsDatabase,
): Promise<{ readonly principal: Principal; readonly documents: GrantDocuments }> {
  const ids = principalDocumentIds(supposedPrincipal(supposed));
  const [instance, serviceAccount, killSwitch] = await Promise.all([
    database.principal(ids.instance),
    database.principal(ids.serviceAccount),
    database.killSwitch(),
  ]);
  const documents = {
    instance: stored(`${PRINCIPALS}/${ids.instance}`, instance),
    serviceAccount: stored(`${PRINCIPALS}/${ids.serviceAccount}`, serviceAccount),
    killSwitch: stored(KILL_SWITCH_PATH, killSwitch),
  };
  const pinned = [documents.serviceAccount, documents.instance].flatMap((one) =>
    isRecord(one?.data) && typeof one.data['uniqueId'] === 'string' ? [one.data['uniqueId']] : [],
  );
  const uniqueId = supposed.uniqueId === '' ? (pinned[0] ?? '0') : supposed.uniqueId;
  return { principal: supposedPrincipal({ ...supposed, uniqueId }), documents };
}

function stored(path: string, found: { readonly text: string } | undefined): StoredDocument | undefined {
  return found && { path, data: documentOfText(found.text) };
}

function documentsRead(principal: Principal, documents: GrantDocuments): Explained['documents'] {
  const ids = principalDocumentIds(principal);
  return [
    { path: `${PRINCIPALS}/${ids.instance}`, isStored: documents.instance !== undefined },
    { path: `${PRINCIPALS}/${ids.serviceAccount}`, isStored: documents.serviceAccount !== undefined },
    { path: KILL_SWITCH_PATH, isStored: documents.killSwitch !== undefined },
  ];
}

async function printExplained(
  { decision, principal, ...explained }: Explained,
  { audience }: Wanted,
  context: Context,
) {
  const { colours, print } = context;
  const who = `${principal.serviceAccount} on ${principal.instance.name} for ${audience ?? 'its only target'}`;
  const outcome =
    decision.outcome === 'granted'
      ? colours.gain('granted')
      : colours.error(`${decision.outcome}: ${decision.reason}`);
  const lines = [
    `${outcome}: ${who}`,
    ...(decision.outcome === 'granted'
      ? grantLines(decision)
      : [`  ${decision.detail ?? ''}`].filter((line) => line.trim() !== '')),
    ...explained.hints.map((hint) => `  ${hint}`),
    ...(decision.outcome === 'granted'
      ? []
      : [`  what it means: docs/troubleshooting.md#${decision.reason}`]),
    ...explained.documents.map(({ path, isStored }) =>
      colours.faint(`  read ${path}: ${isStored ? 'stored' : 'not stored'}`),
    ),
    ...explained.assumptions.map((assumption) => colours.faint(`  ${assumption}`)),
  ];
  await print(`${lines.join('\n')}\n`);
}

function grantLines({ grant }: Extract<Decision, { readonly outcome: 'granted' }>): readonly string[] {
  return [
    `  by ${grant.grantPath}`,
    ...(grant.scopes.length > 0 ? [`  scopes ${grant.scopes.join(' ')}`] : []),
    ...(grant.type === 'access_token' ? [`  for ${grant.lifetimeSeconds} s`] : []),
    ...(grant.type === 'delegation' ? [`  signed by ${grant.signer}`] : []),
  ];
}
