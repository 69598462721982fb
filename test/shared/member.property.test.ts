import * as fc from '../support/properties.ts';
import { describe, expect, it } from 'vitest';
import { parseAudience, parseMember } from '../../shared/member.ts';

const label = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,8}[a-z0-9])?$/);
const localPart = fc.stringMatching(/^[a-z0-9_'+-]{1,8}(?:\.[a-z0-9_'+-]{1,6})?$/);
const domain = fc.array(label, { minLength: 2, maxLength: 3 }).map((labels) => labels.join('.'));

const userMember = fc.tuple(localPart, domain).map(([local, host]) => `user:${local}@${host}`);
const serviceAccountMember = fc
  .tuple(localPart, label)
  .map(([local, project]) => `serviceAccount:${local}@${project}.iam.gserviceaccount.com`);
const member = fc.oneof(userMember, serviceAccountMember);

/** Letters that some case mapping, normalisation or eye takes for ASCII ones, and any other beyond ASCII. */
const foreign = fc.oneof(
  fc.constantFrom('\u212A', '\u017F', '\u0131', '\u0130', '\uFF41', '\uFF20', '\uFF0E', '\u3002', '\u0430'),
  fc.constantFrom('\u00AD', '\u200B', '\u200D', '\u200F', '\uFEFF', '\u0301', '\u00A0', '\u2028', '\uD800'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((text) => /[^\0-\x7F]/.test(text)),
);
const upperCase = fc.stringMatching(/^[A-Z]$/);
const neverInEmail = fc.stringMatching(/^[ \t\n\r\0"(),:;<>[\]\\@*/?#%&=!{}|^~`$]$/);

const replace = (text: string, at: number, put: string) => text.slice(0, at) + put + text.slice(at + 1);
const insert = (text: string, at: number, put: string) => text.slice(0, at) + put + text.slice(at);

describe('parseMember', () => {
  it('accepts the canonical form and gives it back', () => {
    fc.assert(
      fc.property(member, (text) => {
        const [kind, email] = text.split(':');
        expect(parseMember(text)).toEqual({ kind, email, member: text });
      }),
      { numRuns: 300 },
    );
  });

  it('refuses it with one character in upper case, from beyond ASCII or from outside the grammar', () => {
    fc.assert(
      fc.property(
        member,
        fc.oneof(foreign, upperCase, neverInEmail),
        fc.nat(),
        fc.constantFrom(replace, insert),
        (text, character, position, change) => {
          const changed = change(text, position % text.length, character);
          fc.pre(changed !== text);
          expect(parseMember(changed)).toBeUndefined();
          expect(parseAudience(changed)).toBeUndefined();
          expect(parseAudience(`//iam.googleapis.com/${changed}`)).toBeUndefined();
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('refuses what stands before or behind it', () => {
    fc.assert(
      fc.property(member, fc.oneof(foreign, neverInEmail, fc.constant('.')), (text, more) => {
        expect(parseMember(more + text)).toBeUndefined();
        expect(parseMember(text + more)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it('never takes the one kind for the other', () => {
    fc.assert(
      fc.property(userMember, serviceAccountMember, (user, account) => {
        expect(parseMember(user.replace('user:', 'serviceAccount:'))).toBeUndefined();
        expect(parseMember(account.replace('serviceAccount:', 'user:'))).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  it('judges arbitrary text as the grammar does', () => {
    const fragment = fc.constantFrom('a', 'b1', '-', '_', "'", '.', '@', 'com', '.gserviceaccount.com');
    const email = fc.array(fc.oneof({ weight: 9, arbitrary: fragment }, foreign, upperCase), {
      maxLength: 9,
    });
    const kind = fc.constantFrom('user:', 'serviceAccount:', 'group:', 'serviceaccount:', '');
    fc.assert(
      fc.property(kind, email, (before, parts) => {
        const text = before + parts.join('');
        expect(parseMember(text) !== undefined).toBe(isMember(before, parts.join('')));
      }),
      { numRuns: 2000 },
    );
  });
});

/** The grammar of an address in words, slowly: labels of letters, digits and inner hyphens, two of them or more. */
function isMember(kind: string, email: string): boolean {
  const [local = '', host = '', ...more] = email.split('@');
  const isLocal = local.split('.').every((part) => /^[a-z0-9_'+-]+$/.test(part));
  const labels = host.split('.');
  const isHost = labels.every(
    (part) => /^[a-z0-9-]+$/.test(part) && !part.startsWith('-') && !part.endsWith('-'),
  );
  const isServiceAccount = host.endsWith('.gserviceaccount.com');
  const isKind = kind === 'serviceAccount:' ? isServiceAccount : kind === 'user:' && !isServiceAccount;
  return isKind && isLocal && isHost && labels.length > 1 && more.length === 0 && email.length <= 254;
}

describe('parseAudience', () => {
  it('reads the resource name as the member in it, once', () => {
    const prefix = '//iam.googleapis.com/';
    fc.assert(
      fc.property(member, (text) => {
        expect(parseAudience(prefix + text)).toEqual(parseMember(text));
        expect(parseAudience(prefix + prefix + text)).toBeUndefined();
        expect(parseMember(prefix + text)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });
});
