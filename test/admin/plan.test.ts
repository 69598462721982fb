import { describe, expect, it } from 'vitest';
import { documentOfText, textOfDocument } from '../../admin/documents/document-text.ts';
import type { Effect } from '../../admin/plan/change.ts';
import { compareDocuments } from '../../admin/plan/compare-documents.ts';
import { makePlan } from '../../admin/plan/make-plan.ts';
import { parsePlanFile, planFileText, planSha256 } from '../../admin/plan/plan-file.ts';
import { planText } from '../../admin/plan/render-plan.ts';
import { ANSI_COLOURS, coloursFor, NO_COLOURS } from '../../admin/output/colours.ts';
import { nearestName } from '../../admin/output/nearest-name.ts';
import { createProgress } from '../../admin/output/progress.ts';
import { FLEET, PIN, READ, target, VM, WRITE } from './grants-texts.ts';

const TRAINER = target('trainer');
const document = (grant: object | undefined, envelope: object = {}) =>
  textOfDocument({
    uniqueId: PIN,
    grants: grant === undefined ? {} : { [TRAINER]: { scopes: [READ], ...grant } },
    ...envelope,
  });
const early = new Date('2026-01-01T00:00:00Z');
const late = new Date('2027-01-01T00:00:00Z');

describe('a change', () => {
  it.each<[string, object | undefined, object | undefined, readonly Effect[]]>([
    ['of nothing', {}, {}, []],
    ['that adds a grant', undefined, {}, ['gains']],
    ['that takes a grant out', {}, undefined, ['loses']],
    ['that adds a scope', {}, { scopes: [READ, WRITE] }, ['widens']],
    ['that takes a scope out', { scopes: [READ, WRITE] }, {}, ['narrows']],
    ['that swaps scopes', {}, { scopes: [WRITE] }, ['widens', 'narrows']],
    ['that orders scopes', { scopes: [READ, WRITE] }, { scopes: [WRITE, READ] }, ['changes']],
    ['that allows ID tokens', {}, { idTokenAudiences: ['a'] }, ['widens']],
    ['to a longer life', { lifetimeSeconds: 3600 }, { lifetimeSeconds: 3601 }, ['widens']],
    ['to a longer life than the default', {}, { lifetimeSeconds: 3601 }, ['widens']],
    ['to a shorter life', {}, { lifetimeSeconds: 900 }, ['narrows']],
    ['that writes the default out', {}, { lifetimeSeconds: 3600 }, ['changes']],
    ['that adds an expiry', {}, { expiresAt: late }, ['narrows']],
    ['to a later expiry', { expiresAt: early }, { expiresAt: late }, ['widens']],
    ['to an earlier expiry', { expiresAt: late }, { expiresAt: early }, ['narrows']],
    ['that takes the expiry out', { expiresAt: early }, {}, ['widens']],
    ['that adds a condition', {}, { condition: 'a' }, ['narrows']],
    ['of a condition, which may widen', { condition: 'a' }, { condition: 'b' }, ['widens']],
    ['that takes the condition out', { condition: 'a' }, {}, ['widens']],
    ['of delegates', {}, { delegates: ['a'] }, ['widens']],
    ['that writes out that there are no delegates', {}, { delegates: [] }, ['changes']],
    ['of what was malformed', { lifetimeSeconds: 'long' }, {}, ['widens']],
  ])('%s has the effects %j', (_, before, after, effects) => {
    expect(compareDocuments(document(before), document(after)).map(({ effect }) => effect)).toEqual(effects);
  });

  it.each<[object, object, Effect]>([
    [{ disabled: true }, {}, 'widens'],
    [{}, { disabled: true }, 'narrows'],
    [{}, { disabled: false }, 'changes'],
    [{}, { uniqueId: '109422233875895820599' }, 'widens'],
    [{ expiresAt: early }, {}, 'widens'],
  ])('of the principal from %j to %j: %s', (before, after, effect) => {
    const found = compareDocuments(document({}, before), document({}, after));
    expect(found.map((one) => [one.effect, one.target])).toEqual([[effect, undefined]]);
  });

  it('shows no character that moves a cursor', () => {
    const [{ what } = { what: '' }] = compareDocuments(
      undefined,
      document({ condition: '\u001b[2Ja\u202e\r\n' }),
    );
    expect(Array.from('\u001b\u202e\r\n').filter((character) => what.includes(character))).toEqual([]);
  });
});

describe('the text of a document', () => {
  it.each([
    ['the order of fields', { a: 1, b: 2 }, { b: 2, a: 1 }],
    ['what keeps an instant', { a: early }, { a: { toDate: () => early } }],
    ['microseconds', { a: new Date(1.5) }, { a: new Date(1.2) }],
  ])('is the same whatever %s', (_, one, other) => {
    expect(textOfDocument(one)).toBe(textOfDocument(other));
  });

  it.each([
    ['an instant and its text', early, early.toISOString()],
    ['an instant and a map that looks like one', early, { '@instant': early.toISOString() }],
    ['a number and its text', 1, '1'],
    ['NaN and null', Number.NaN, null],
    ['bytes and their text', Buffer.from('a'), 'a'],
    ['a list and a map', ['a'], { 0: 'a' }],
  ])('tells %s apart', (_, one, other) => {
    expect(textOfDocument(one)).not.toBe(textOfDocument(other));
  });

  it.each([
    [{ a: [1, 'x', null, true, early, { '@instant': 'x', '@@b': 1 }], n: Number.NaN }],
    [{ ['__proto__']: 1 }],
  ])('of %j becomes it again', (value) => {
    expect(documentOfText(textOfDocument(value))).toEqual(value);
  });
});

describe('a plan', () => {
  const stored = (id: string, text: string) => ({ id, text, version: '1.000000000' });
  const plan = (wanted: Readonly<Record<string, string>>, documents: readonly ReturnType<typeof stored>[]) =>
    makePlan(
      { documents: new Map(Object.entries(wanted).map(([id, text]) => [id, { text }])), commit: 'c0ffee' },
      { address: { projectId: 'p', databaseId: '(default)' }, latest: undefined, documents },
      { withInstances: false, now: early },
    );

  it('has deletions first, then what narrows, then what widens or gives', () => {
    const { changes, left } = plan(
      {
        'serviceAccount:a': document({ scopes: [READ, WRITE] }),
        'serviceAccount:b': document({ condition: 'a' }),
        'serviceAccount:d': document({}),
      },
      [
        stored('serviceAccount:a', document({})),
        stored('serviceAccount:b', document({})),
        stored('serviceAccount:c', document({})),
        stored(VM, document({})),
      ],
    );
    expect(changes.map(({ id }) => id.at(-1))).toEqual(['c', 'b', 'a', 'd']);
    expect(left).toBe(1);
  });

  it('is the same plan out of a file', () => {
    const made = plan({ [FLEET]: document({ expiresAt: late }) }, [stored('serviceAccount:c', document({}))]);
    const read = parsePlanFile('plan.json', planFileText(made));
    expect(read).toEqual(made);
    expect(planSha256(read)).toBe(planSha256(made));
  });

  it('is coloured where colours are asked for, and marked all the same', () => {
    const made = plan({ [FLEET]: document({ scopes: [READ, WRITE] }) }, [stored(FLEET, document({}))]);
    const plain = [...planText(made, NO_COLOURS)].join('');
    const coloured = [...planText(made, ANSI_COLOURS)].join('');
    expect(plain).toContain(`  !! widens ${TRAINER}: scopes + ${WRITE}\n`);
    expect(plain).not.toContain('\u001b');
    expect(coloured).toContain(`\u001b[33m!! widens ${TRAINER}`);
  });
});

describe('the terminal', () => {
  it.each([
    [true, undefined, true],
    [true, '', true],
    [true, '1', false],
    [true, '0', false],
    [false, undefined, false],
  ])('has colours where it is one (%s) and NO_COLOR is %s: %s', (isTerminal, noColor, has) => {
    expect(coloursFor(isTerminal, noColor) === ANSI_COLOURS).toBe(has);
  });

  it('shows progress on one line, which goes before anything else is written', () => {
    let written = '';
    let now = 1000;
    const progress = createProgress({
      write: (text) => (written += text),
      isTerminal: true,
      nowMs: () => now,
    });
    progress.show('1');
    progress.show('2');
    now += 100;
    progress.show('3');
    progress.above(() => (written += 'line\n'));
    expect(written).toBe('\r\u001b[K1 …\r\u001b[K3 …\r\u001b[Kline\n');
  });
});

describe('the nearest name', () => {
  const NAMES = ['scopes', 'scopeSets', 'lifetimeSeconds', 'uniqueId', 'expiresAt'];
  it.each([
    ['scope', 'scopes'],
    ['scopeset', 'scopeSets'],
    ['lifetime', 'lifetimeSeconds'],
    ['uniqueID', 'uniqueId'],
    ['expireAt', 'expiresAt'],
    ['owner', undefined],
    ['', undefined],
    ['x', undefined],
  ])('to %s is %s', (misspelt, name) => {
    expect(nearestName(misspelt, NAMES)).toBe(name);
  });
});
