import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
  buildGrantDocuments,
  buildGrantRequest,
  loadGrantVectors,
  type GrantVector,
} from './grant-vectors.ts';
import {
  buildIdentityToken,
  loadIdentityTokenVectors,
  type IdentityTokenVector,
} from './identity-token-vectors.ts';
import {
  buildRequest,
  loadRequestVectors,
  ordinaryRequest,
  type RequestVector,
  type VectorRequest,
} from './request-vectors.ts';
import type { Expected, Vector } from './vector-file.ts';
import { createVending, MINTED_TOKEN, type Outcome, type Vend } from './vending-in-process.ts';

const NOW_SECONDS = 1_790_000_000;
const FUNCTIONS = ['impersonate', 'delegate'] as const;
const TARGETS = { impersonate: 'service account', delegate: 'user' } as const;

/** What callers read: one sentence for each error, whatever the reason. */
const SENTENCES: Readonly<Record<string, string>> = {
  invalid_request:
    'The request or its identity token is not acceptable. The audit log of the function holds the reason.',
  unsupported_grant_type: 'Only the token-exchange grant type of RFC 8693 is supported.',
  invalid_target:
    'This caller may not become that target. Ask whoever manages the grants; the audit log of the function holds the reason.',
  invalid_scope: 'None of the requested scopes is granted to this caller for that target.',
  server_error:
    'The exchange failed for a reason that an operator has to mend; see the audit log of the function.',
};

let world: World;
let vend: Vend;
let vm: Vm;

beforeAll(async () => {
  const nowMs = () => NOW_SECONDS * 1000;
  world = await createWorld({ clock: nowMs });
  vm = world.vm('worker');
  vend = createVending(world.google, nowMs);
});
afterAll(() => world.close());

const titled = <V extends Vector<unknown>>(vectors: readonly V[]) =>
  vectors.map((vector) => [`${vector.family}: ${vector.name}`, vector] as const);

function split<V extends Vector<unknown>>(vectors: readonly V[]) {
  const attacks = vectors.flatMap((vector) =>
    vector.expected === undefined ? [] : [{ ...vector, expected: vector.expected }],
  );
  const controls = vectors.filter(({ expected }) => expected === undefined);
  return { attacks: titled(attacks), controls: titled(controls) };
}

/** What an outcome must be like where nothing was granted. */
function refusal({ reason, status, error }: Expected) {
  return {
    status,
    body: {
      error,
      error_description: SENTENCES[error],
      error_uri: `https://github.com/token-vending/token-vending/blob/main/docs/troubleshooting.md#${error}`,
    },
    audit: [{ outcome: error === 'server_error' ? 'fault' : 'refused', reason }],
    minted: [],
    isTokenLogged: false,
  };
}

function summarize({ status, body, audit, minted, auditText }: Outcome, token: string) {
  const [, , signature = ''] = token.split('.');
  const isTokenLogged = signature.length > 24 && auditText.includes(signature.slice(0, 24));
  const events = audit.map(({ outcome, reason }) => ({ outcome, reason }));
  return { status, body, audit: events, minted, isTokenLogged };
}

const GRANTED = {
  status: 200,
  body: { access_token: MINTED_TOKEN },
  audit: [{ outcome: 'granted', reason: 'granted' }],
  minted: [expect.anything()],
};

const grantsOfVm = () => fleetDocument(vm, { ...TRAINER_GRANT, ...ALICE_GRANT });

describe.each(FUNCTIONS)('identity tokens at %s', (functionName: FunctionName) => {
  const vectors = split(loadIdentityTokenVectors());

  const present = async (vector: IdentityTokenVector) => {
    const makings = { google: world.google, vm, audience: AUDIENCES[functionName], nowSeconds: NOW_SECONDS };
    const token = buildIdentityToken(vector, makings);
    const request = buildRequest(ordinaryRequest(functionName), token);
    return { token, outcome: await vend(functionName, request, grantsOfVm()) };
  };

  it.each(vectors.attacks)('refuses %s', async (_, vector) => {
    const { token, outcome } = await present(vector);
    expect(summarize(outcome, token)).toEqual(refusal(vector.expected));
  });

  it.each(vectors.controls)(`lets a VM become its ${TARGETS[functionName]} with %s`, async (_, vector) => {
    expect((await present(vector)).outcome).toMatchObject(GRANTED);
  });
});

describe('requests', () => {
  const vectors = split(loadRequestVectors());

  const post = async (vector: RequestVector) => {
    const token = vm.identityToken(vector.recipe.function);
    const outcome = await vend(vector.recipe.function, buildRequest(vector, token), grantsOfVm());
    return { token, outcome };
  };

  it.each(vectors.attacks)('refuses %s', async (_, vector) => {
    const { token, outcome } = await post(vector);
    expect(summarize(outcome, token)).toEqual(refusal(vector.expected));
  });

  it.each(vectors.controls)('grants %s', async (_, vector) => {
    expect((await post(vector)).outcome).toMatchObject(GRANTED);
  });
});

describe('grants', () => {
  const vectors = split(loadGrantVectors());

  const post = async (vector: GrantVector) => {
    const token = vm.identityToken(vector.recipe.function);
    const documents = buildGrantDocuments(vector, vm, NOW_SECONDS);
    const outcome = await vend(vector.recipe.function, buildGrantRequest(vector, token), documents);
    return { token, outcome };
  };

  it.each(vectors.attacks)('refuses %s', async (_, vector) => {
    const { token, outcome } = await post(vector);
    expect(summarize(outcome, token)).toEqual(refusal(vector.expected));
  });

  it.each(vectors.controls)('grants %s', async (_, vector) => {
    expect((await post(vector)).outcome).toMatchObject(GRANTED);
  });
});

/** The same request, asked of the check. */
const ofCheck = (request: VectorRequest): VectorRequest => ({ ...request, path: '/v1/check' });

describe.each(FUNCTIONS)('identity tokens in a check at %s', (functionName: FunctionName) => {
  const vectors = split(loadIdentityTokenVectors());

  const present = async (vector: IdentityTokenVector) => {
    const makings = { google: world.google, vm, audience: AUDIENCES[functionName], nowSeconds: NOW_SECONDS };
    const token = buildIdentityToken(vector, makings);
    const request = buildRequest(ordinaryRequest(functionName), token);
    return { token, outcome: await vend(functionName, ofCheck(request), grantsOfVm()) };
  };

  /** Refused by its project: that is an answer about the target. */
  const isDecision = ({ expected }: IdentityTokenVector) => expected?.error === 'invalid_target';
  const tokens = vectors.attacks.filter(([, vector]) => !isDecision(vector));
  const callers = vectors.attacks.filter(([, vector]) => isDecision(vector));

  it.each(tokens)('are refused as in an exchange: %s', async (_, vector) => {
    const { token, outcome } = await present(vector);
    expect(summarize(outcome, token)).toEqual(refusal(vector.expected));
    expect(outcome.audit).toMatchObject([{ event: 'token_check' }]);
  });

  it.each(callers)('may become nobody: %s', async (_, vector) => {
    const { outcome } = await present(vector);
    expect(outcome).toMatchObject({ status: 200, body: { decisions: [{ decision: 'no' }] }, minted: [] });
  });

  it.each(vectors.controls)('are as good as in an exchange: %s', async (_, vector) => {
    const { outcome } = await present(vector);
    expect(outcome).toMatchObject({ status: 200, body: { decisions: [{ decision: 'yes' }] }, minted: [] });
  });
});

describe('grants in a check', () => {
  const { attacks, controls } = split(loadGrantVectors());
  const named = (vector: GrantVector) => !vector.recipe.request.remove.includes('audience');

  const post = async (vector: GrantVector) => {
    const token = vm.identityToken(vector.recipe.function);
    const documents = buildGrantDocuments(vector, vm, NOW_SECONDS);
    const request = ofCheck(buildGrantRequest(vector, token));
    return vend(vector.recipe.function, request, documents);
  };

  it.each(attacks.filter(([, vector]) => named(vector)))('give what is no yes: %s', async (_, vector) => {
    const outcome = await post(vector);
    const { error, reason } = vector.expected;
    expect(outcome.minted).toEqual([]);
    const decision = error === 'server_error' ? 'fault' : 'no';
    expect(outcome).toMatchObject({
      status: 200,
      body: { decisions: [{ decision }] },
      audit: [{ event: 'token_check', decisions: [{ decision, reason }] }],
    });
  });

  it.each(controls.filter(([, vector]) => named(vector)))('give a yes: %s', async (_, vector) => {
    expect(await post(vector)).toMatchObject({
      status: 200,
      body: { decisions: [{ decision: 'yes' }] },
      audit: [{ outcome: 'checked' }],
      minted: [],
    });
  });
});
