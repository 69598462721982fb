/**
 * `grants lint`: what is wrong with the files, and what is probably not meant. Offline.
 */

import { createConditionEvaluator } from '../../shared/grants/condition.ts';
import { isGiven, type Command, type Context } from '../command-line/command.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { placeIn, type GrantsFiles } from '../files/parse-grants-files.ts';
import { excerpt, placeText, type Place } from '../files/problem.ts';
import { readGrantsFiles } from '../files/read-grants-files.ts';
import { lint, lintedDocument, type Finding } from '../lint/lint.ts';
import { lintRules } from '../lint/rules.ts';
import { JSON_OPTION, printJson } from '../output/print-json.ts';
import { PATHS } from './planning.ts';

type PlacedFinding = Finding & { readonly place: Place };

export const grantsLint: Command = {
  summary: 'say what is wrong with the files, and what is probably not meant; offline',
  explanation: `Exit code 1 where there are errors, or warnings with --strict. What a code means and what to do about it is in
docs/admin.md. A file that does not parse, or that the functions would not understand, ends it with 65.`,
  words: PATHS,
  options: { strict: { value: '', help: 'warnings fail, too' }, ...JSON_OPTION },
  example: 'token-vending grants lint grants.yaml',

  async run(invocation, context) {
    const files = await readGrantsFiles(invocation.words, context.readPrincipals);
    const findings = findingsIn(files, context.now());
    await (isGiven(invocation, 'json')
      ? printJson(context, { findings: findings.map(json) })
      : printFindings(findings, files, context));
    const isBad = findings.some(({ severity }) => severity === 'error' || isGiven(invocation, 'strict'));
    return isBad ? EXIT_CODES.differs : EXIT_CODES.ok;
  },
};

function findingsIn({ entries, organization }: GrantsFiles, now: Date): readonly PlacedFinding[] {
  const documents = Array.from(entries.values(), ({ id, text }) => lintedDocument(id, text));
  const rules = lintRules(createConditionEvaluator());
  return lint({ documents, organization, now }, rules).flatMap((finding) => {
    const entry = entries.get(finding.id);
    return entry === undefined ? [] : [{ ...finding, place: placeIn(entry, finding.keys) }];
  });
}

function json({ code, severity, reason, id, keys, place: { file, line, column } }: PlacedFinding): unknown {
  return { code, severity, reason, principal: id, field: keys, file, line, column };
}

async function printFindings(
  findings: readonly PlacedFinding[],
  { entries }: GrantsFiles,
  { print, colours }: Context,
) {
  for (const { code, severity, reason, place } of findings) {
    const mark = severity === 'error' ? colours.error : colours.caution;
    await print(
      `${placeText(place)}: ${mark(severity)} ${colours.strong(code)}: ${reason}\n${colours.faint(excerpt(place))}`,
    );
  }
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  await print(`${entries.size} principals: ${errors} errors, ${findings.length - errors} warnings\n`);
}
