/**
 * What if the functions read Firestore without its client library: the same three documents by one `:batchGet` of the
 * REST interface. Only the benchmark uses it, to tell what the library costs a start.
 * https://cloud.google.com/firestore/docs/reference/rest/v1/projects.databases.documents/batchGet
 */

import type { GrantDocuments, GrantStore } from '../../shared/grants/grant-store.ts';
import { KILL_SWITCH_PATH, PRINCIPALS } from '../../shared/grants/grant-store.ts';

interface Found {
  readonly found?: { readonly name: string; readonly fields?: Readonly<Record<string, Value>> };
}

/** https://cloud.google.com/firestore/docs/reference/rest/v1/Value, as far as grants go. */
interface Value {
  readonly stringValue?: string;
  readonly booleanValue?: boolean;
  readonly integerValue?: string;
  readonly timestampValue?: string;
  readonly arrayValue?: { readonly values?: readonly Value[] };
  readonly mapValue?: { readonly fields?: Readonly<Record<string, Value>> };
}

export function createFirestoreGrantStore(options: {
  readonly projectId: string;
  readonly databaseId: string;
}): GrantStore & { warm(): void } {
  const root = `projects/${options.projectId}/databases/${options.databaseId}/documents`;
  const url = `http://${process.env['FIRESTORE_EMULATOR_HOST'] ?? ''}/v1/${root}:batchGet`;

  async function read(paths: readonly string[]): Promise<Map<string, unknown>> {
    const body = JSON.stringify({ documents: paths.map((path) => `${root}/${path}`) });
    const headers = { authorization: 'Bearer owner', 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body });
    const answers = (await response.json()) as readonly Found[];
    const found = answers.flatMap((answer) => answer.found ?? []);
    return new Map(found.map(({ name, fields }) => [name.slice(root.length + 1), decodeFields(fields)]));
  }

  return {
    warm: () => void read([KILL_SWITCH_PATH]).catch(() => undefined),
    async find(ids): Promise<GrantDocuments> {
      const [instance, serviceAccount] = [ids.instance, ids.serviceAccount].map(
        (id) => `${PRINCIPALS}/${id}`,
      );
      const paths = [instance ?? '', serviceAccount ?? '', KILL_SWITCH_PATH];
      const documents = await read(paths);
      const [first, second, third] = paths.map((path) =>
        documents.has(path) ? { path, data: documents.get(path) } : undefined,
      );
      return { instance: first, serviceAccount: second, killSwitch: third };
    },
  };
}

function decodeFields(fields: Readonly<Record<string, Value>> = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, decode(value)]));
}

function decode(value: Value): unknown {
  if (value.mapValue !== undefined) return decodeFields(value.mapValue.fields);
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(decode);
  if (value.integerValue !== undefined) return Number(value.integerValue);
  if (value.timestampValue !== undefined) return new Date(value.timestampValue);
  return value.stringValue ?? value.booleanValue ?? null;
}
