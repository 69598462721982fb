/**
 * Reads documents of the emulator over its REST interface, so that a test of the code that writes does not depend on a client
 * library.
 */

import type { FirestoreEmulator } from '../support/firestore/emulator.ts';

export interface DocumentReader {
  /** Fields as REST has them. */
  readonly document: (path: string) => Promise<Readonly<Record<string, unknown>>>;
  /** Times of change, by id. */
  readonly versions: (collection: string) => Promise<Readonly<Record<string, string>>>;
  readonly texts: (collection: string) => Promise<readonly string[]>;
}

interface RestDocument {
  readonly name: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly updateTime: string;
}

export function createDocumentReader(
  { host }: Pick<FirestoreEmulator, 'host'>,
  projectId: string,
): DocumentReader {
  const root = `http://${host}/v1/projects/${projectId}/databases/(default)/documents`;

  async function get<T>(url: string): Promise<T> {
    const response = await fetch(url, { headers: { authorization: 'Bearer owner' } });
    if (!response.ok) throw new Error(`GET ${url} was answered ${response.status}`);
    return (await response.json()) as T;
  }

  async function list(collection: string): Promise<readonly RestDocument[]> {
    const all: RestDocument[] = [];
    let token = '';
    do {
      const url = `${root}/${collection}?pageSize=300&pageToken=${encodeURIComponent(token)}`;
      const page = await get<{ documents?: RestDocument[]; nextPageToken?: string }>(url);
      all.push(...(page.documents ?? []));
      token = page.nextPageToken ?? '';
    } while (token !== '');
    return all;
  }

  return {
    document: async (path) => {
      const { fields } = await get<RestDocument>(
        `${root}/${path.split('/').map(encodeURIComponent).join('/')}`,
      );
      return fields ?? {};
    },
    versions: async (collection) =>
      Object.fromEntries(
        (await list(collection)).map(({ name, updateTime }) => [name.split('/').at(-1) ?? '', updateTime]),
      ),
    texts: async (collection) => (await list(collection)).map(({ fields }) => JSON.stringify(fields)),
  };
}
