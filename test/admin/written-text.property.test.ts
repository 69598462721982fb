/**
 * Texts of a grant survive being written: with lines that hold nothing but spaces, and with characters that only some
 * take for the end of a line.
 */

import * as fc from '../support/properties.ts';
import { describe, expect, it } from 'vitest';
import { textOfDocument } from '../../admin/documents/document-text.ts';
import { exportText } from '../../admin/files/export-text.ts';
import { changedYaml, valueOfYaml } from '../../admin/files/yaml-text.ts';
import { FLEET, PIN, READ, target } from './grants-texts.ts';

const TEXT = fc.string({
  unit: fc.constantFrom(...Array.from('a \n\t\r"\'#:\\|-\u0085\u00a0\u2028\u2029\ufeff')),
  minLength: 1,
  maxLength: 8,
});
const GRANT = target('trainer');

function fleet(condition: string) {
  return { uniqueId: PIN, grants: { [GRANT]: { scopes: [READ], condition, lifetimeSeconds: 900 } } };
}

function read(text: string): unknown {
  return valueOfYaml({ file: 'f', firstLine: 1, text });
}

describe('a text that is written into a grants file', () => {
  it.each(['\u2028 ', ' \n', '\n ', '\n \n', 'a\n \nb', ' \r\n', '\ufeff\n'])(
    'is the text %j that it was',
    (text) => {
      expect(read([...exportText(new Map([[FLEET, textOfDocument(fleet(text))]]))].join(''))).toEqual({
        value: { principals: { [FLEET]: fleet(text) } },
      });
    },
  );

  it('is the text that it was, whatever it holds', () => {
    fc.assert(
      fc.property(TEXT, (text) => {
        const file = [...exportText(new Map([[FLEET, textOfDocument(fleet(text))]]))].join('');
        expect(read(file)).toEqual({ value: { principals: { [FLEET]: fleet(text) } } });
      }),
      { numRuns: 5000 },
    );
  });

  it.each(['plain', "'quoted'", '"escaped"', '|\n          a block\n', '>-\n          folded\n'])(
    'is the text that it was, in the place of another one written as %s',
    (old) => {
      const before = `principals:\n  ${FLEET}:\n    grants:\n      ${GRANT}:\n        condition: ${old}\n`;
      fc.assert(
        fc.property(TEXT, (text) => {
          const keys = ['principals', FLEET, 'grants', GRANT, 'condition'];
          const after = changedYaml(before, [{ keys, value: text }]);
          expect(read(after)).toEqual({
            value: { principals: { [FLEET]: { grants: { [GRANT]: { condition: text } } } } },
          });
        }),
        { numRuns: 2000 },
      );
    },
  );

  it('stays a block where all of its lines can be seen', () => {
    const condition = 'request.time < timestamp("2027-01-01T00:00:00Z") &&\n  true\n';
    expect([...exportText(new Map([[FLEET, textOfDocument(fleet(condition))]]))].join('')).toContain(
      `        condition: |
          request.time < timestamp("2027-01-01T00:00:00Z") &&
            true
`,
    );
  });
});
