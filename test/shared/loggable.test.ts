import { describe, expect, it } from 'vitest';
import { loggableCauses, loggableFrames, loggableText } from '../../shared/loggable.ts';

const JWT = `eyJhbGciOiJSUzI1NiJ9.${'eyJpc3MiOiJodHRwcyJ9'.repeat(3)}.c2lnbmF0dXJl`;

describe('loggable text', () => {
  it('keeps a sentence as it is', () => {
    const sentence = 'The audience "https://example.com/v1/token" is not ours (code 7).';
    expect(loggableText(sentence)).toBe(sentence);
  });

  it.each([
    { what: 'a JWT', text: JWT },
    { what: 'an access token', text: `ya29.c.${'b0Aaekm1K_'.repeat(20)}` },
    { what: 'padded base64', text: `${'YWJj+/'.repeat(10)}==` },
    { what: 'a word of 40 characters', text: `A${'a'.repeat(39)}` },
  ])('leaves out $what', ({ text }) => {
    expect(loggableText(`invalid token: ${text}, sorry`)).toBe('invalid token: […], sorry');
  });

  it('keeps a word of 39 characters', () => {
    const word = `A${'a'.repeat(38)}`;
    expect(loggableText(word)).toBe(word);
  });

  it('keeps the names that an operator needs whole: they are in lower case', () => {
    const names =
      'principals/serviceAccount:trainer@a-project-with-a-long-name.iam.gserviceaccount.com https://www.googleapis.com/auth/drive.metadata.readonly';
    expect(loggableText(names)).toBe(names);
  });

  it('is one line of ASCII', () => {
    expect(loggableText('line\nfeed\r\u001b[31mred\u0000 Ünï\u2028')).toBe('line?feed??[31mred? ?n??');
  });

  it('is no longer than 300 characters', () => {
    expect(loggableText('word '.repeat(100))).toBe('word '.repeat(60));
  });
});

describe('loggable causes', () => {
  it('name each error with its code and message, the outermost first', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const failed = new TypeError('fetch failed', { cause: refused });
    expect(loggableCauses(failed)).toEqual([
      'TypeError: fetch failed',
      'Error (ECONNREFUSED): connect ECONNREFUSED',
    ]);
  });

  it('leave out tokens that a library quotes', () => {
    expect(loggableCauses(new Error(`Wrong number of segments in token: ${JWT}`))).toEqual([
      'Error: Wrong number of segments in token: […]',
    ]);
  });

  it('stop after five, even where errors cause each other', () => {
    const chicken = new Error('egg');
    chicken.cause = new Error('chicken', { cause: chicken });
    expect(loggableCauses(chicken)).toHaveLength(5);
  });

  it.each([undefined, null, 'text', { message: 'no error' }])('are none for %o', (thrown) => {
    expect(loggableCauses(thrown)).toEqual([]);
  });

  it('end where a cause is no error', () => {
    expect(loggableCauses(new Error('failed', { cause: 'secret' }))).toEqual(['Error: failed']);
  });
});

describe('loggable frames', () => {
  it('are function, file and line, without the message', () => {
    const frames = loggableFrames(new Error('secret'));
    expect(frames[0]).toMatch(/^at \(anonymous\) test\.ts:\d+:\d+$/);
    expect(frames.join(' ')).not.toContain('secret');
  });

  it.each([
    { line: 'at serve (file:///workspace/index.js:12:34)', frame: 'at serve index.js:12:34' },
    { line: 'at async Object.find (/workspace/chunk-5X.js:1:2)', frame: 'at Object.find chunk-5X.js:1:2' },
    {
      line: 'at Object.<anonymous> (C:\\workspace\\index.js:1:2)',
      frame: 'at Object.<anonymous> index.js:1:2',
    },
    { line: 'at new Principal (file:///workspace/index.js:1:2)', frame: 'at Principal index.js:1:2' },
    { line: 'at file:///workspace/index.js:12:34', frame: 'at (anonymous) index.js:12:34' },
  ])('of "$line" is "$frame"', ({ line, frame }) => {
    expect(loggableFrames(withStack(`    ${line}`))).toEqual([frame]);
  });

  it('of a constructor is one like any other', () => {
    const stack = '    at new Principal (file:///workspace/index.js:12:34)';
    expect(loggableFrames(withStack(stack))).toHaveLength(1);
  });

  it.each([
    'at Promise.all (index 0)',
    'at process.processTicksAndRejections (node:internal/process/task_queues:104:5)',
    `at ${JWT}`,
    `at serve (${JWT}:1:2)`,
    `at ${JWT} (/workspace/index.js:1:2)`,
  ])('do not come of a line that names no file of ours: %s', (line) => {
    expect(loggableFrames(withStack(`    ${line}`))).toEqual([]);
  });

  it('are six at most', () => {
    const deep = (depth: number): Error => (depth === 0 ? new Error('deep') : deep(depth - 1));
    expect(loggableFrames(deep(20))).toHaveLength(6);
  });

  it.each([
    { what: 'what is no error', error: 'thrown text' },
    { what: 'an error without a stack', error: withStack(undefined) },
  ])('are none for $what', ({ error }) => {
    expect(loggableFrames(error)).toEqual([]);
  });
});

function withStack(stack: string | undefined): Error {
  return Object.assign(new Error('secret'), { stack });
}
