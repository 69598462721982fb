import { describe, expect, it } from 'vitest';
import { Fault } from '../../../shared/fault.ts';
import {
  decodePrincipalDocument,
  type PrincipalDocumentKind,
} from '../../../shared/grants/principal-document.ts';
import { isRecord } from '../../../shared/unknown.ts';
import { ALICE_GRANT, ALICE_MEMBER } from '../../support/domain/questions.ts';

const PATH = 'principals/x';
const UNIQUE_ID = '109422233875895820585';
const GRANTS = { [ALICE_MEMBER]: ALICE_GRANT };

function decode(kind: PrincipalDocumentKind, data: unknown) {
  return decodePrincipalDocument(kind, { path: PATH, data });
}

describe.each<PrincipalDocumentKind>(['instance', 'serviceAccount'])('the document of kind %s', (kind) => {
  it('is decoded with its defaults', () => {
    expect(decode(kind, { uniqueId: UNIQUE_ID, grants: GRANTS })).toEqual({
      path: PATH,
      uniqueId: UNIQUE_ID,
      disabled: false,
      expiresAt: undefined,
      grants: GRANTS,
    });
  });

  it('may be disabled and may expire', () => {
    const expiresAt = new Date('2027-01-01T00:00:00Z');
    const data = { uniqueId: UNIQUE_ID, grants: {}, disabled: true, expiresAt };
    expect(decode(kind, data)).toMatchObject({ disabled: true, expiresAt });
  });

  it('leaves its grants as they are stored', () => {
    const grants = { anything: [1, { goes: null }] };
    expect(decode(kind, { uniqueId: UNIQUE_ID, grants }).grants).toEqual(grants);
  });

  it.each([
    { what: 'null', data: null, problem: 'the document must be a map' },
    { what: 'a list', data: [], problem: 'the document must be a map' },
    { what: 'text', data: 'grants', problem: 'the document must be a map' },
    { what: 'no grants', data: { grants: undefined }, problem: 'grants must be a map from target to grant' },
    { what: 'grants of null', data: { grants: null }, problem: 'grants must be a map from target to grant' },
    {
      what: 'a list of grants',
      data: { grants: [ALICE_GRANT] },
      problem: 'grants must be a map from target to grant',
    },
    {
      what: 'an unknown field',
      data: { scopes: [] },
      problem: 'scopes is not a field that this document may have',
    },
    {
      what: 'a misspelt field',
      data: { disable: true },
      problem: 'disable is not a field that this document may have',
    },
    { what: 'disabled in a string', data: { disabled: 'false' }, problem: 'disabled must be true or false' },
    { what: 'disabled of null', data: { disabled: null }, problem: 'disabled must be true or false' },
    { what: 'an expiry in a string', data: { expiresAt: 'soon' }, problem: 'expiresAt must be a timestamp' },
    { what: 'an expiry of null', data: { expiresAt: null }, problem: 'expiresAt must be a timestamp' },
    {
      what: 'a pin that is a number',
      data: { uniqueId: 1e20 },
      problem: 'uniqueId must be a numeric id, in quotes',
    },
    { what: 'a pin of null', data: { uniqueId: null }, problem: 'uniqueId must be a numeric id, in quotes' },
    {
      what: 'an e-mail for a pin',
      data: { uniqueId: 'a@b.c' },
      problem: 'uniqueId must be a numeric id of 10 to 25 digits',
    },
    {
      what: 'an empty pin',
      data: { uniqueId: '' },
      problem: 'uniqueId must be a numeric id of 10 to 25 digits',
    },
  ])('with $what is a fault', ({ data, problem }) => {
    const spoilt = isRecord(data) ? { uniqueId: UNIQUE_ID, grants: GRANTS, ...data } : data;
    expect(() => decode(kind, spoilt)).toThrow(
      new Fault('document_malformed', { detail: `${PATH}: ${problem}` }),
    );
  });

  it('without any grants is a fault', () => {
    expect(() => decode(kind, { uniqueId: UNIQUE_ID })).toThrow(
      new Fault('document_malformed', { detail: `${PATH}: grants is missing` }),
    );
  });
});

describe('the pin', () => {
  it('may be left out for an instance, whose id is numeric already', () => {
    expect(decode('instance', { grants: {} }).uniqueId).toBeUndefined();
  });

  it('may not be left out for a service account, whose e-mail can be given away', () => {
    expect(() => decode('serviceAccount', { grants: {} })).toThrow(
      new Fault('document_malformed', { detail: `${PATH}: uniqueId is missing` }),
    );
  });
});
