import * as fc from '../../support/properties.ts';
import { describe, expect, it } from 'vitest';
import { GrantsFileError, parseGrantsFile } from '../../../shared/grants/grants-file.ts';

const FILE = `# grants
principals:
  "serviceAccount:worker@acme-workers.iam.gserviceaccount.com":
    uniqueId: "109422233875895820585"
    expiresAt: 2027-01-01T00:00:00Z
    grants: &grants
      serviceAccount:trainer@acme-data.iam.gserviceaccount.com: { scopes: [openid], expiresAt: "2027-01-01T00:00:00Z" }
  instance:326694433618:2875949485074006138: { grants: *grants }
controls: { kill-switch: { engaged: false, targets: [] } }
`;

/** `well formed`, or the words of what is not; anything else that is thrown is a bug. */
function judge(text: string): string {
  try {
    parseGrantsFile(text);
    return 'well formed';
  } catch (error) {
    if (error instanceof GrantsFileError) return error.message;
    throw error;
  }
}

const fragment = fc.constantFrom(
  'principals:',
  'controls:',
  ' ',
  '  ',
  '\n',
  '\n  ',
  '{',
  '}',
  '[',
  ']',
  ': ',
  '- ',
  '? ',
  ', ',
  '&a ',
  '*a',
  '*a ',
  '<<: ',
  '!!binary ',
  '!!set ',
  '!!timestamp ',
  '!x ',
  '"',
  "'",
  '|\n',
  '>-\n',
  '# ',
  '---\n',
  '...\n',
  '%YAML 1.1\n---\n',
  '%TAG ! x\n',
  '\t',
  '\0',
  '\uFEFF',
  '\\x',
  'null',
  '2027-01-01',
  '__proto__',
  '.nan',
);

/** It completes "the grants file …". */
const ONE_LINE = /^[a-z][^\n\r]*$/;

describe('parseGrantsFile', () => {
  it('throws nothing but its own error of any text', () => {
    const text = fc.array(
      fc.oneof({ weight: 5, arbitrary: fragment }, fc.string({ unit: 'binary', maxLength: 3 })),
      {
        maxLength: 14,
      },
    );
    fc.assert(
      fc.property(text, (parts) => {
        expect(judge(parts.join(''))).toMatch(ONE_LINE);
      }),
      { numRuns: 800 },
    );
  });

  it('throws nothing but its own error of a file that somebody has just half edited', () => {
    const edit = fc.record({
      at: fc.nat({ max: FILE.length }),
      removed: fc.nat({ max: 30 }),
      put: fc.oneof(fragment, fc.string({ maxLength: 3 })),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        const edited = edits.reduce(
          (text, { at, removed, put }) => text.slice(0, at) + put + text.slice(at + removed),
          FILE,
        );
        expect(judge(edited)).toMatch(ONE_LINE);
      }),
      { numRuns: 600 },
    );
  });

  it('gives every document back as it was written', () => {
    const key = fc.oneof(
      fc.constantFrom('__proto__', 'constructor', 'expiresAt', 'grants'),
      fc.string({ maxLength: 6 }),
    );
    const document = fc.dictionary(key, fc.jsonValue({ maxDepth: 2, noUnicodeString: true }), { maxKeys: 4 });
    fc.assert(
      fc.property(fc.dictionary(key, document, { maxKeys: 3 }), (principals) => {
        const parsed = parseGrantsFile(JSON.stringify({ principals }));
        expect(JSON.stringify(parsed.principals)).toBe(JSON.stringify(principals));
        expect(parsed.killSwitch).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it('reads each RFC 3339 string under expiresAt as the instant that it names, and no other text as one', () => {
    const two = (max: number, min = 0) =>
      fc.integer({ min, max }).map((value) => String(value).padStart(2, '0'));
    const parts = fc.record({
      year: fc.integer({ min: 1970, max: 2400 }).map(String),
      month: two(13),
      day: two(32),
      hour: two(24),
      minute: two(60),
      second: two(60),
      fraction: fc.constantFrom('', '.5', '.123', '.123456789', '.1234567891', '.'),
      offset: fc.constantFrom(
        'Z',
        'z',
        '+00:00',
        '-00:00',
        '+05:30',
        '-08:00',
        '+23:59',
        '+24:00',
        '+05:60',
        '',
      ),
      separator: fc.constantFrom('T', 'T', 'T', 't', ' '),
    });
    fc.assert(
      fc.property(parts, (moment) => {
        const { year, month, day, hour, minute, second, fraction, offset, separator } = moment;
        const text = `${year}-${month}-${day}${separator}${hour}:${minute}:${second}${fraction}${offset}`;
        const file = JSON.stringify({
          principals: { x: { expiresAt: text, grants: { y: { expiresAt: text } } } },
        });
        const instantMs = momentMs(moment);
        const { x } = parseGrantsFile(file).principals as Record<
          string,
          { expiresAt: unknown; grants: object }
        >;
        expect(x?.grants).toEqual({ y: { expiresAt: x?.expiresAt } });
        expect(isInstant(x?.expiresAt) ? x.expiresAt.getTime() : undefined).toBe(instantMs);
      }),
      { numRuns: 800 },
    );
  });
});

/** A stored value that its decoder takes for an instant. */
function isInstant(value: unknown): value is Date {
  return value instanceof Date && !Number.isNaN(value.getTime());
}

/** RFC 3339 §5.6 and §5.7, leap seconds left out; `undefined`: there is no such moment. */
function momentMs(moment: Readonly<Record<string, string>>): number | undefined {
  const { year, month, day, hour, minute, second, fraction = '', offset = '', separator = '' } = moment;
  const isLeap = Number(year) % 4 === 0 && (Number(year) % 100 !== 0 || Number(year) % 400 === 0);
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][Number(month) - 1] ?? 0;
  const isMoment = Number(day) >= 1 && Number(day) <= days && Number(hour) < 24 && Number(minute) < 60;
  const isWritten = /^(?:\.\d{1,9})?$/.test(fraction) && /^t$/i.test(separator);
  const shift = /^(?:z|([+-])([01]\d|2[0-3]):([0-5]\d))$/i.exec(offset);
  if (!isMoment || !isWritten || Number(second) > 59 || shift === null) return undefined;
  const shiftMinutes = (shift[1] === '-' ? -1 : 1) * (Number(shift[2] ?? 0) * 60 + Number(shift[3] ?? 0));
  const wholeMs = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  return wholeMs + Math.floor(Number(`0${fraction}`) * 1000) - shiftMinutes * 60_000;
}
