import { rename, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithFirestore } from '../../support/firestore/describe-with-firestore.ts';
import { createFirestoreDocuments, createGrantsFile } from '../../support/world/grant-documents.ts';
import { startLane, type Caller, type Documents, type Lane, type LaneOptions } from './lane.ts';
import {
  MALFORMED_DOCUMENTS,
  MALFORMED_KILL_SWITCHES,
  type MalformedDocument,
} from './malformed-documents.ts';
import { failed, granted } from './outcomes.ts';

const malformed = { error: 'server_error', reason: 'document_malformed' } as const;
const KILL_SWITCH = 'controls/kill-switch';

type Store = NonNullable<LaneOptions['store']>;

/** Tests in an order: the documents are mistyped first, and mended in the end. */
function describeDocuments(store: () => Store, killSwitches: typeof MALFORMED_KILL_SWITCHES): void {
  const lanes = new Map<string, Lane>();
  const callers = new Map<MalformedDocument, Caller>();

  const laneOf = ({ kind }: Pick<MalformedDocument, 'kind'>) => lanes.get(kind) as Lane;
  const callerOf = (row: MalformedDocument) => callers.get(row) as Caller;
  const settled = () => Promise.all([...lanes.values()].map(({ documents }) => documents.settled()));

  async function write({ documents }: Lane, changed: Documents): Promise<void> {
    for (const [path, document] of Object.entries(changed)) await documents.set(path, document);
  }

  beforeAll(async () => {
    const start = async (kind: MalformedDocument['kind']) => {
      lanes.set(kind, await startLane(kind, { store: store(), vms: 32 }));
    };
    await Promise.all([start('an access token'), start("a user's token")]);
    for (const row of MALFORMED_DOCUMENTS) {
      const caller = laneOf(row).nextCaller();
      callers.set(row, caller);
      await write(laneOf(row), row.mistype(caller));
    }
    await settled();
  });
  afterAll(async () => {
    for (const lane of lanes.values()) await lane.close();
  });

  it.each(MALFORMED_DOCUMENTS.map((row) => [row.title, row] as const))(
    'a document with %s grants nothing',
    async (_, row) => {
      const { vm, wanted } = callerOf(row);
      const path = `principals/${row.instance === true ? vm.instanceId : vm.fleetId}`;
      const field = row.field.replace('GRANT', `grants.${wanted.given.principal}`);
      expect(await laneOf(row).ask(callerOf(row))).toEqual(
        failed({ ...malformed, detail: `${path}: ${field}` }),
      );
    },
  );

  it('a document that was mended grants what it says, whatever it says of others', async () => {
    for (const row of MALFORMED_DOCUMENTS) {
      const { vm, wanted } = callerOf(row);
      const { documents } = laneOf(row);
      await documents.delete(`principals/${vm.instanceId}`);
      for (const [path, { grants, ...envelope }] of Object.entries(wanted.documents)) {
        const others = { 'user:NOBODY': { no: 'grant' }, 'serviceAccount:nobody': null };
        await documents.set(path, { ...envelope, grants: { ...others, ...(grants as Documents) } });
      }
    }
    await settled();
    for (const row of MALFORMED_DOCUMENTS) {
      const caller = callerOf(row);
      const outcome = await laneOf(row).ask(caller, { audience: caller.wanted.given.principal });
      expect(outcome).toEqual(granted(caller));
    }
  });

  it.each(killSwitches)('a kill switch with %s stops everything', async (_, document, field) => {
    for (const lane of lanes.values()) await lane.documents.set(KILL_SWITCH, document);
    await settled();
    for (const lane of lanes.values()) {
      const detail = `${KILL_SWITCH}: ${field}`;
      expect(await lane.ask(lane.nextCaller())).toEqual(failed({ ...malformed, detail }));
    }
  });

  it('a kill switch that was taken away stops nobody', async () => {
    for (const lane of lanes.values()) await lane.documents.delete(KILL_SWITCH);
    await settled();
    for (const lane of lanes.values()) {
      const caller = lane.nextCaller();
      expect(await lane.ask(caller)).toEqual(granted(caller));
    }
  });
}

describe('in a grants file', () => {
  // one will do, where each change takes a second to hold
  describeDocuments(() => createGrantsFile, MALFORMED_KILL_SWITCHES.slice(0, 1));
});

describeWithFirestore('in Firestore', ({ emulator, projectId }) => {
  let stores = 0;
  describeDocuments(() => {
    stores += 1;
    const options = { projectId: `${projectId}-${stores}` };
    return (documents) => createFirestoreDocuments(emulator(), options, documents);
  }, MALFORMED_KILL_SWITCHES);
});

describe('a grants file that was good when the function started grants nothing when', () => {
  let lane: Lane;
  let path: string;
  const unreadable = { error: 'server_error', reason: 'grants_file_unreadable' } as const;

  beforeAll(async () => {
    lane = await startLane('an access token');
    path = lane.documents.environment['TOKEN_VENDING_GRANTS_FILE'] ?? '';
  });
  afterAll(() => lane.close());

  it('somebody has broken its YAML', async () => {
    await writeFile(path, 'principals: {');
    await lane.documents.settled();
    const detail = `the grants file ${path} is not YAML at line 1`;
    expect(await lane.ask(lane.nextCaller())).toEqual(failed({ ...unreadable, detail }));
  });

  it('somebody has moved it away, until it is back', async () => {
    const caller = lane.nextCaller();
    await rename(path, `${path}.away`);
    await lane.documents.settled();
    const detail = `the grants file ${path} cannot be read (ENOENT)`;
    expect(await lane.ask(caller)).toEqual(failed({ ...unreadable, detail }));

    // any change writes the file anew
    await lane.documents.delete(KILL_SWITCH);
    await lane.documents.settled();
    expect(await lane.ask(caller)).toEqual(granted(caller));
  });
});
