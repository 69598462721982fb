import { describe, expect, it } from 'vitest';
import { GrantsFileError, parseGrantsFile } from '../../../shared/grants/grants-file.ts';

const YAML = `
principals:
  serviceAccount:worker@acme.iam.gserviceaccount.com:
    uniqueId: "109422233875895820585"
    expiresAt: 2027-01-01T00:00:00Z
    grants:
      user:alice@example.com:
        scopes: [https://www.googleapis.com/auth/drive.readonly]
        expiresAt: "2027-06-01T12:30:00.25+02:00"
controls:
  kill-switch:
    engaged: true
`;

/** The one principal of a file with this document. */
function principal(document: unknown): unknown {
  return parseGrantsFile(JSON.stringify({ principals: { x: document } })).principals['x'];
}

describe('a grants file', () => {
  it('may be YAML', () => {
    expect(parseGrantsFile(YAML)).toEqual({
      principals: {
        'serviceAccount:worker@acme.iam.gserviceaccount.com': {
          uniqueId: '109422233875895820585',
          expiresAt: new Date('2027-01-01T00:00:00Z'),
          grants: {
            'user:alice@example.com': {
              scopes: ['https://www.googleapis.com/auth/drive.readonly'],
              expiresAt: new Date('2027-06-01T10:30:00.250Z'),
            },
          },
        },
      },
      killSwitch: { engaged: true },
    });
  });

  it('may be JSON', () => {
    const text = '{"principals": {"x": {"grants": {}}}, "controls": {"kill-switch": {}}}';
    expect(parseGrantsFile(text)).toEqual({ principals: { x: { grants: {} } }, killSwitch: {} });
  });

  it.each(['{}', 'principals:', 'controls: {}', 'principals: {}\ncontrols:\n'])(
    'may hold nothing, as %o',
    (text) => {
      expect(parseGrantsFile(text)).toEqual({ principals: {}, killSwitch: undefined });
    },
  );

  it('tells an empty kill switch from none', () => {
    expect(parseGrantsFile('controls: {kill-switch: }').killSwitch).toBeNull();
  });

  it.each([null, 'text', 1, [], { grants: 'none' }, { grants: { a: null, b: [1] } }, { unknown: true }])(
    'leaves a document of %o for its decoder to judge',
    (document) => {
      expect(principal(document)).toEqual(document);
    },
  );

  it('keeps names that every object has as names of its own', () => {
    const text =
      '{"principals": {"__proto__": {"grants": {"__proto__": {"scopes": ["a"]}}}, "constructor": {}}}';
    const { principals } = parseGrantsFile(text);
    expect(Object.keys(principals)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(principals)).toBe(Object.prototype);
  });
});

describe('an RFC 3339 string under expiresAt', () => {
  it.each([
    { text: '2027-01-01T00:00:00Z', instant: '2027-01-01T00:00:00.000Z' },
    { text: '2027-01-01t00:00:00z', instant: '2027-01-01T00:00:00.000Z' },
    { text: '2027-01-01T00:00:00.123456789Z', instant: '2027-01-01T00:00:00.123Z' },
    { text: '2027-01-01T00:00:00-05:30', instant: '2027-01-01T05:30:00.000Z' },
  ])('becomes an instant: $text', ({ text, instant }) => {
    expect(principal({ expiresAt: text })).toEqual({ expiresAt: new Date(instant) });
  });

  it.each([
    '2027-01-01',
    '2027-01-01T00:00:00',
    '2027-01-01 00:00:00Z',
    '2027-01-01T00:00Z',
    '01/01/2027',
    'tomorrow',
    ' 2027-01-01T00:00:00Z',
  ])('and nothing else does, such as %o', (text) => {
    expect(principal({ expiresAt: text })).toEqual({ expiresAt: text });
  });

  it.each([
    '2027-13-01T00:00:00Z',
    '2027-00-01T00:00:00Z',
    '2027-01-32T00:00:00Z',
    '2027-02-29T00:00:00Z',
    '2027-02-30T00:00:00Z',
    '2027-04-31T00:00:00Z',
    '2027-01-01T24:00:00Z',
    '2027-01-01T00:60:00Z',
    '2027-01-01T00:00:60Z',
    '2027-01-01T00:00:00+24:00',
  ])('stays text, for its decoder to refuse, where there is no such moment: %s', (text) => {
    expect(principal({ expiresAt: text })).toEqual({ expiresAt: text });
  });

  it.each(['2028-02-29T00:00:00Z', '2027-12-31T23:59:59Z', '2027-01-31T00:00:00Z'])(
    'may be the last day of a month: %s',
    (text) => {
      expect(principal({ expiresAt: text })).toEqual({ expiresAt: new Date(text) });
    },
  );

  it('stays text anywhere else', () => {
    const document = {
      grants: { a: { condition: '2027-01-01T00:00:00Z', scopes: ['2027-01-01T00:00:00Z'] } },
    };
    expect(principal(document)).toEqual(document);
  });
});

describe('a file that is not well formed', () => {
  const NO_MAP = 'has to hold a map with principals and controls';

  it.each([
    { what: 'nothing', text: '', problem: NO_MAP },
    { what: 'a comment', text: '# grants', problem: NO_MAP },
    { what: 'a list', text: '- principals', problem: NO_MAP },
    { what: 'text', text: 'principals', problem: NO_MAP },
    {
      what: 'an unknown collection',
      text: 'principles: {}',
      problem: 'has an unknown collection "principles"',
    },
    { what: 'a list of principals', text: 'principals: []', problem: 'has to hold a map under principals' },
    { what: 'controls in a string', text: 'controls: engaged', problem: 'has to hold a map under controls' },
    {
      what: 'another control',
      text: 'controls: {killswitch: {engaged: true}}',
      problem: 'has controls/killswitch, but only controls/kill-switch exists',
    },
    {
      what: 'an unclosed brace',
      text: '{"principals": {',
      problem: 'is not YAML at line 1, column 17: BAD_INDENT',
    },
    {
      what: 'a key that stands twice',
      text: 'principals:\n  x: {}\n  x: {}\n',
      problem: 'is not YAML at line 3, column 3: DUPLICATE_KEY',
    },
    {
      what: 'a tab for indentation',
      text: 'principals:\n\tx: {}\n',
      problem: 'is not YAML at line 2, column 1: TAB_AS_INDENT',
    },
    {
      what: 'two documents',
      text: 'principals: {}\n---\nprincipals: {}\n',
      problem: 'is not YAML at line 2, column 1: MULTIPLE_DOCS',
    },
  ])('because it holds $what says so', ({ text, problem }) => {
    expect(() => parseGrantsFile(text)).toThrow(new GrantsFileError(problem));
  });

  it('never quotes itself', () => {
    expect(() => parseGrantsFile('hunter2: "hunter2" x\n')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('hunter2') as unknown }),
    );
  });

  it.each([
    {
      what: 'aliases that multiply',
      text: bomb(),
      problem: 'has an alias that names nothing, or too many of them',
    },
    {
      what: 'a tag that nobody knows',
      text: 'principals: !restricted {}',
      problem: 'is not YAML at line 1, column 13: TAG_RESOLVE_FAILED',
    },
  ])('because it holds $what says so too', ({ text, problem }) => {
    expect(() => parseGrantsFile(text)).toThrow(new GrantsFileError(problem));
  });

  it('because it holds an alias of nothing speaks of aliases', () => {
    expect(() => parseGrantsFile('principals: *nothing')).toThrow(/alias/);
  });
});

/** Ten lists of ten aliases of the list before: ten thousand million items, if anybody made them. */
function bomb(): string {
  const lists = Array.from({ length: 10 }, (_, index) => {
    const aliases = Array(10).fill(index === 0 ? 'x' : `*a${index - 1}`);
    return `a${index}: &a${index} [${aliases.join(', ')}]`;
  });
  return `principals:\n  ${lists.join('\n  ')}\n`;
}
