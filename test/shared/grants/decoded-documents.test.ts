import { describe, expect, it } from 'vitest';
import { Fault } from '../../../shared/fault.ts';
import { decodeDocuments } from '../../../shared/grants/decoded-documents.ts';
import {
  fleetDocument,
  instanceDocument,
  killSwitch,
  TRAINER_GRANT,
  TRAINER_MEMBER,
} from '../../support/domain/questions.ts';

const NONE = { instance: undefined, serviceAccount: undefined, killSwitch: undefined };

/** The document, and how often anybody looked at its `disabled`. */
function watched(fields: Readonly<Record<string, unknown>>) {
  let reads = 0;
  const data = {
    grants: {},
    ...fields,
    get disabled() {
      reads += 1;
      return false;
    },
  };
  return { document: { path: 'principals/instance:1:2', data }, reads: () => reads };
}

describe('the documents of one read', () => {
  it('are decoded, that of the instance first', () => {
    const fleet = fleetDocument({ [TRAINER_MEMBER]: TRAINER_GRANT });
    const instance = instanceDocument({});
    const decoded = decodeDocuments({
      ...NONE,
      serviceAccount: fleet,
      instance,
      killSwitch: killSwitch({ targets: [TRAINER_MEMBER] }),
    });
    expect(decoded.envelopes().map(({ path }) => path)).toEqual([instance.path, fleet.path]);
    expect(decoded.killSwitch()).toEqual({ engaged: false, targets: [TRAINER_MEMBER], principals: [] });
  });

  it('may be none', () => {
    const decoded = decodeDocuments(NONE);
    expect(decoded.envelopes()).toEqual([]);
    expect(decoded.killSwitch().engaged).toBe(false);
  });

  it('are not looked at before anybody asks', () => {
    const { document, reads } = watched({});
    decodeDocuments({ ...NONE, instance: document }).killSwitch();
    expect(reads()).toBe(0);
  });

  it.each([
    { what: 'a sound one', fields: {}, thrown: undefined },
    {
      what: 'a malformed one',
      fields: { misspelt: true },
      thrown: new Fault('document_malformed', {
        detail: 'principals/instance:1:2: misspelt is not a field that this document may have',
      }),
    },
  ])('are decoded once for many decisions: $what', ({ fields, thrown }) => {
    const { document, reads } = watched(fields);
    const decoded = decodeDocuments({ ...NONE, instance: document });
    const ask = () => {
      try {
        decoded.envelopes();
        return undefined;
      } catch (error) {
        return error;
      }
    };
    expect(ask()).toEqual(thrown);
    const once = reads();
    expect(Array.from({ length: 100 }, ask)).toEqual(Array.from({ length: 100 }, () => thrown));
    expect(reads()).toBe(once);
  });

  it('that are malformed fail alone', () => {
    const decoded = decodeDocuments({ ...NONE, killSwitch: killSwitch({ engage: true }) });
    expect(() => decoded.killSwitch()).toThrow(Fault);
    expect(decoded.envelopes()).toEqual([]);
  });
});
