import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../shared/fault.ts';
import { faultOfIssues, malformedDocument } from '../../../shared/grants/stored-document.ts';

describe('a malformed document', () => {
  it('is a fault that names the document, the field and the problem', () => {
    expect(malformedDocument('principals/a', 'grants', 'is missing')).toEqual(
      new Fault('document_malformed', { detail: 'principals/a: grants is missing' }),
    );
  });

  it('is named alone where the problem is all of it', () => {
    expect(malformedDocument('principals/a', '', 'must be a map').message).toBe(
      'document_malformed: principals/a: the document must be a map',
    );
  });
});

describe('the issues of a schema', () => {
  const schema = v.object({ list: v.array(v.object({ email: v.string('must be a string') })) });

  function detailOf(value: unknown, prefix?: string): string | undefined {
    return faultOfIssues('principals/a', v.safeParse(schema, value).issues ?? [], prefix).detail;
  }

  it('become a fault of the first field, by its whole name', () => {
    const value = { list: [{ email: 'a' }, { email: 1 }, { email: 2 }] };
    expect(detailOf(value)).toBe('principals/a: list.1.email must be a string');
    expect(detailOf(value, 'grants.user:a@b.c')).toBe(
      'principals/a: grants.user:a@b.c.list.1.email must be a string',
    );
  });

  it('never show the value', () => {
    expect(detailOf({ list: [{ email: { secret: 'hunter2' } }] })).not.toContain('hunter2');
  });

  it('are a fault even where there are none', () => {
    expect(faultOfIssues('principals/a', []).detail).toBe('principals/a: the document is malformed');
  });
});
