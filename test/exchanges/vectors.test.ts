import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FunctionProcess } from '../support/processes/function-process.ts';
import { sendRaw } from '../support/processes/raw-http.ts';
import { createGrantsFile } from '../support/world/grant-documents.ts';
import { startVending } from '../support/world/vending.ts';
import {
  ALICE_GRANT,
  AUDIENCES,
  createWorld,
  fleetDocument,
  TRAINER_GRANT,
  type FunctionName,
  type Vm,
  type World,
} from '../support/world/world.ts';
import {
  buildIdentityToken,
  loadIdentityTokenVectors,
  vectorEnvironment,
} from '../vectors/identity-token-vectors.ts';
import {
  buildRequest,
  loadRequestVectors,
  ordinaryRequest,
  type VectorRequest,
} from '../vectors/request-vectors.ts';
import type { Expected, Vector } from '../vectors/vector-file.ts';

const FUNCTIONS = ['impersonate', 'delegate'] as const;

/** Rows about a single second need a clock that stands still: they are run in process, in `test/vectors`. */
const TIMED_FAMILY = 'times';

interface Row {
  readonly name: string;
  readonly at: FunctionName;
  readonly expected: Expected | undefined;
  readonly build: (world: World, vm: Vm) => VectorRequest;
}

const nameOf = ({ family, name }: Vector<unknown>) => `${family}: ${name}`;

const tokenRows: readonly Row[] = FUNCTIONS.flatMap((at) =>
  loadIdentityTokenVectors()
    .filter(({ family }) => family !== TIMED_FAMILY)
    .map((vector) => ({
      name: nameOf(vector),
      at,
      expected: vector.expected,
      build: ({ google }, vm) => {
        const nowSeconds = Math.floor(Date.now() / 1000);
        const token = buildIdentityToken(vector, { google, vm, audience: AUDIENCES[at], nowSeconds });
        return buildRequest(ordinaryRequest(at), token);
      },
    })),
);

const requestRows: readonly Row[] = loadRequestVectors().map((vector) => ({
  name: nameOf(vector),
  at: vector.recipe.function,
  expected: vector.expected,
  build: (_, vm) => buildRequest(vector, vm.identityToken(vector.recipe.function)),
}));

/** RFC 9112 §6.3: what announces neither a length nor chunks has no body, and bytes behind it are another request. */
function toBytes({ method, path, headers, body }: VectorRequest): Buffer {
  const hasBody = 'content-length' in headers || 'transfer-encoding' in headers;
  const lines = Object.entries({ host: 'function', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  return hasBody ? Buffer.concat([head, body]) : head;
}

describe('the negative corpus, against the functions as they are deployed', () => {
  let world: World;
  let vm: Vm;
  const functions = {} as Record<FunctionName, FunctionProcess>;

  beforeAll(async () => {
    world = await createWorld();
    vm = world.vm('worker');
    const { environment } = await createGrantsFile(fleetDocument(vm, { ...TRAINER_GRANT, ...ALICE_GRANT }));
    for (const at of FUNCTIONS) {
      functions[at] = await startVending(world, at, { ...environment, ...vectorEnvironment(vm) });
    }
  });

  afterAll(async () => {
    await Promise.all(Object.values(functions).map(({ stop }) => stop()));
    await world.close();
  });

  it.each([...tokenRows, ...requestRows].map((row) => [`${row.at}: ${row.name}`, row] as const))(
    '%s',
    async (_, { at, expected, build }) => {
      const fn = functions[at];
      const before = fn.auditLines().length;
      const answer = await sendRaw(fn.port, toBytes(build(world, vm)), { timeoutMs: 10_000 });
      await fn.waitForAuditLine(before + 1);
      const { status, reason, error } = expected ?? { status: 200, reason: 'granted', error: undefined };
      expect(fn.auditLines().slice(before)).toMatchObject([{ reason }]);
      expect(answer.status).toBe(status);
      expect((JSON.parse(answer.body) as { error?: string }).error).toBe(error);
    },
  );

  it('mints nothing for any of it, but for the controls', () => {
    const { google } = world;
    expect(google.calls('generateAccessToken') + google.calls('generateIdToken')).toBeLessThan(10);
    expect(google.calls('oauthToken')).toBeLessThan(10);
  });
});
