/**
 * `explain`: what the functions would answer, and why.
 */

import { readFile } from 'node:fs/promises';
import { createConditionEvaluator } from '../../shared/grants/condition.ts';
import { claimedKind, type MemberKind } from '../../shared/member.ts';
import { isGiven, valueOf, type Command, type Invocation } from '../command-line/command.ts';
import { DATABASE_OPTIONS, databaseAddress } from '../database/database-address.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { CEILING_OPTIONS, ceilingsOf, projectNumbersOf } from '../explain/ceiling-flags.ts';
import { decide, type Wanted } from '../explain/decide.ts';
import { documentsRead, findDocuments } from '../explain/find-documents.ts';
import { hints } from '../explain/hints.ts';
import { checkLiveFlags, LIVE_OPTIONS, liveAnswer } from '../explain/live.ts';
import { printExplained, type Explained } from '../explain/print-explained.ts';
import { CALLER_OPTIONS, callerOfFlags, callerOfToken, type Caller } from '../explain/supposed-caller.ts';
import { identityTokenOfVm, METADATA_HOST, METADATA_OPTION } from '../explain/vm-caller.ts';
import { badUsage, Failure } from '../failure.ts';
import { JSON_OPTION, printJson } from '../output/print-json.ts';
import { withDatabase } from './planning.ts';

export const explain: Command = {
  summary: 'say what the functions would answer a caller, and why',
  explanation: `The caller is who an identity token says (--token-file, - for standard input), this VM (--vm), or whom flags
describe. The decision is made by the code of the functions, and nothing is minted. With --live Google is asked as whoever
you are logged in as: what it would refuse is shown with the line that mends it. Exit code 1 where the answer is no.`,
  words: { meaning: '[TARGET]', least: 0, most: 1 },
  options: {
    'token-file': {
      value: 'FILE',
      help: "a file with the VM's identity token; only its claims are ever shown",
    },
    vm: { value: '', help: "this VM, by an identity token of its metadata server's" },
    ...METADATA_OPTION,
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
    ...LIVE_OPTIONS,
    ...CEILING_OPTIONS,
    ...DATABASE_OPTIONS,
    ...JSON_OPTION,
  },
  example:
    'token-vending explain serviceAccount:trainer@acme-data.iam.gserviceaccount.com --service-account workers@acme-workers.iam.gserviceaccount.com --project acme-vending',

  async run(invocation, context) {
    const now = context.now();
    checkLiveFlags(invocation);
    const wanted = wantedOf(invocation);
    const address = databaseAddress(invocation);
    const caller = await callerOf(invocation, now);
    const { principal, documents } = await withDatabase(address, context, (database) =>
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
    const live = await liveAnswer(invocation, { decision, wanted, documents }, address.projectId, context);
    const explained: Explained = {
      decision,
      hints: hints(decision, { ...setting, principal, wanted, documents }),
      assumptions: [...caller.assumptions, ...ceilings.assumptions, ...live.assumptions],
      ...(live.google && { google: live.google }),
      documents: documentsRead(principal, documents),
      principal,
    };
    await (isGiven(invocation, 'json')
      ? printJson(context, explained)
      : printExplained(explained, wanted, context));
    const isRefusedByGoogle = live.google?.some(({ is }) => is === 'no') ?? false;
    return decision.outcome === 'granted' && !isRefusedByGoogle ? EXIT_CODES.ok : EXIT_CODES.differs;
  },
};

async function callerOf(invocation: Invocation, now: Date): Promise<Caller> {
  const path = valueOf(invocation, 'token-file');
  if (isGiven(invocation, 'vm')) {
    if (path !== undefined || valueOf(invocation, 'service-account') !== undefined)
      throw badUsage('--vm is a caller by itself: leave --token-file and --service-account out');
    const token = await identityTokenOfVm(valueOf(invocation, 'metadata-host') ?? METADATA_HOST);
    return callerOfToken(token.reveal(), now);
  }
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
