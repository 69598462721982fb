/**
 * A principal that is read in pieces says what it says as a whole.
 */

import * as fc from '../support/properties.ts';
import { describe, expect, it } from 'vitest';
import { textOfDocument } from '../../admin/documents/document-text.ts';
import { exportText } from '../../admin/files/export-text.ts';
import { createPrincipalReader } from '../../admin/files/principal-value.ts';
import { splitFile } from '../../admin/files/split-file.ts';
import { valueOfYaml } from '../../admin/files/yaml-text.ts';
import { generatedDocument } from './generated-documents.ts';
import { FLEET, READ, target } from './grants-texts.ts';

/** Lines that somebody may put anywhere, and that break some of what they get into. */
const LINE = fc.constantFrom(
  '',
  '# grants:',
  '    grants:',
  '      grants:',
  `      ${target('a')}:`,
  `        scopes: [${READ}]`,
  '        condition: |',
  '          grants:',
  '      ]',
  '  more: 1',
  '    disabled: true',
  "        condition: 'a",
  '\tx: 1',
);

describe('a principal in pieces', () => {
  it('is the principal, whatever lines somebody puts between', () => {
    const read = createPrincipalReader();
    const changes = fc.array(fc.tuple(fc.nat(), LINE), { maxLength: 3 });
    fc.assert(
      fc.property(generatedDocument, changes, (document, inserted) => {
        const lines = [...exportText(new Map([[FLEET, textOfDocument(document)]]))]
          .join('')
          .split('\n')
          .slice(1);
        for (const [at, line] of inserted) lines.splice(at % (lines.length + 1), 0, line);
        const yaml = { file: 'f', firstLine: 2, text: lines.join('\n') };
        // what is connected to other places is never cut
        fc.pre(splitFile('f', `principals:\n${yaml.text}`) !== undefined);
        expect(read(yaml)).toEqual(valueOfYaml(yaml));
      }),
      { numRuns: 3000 },
    );
  });

  it('reads what grants have in common once', () => {
    const text = (names: readonly string[]) =>
      `  ${FLEET}:\n    grants:\n${names.map((name) => `      ${target(name)}:\n        scopes: [${READ}]\n`).join('')}    disabled: false\n`;
    const read = createPrincipalReader();
    const grants = (names: readonly string[]) => {
      const found = read({ file: 'f', firstLine: 1, text: text(names) });
      return Object.values(
        (found as { value: Record<string, { grants: object }> }).value[FLEET]?.grants ?? {},
      ) as unknown[];
    };
    const all = [...grants(['a', 'b']), ...grants(['c'])];
    expect(all).toHaveLength(3);
    expect(new Set(all).size).toBe(1);
  });

  it.each([
    [
      'in another field',
      `  ${FLEET}:\n    more:\n      grants:\n        ${target('a')}:\n          scopes: [a]\n`,
    ],
    [
      'in a text',
      `  ${FLEET}:\n    more: |\n      grants:\n        ${target('a')}:\n          scopes: [a]\n`,
    ],
    ['beside the principal', `  ${FLEET}:\n    more: 1\n  grants:\n    ${target('a')}:\n      scopes: [a]\n`],
  ])('takes for its grants nothing that stands %s', (_, text) => {
    const yaml = { file: 'f', firstLine: 1, text };
    expect(createPrincipalReader()(yaml)).toEqual(valueOfYaml(yaml));
  });

  it.each([
    [
      'a target that stands twice',
      `  ${FLEET}:\n    grants:\n      ${target('a')}:\n        scopes: [a]\n      ${target('a')}:\n        scopes: [a]\n`,
    ],
    ['a grant that is cut off', `  ${FLEET}:\n    grants:\n      ${target('a')}:\n        scopes: [a\n`],
  ])('has the problems of the whole where there is %s', (_, text) => {
    const yaml = { file: 'f', firstLine: 1, text };
    const read = createPrincipalReader()(yaml);
    expect(read).toHaveProperty('problems');
    expect(read).toEqual(valueOfYaml(yaml));
  });
});
