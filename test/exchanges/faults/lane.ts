/**
 * One function as it is deployed, with a Google of its own and as many VMs as a test asks for: what a fault is
 * injected into. Whatever a lane breaks, no other lane notices.
 *
 * Each VM asks for a token that no other one asks for. A minted token is reused by whoever may have the same, and
 * would hide a fault behind it.
 */

import { expect } from 'vitest';
import type { DocumentData } from '../../support/firestore/documents.ts';
import type { Route } from '../../support/google/fake-google.ts';
import type { AuditLine } from '../../support/processes/audit-lines.ts';
import type { FunctionProcess } from '../../support/processes/function-process.ts';
import { createGrantsFile, type GrantDocumentsAtRest } from '../../support/world/grant-documents.ts';
import { exchangeForm, postToken, startVending } from '../../support/world/vending.ts';
import { createWorld, type Vm, type World } from '../../support/world/world.ts';
import { createClock } from './clock.ts';
import { WANTED, type Given, type Wanted, type WantedKind } from './wanted.ts';

export type Environment = Readonly<Record<string, string>>;
export type Documents = Readonly<Record<string, DocumentData>>;

export interface LaneOptions {
  /** Where the grants are; by default a file. */
  readonly store?: (documents: Documents) => Promise<GrantDocumentsAtRest>;
  /** Before the function starts: breaks what has to be broken by then, and adds to its environment. */
  readonly prepare?: (world: World) => Environment | Promise<Environment>;
  /** The function's clock and Google's can be moved, both at once. */
  readonly movableClock?: boolean;
  /** How many VMs have a grant. */
  readonly vms?: number;
  /** Nobody has asked the function for anything yet. Otherwise it has all that a first exchange fetches. */
  readonly cold?: boolean;
}

/** A VM, and what it asks for. */
export interface Caller {
  readonly vm: Vm;
  readonly wanted: Wanted;
}

/** What Google is asked in order to mint, or on the way there. */
export type MintingRoute = Extract<
  Route,
  'generateAccessToken' | 'generateIdToken' | 'signJwt' | 'oauthToken'
>;

export const MINTING_ROUTES: readonly MintingRoute[] = [
  'generateAccessToken',
  'generateIdToken',
  'signJwt',
  'oauthToken',
];

/** All that can be seen of an exchange from outside. */
export interface Outcome {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly retryAfter: string | null;
  readonly cacheControl: string | null;
  readonly elapsedMs: number;
  /** What the token that was given is good for; undefined where none was given. */
  readonly given: Given | undefined;
  readonly calls: Readonly<Record<MintingRoute, number>>;
  /** The lines that this exchange added to the audit log. */
  readonly audit: readonly AuditLine[];
}

export interface Lane {
  readonly world: World;
  readonly google: World['google'];
  readonly kind: WantedKind;
  readonly process: FunctionProcess;
  readonly documents: GrantDocumentsAtRest;
  /** One that has not asked for anything yet. */
  readonly nextCaller: () => Caller;
  /** Exchanges of one caller come one after the other, or their audit lines cannot be told apart. */
  readonly ask: (caller: Caller, extra?: Readonly<Record<string, string>>) => Promise<Outcome>;
  /** What a caller posts. */
  readonly form: (caller: Caller, extra?: Readonly<Record<string, string>>) => URLSearchParams;
  /** For exchanges of which nobody knows whose audit line is which. */
  readonly post: (form: URLSearchParams) => Promise<Omit<Outcome, 'audit'>>;
  /** Says that the test has sent one in a way of its own. */
  readonly countExchange: () => void;
  /** All of a caller's audit lines up to now. */
  readonly auditOf: (caller: Caller) => readonly AuditLine[];
  readonly moveClock: (milliseconds: number) => void;
  /** Ends everything, and looks through all that the function wrote: one audit line for each exchange, no secret. */
  readonly close: () => Promise<void>;
}

const VMS = 64;

export async function startLane(kind: WantedKind, options: LaneOptions = {}): Promise<Lane> {
  const { at, want, identify } = WANTED[kind];
  const clock = options.movableClock === true ? createClock() : undefined;
  const world = await createWorld({ clock: () => Date.now() + (clock?.offsetMs() ?? 0) });
  const callers = Array.from({ length: options.vms ?? VMS }, (_, index) => {
    const vm = world.vm(`worker-${index}`);
    return { vm, wanted: want(vm, index, world) };
  });
  const stored = Object.assign({}, ...callers.map(({ wanted }) => wanted.documents)) as Documents;
  const documents = await (options.store ?? createGrantsFile)(stored);
  const prepared = await options.prepare?.(world);
  const environment = { ...documents.environment, ...clock?.environment, ...prepared };
  const process = await startVending(world, at, environment);
  const secrets = new Set<string>();
  let asked = 0;
  let next = 0;

  const isOf =
    ({ vm }: Caller) =>
    (line: AuditLine) =>
      instanceNameOf(line) === vm.identity.instance.name;
  const auditOf = (caller: Caller) => process.auditLines().filter(isOf(caller));

  function form({ vm, wanted }: Caller, extra: Readonly<Record<string, string>> = {}): URLSearchParams {
    const encoded = exchangeForm(vm, at, { ...wanted.form, ...extra });
    secrets.add(encoded.get('subject_token') ?? '');
    return encoded;
  }

  async function post(encoded: URLSearchParams): Promise<Omit<Outcome, 'audit'>> {
    asked += 1;
    const before = countCalls(world);
    const startedAt = performance.now();
    const { status, body, headers } = await postToken(process.url, encoded);
    const elapsedMs = performance.now() - startedAt;
    expectNoSecret(JSON.stringify([...headers]));
    const token = body['access_token'];
    if (typeof token === 'string') secrets.add(token);
    const calls = countCalls(world);
    for (const route of MINTING_ROUTES) calls[route] -= before[route];
    return {
      status,
      body,
      retryAfter: headers.get('retry-after'),
      cacheControl: headers.get('cache-control'),
      elapsedMs,
      given: typeof token === 'string' ? identify(token, world) : undefined,
      calls,
    };
  }

  const lane: Lane = {
    world,
    google: world.google,
    kind,
    process,
    documents,
    form,
    post,
    countExchange: () => void (asked += 1),
    auditOf,
    nextCaller() {
      const caller = callers[next];
      if (caller === undefined) throw new Error(`this lane has no more than ${callers.length} VMs`);
      next += 1;
      return caller;
    },
    async ask(caller, extra) {
      const earlier = auditOf(caller).length;
      const answered = await post(form(caller, extra));
      const isOfCaller = isOf(caller);
      await process.waitForAuditLine((line) => isOfCaller(line) && auditOf(caller).length > earlier);
      return { ...answered, audit: auditOf(caller).slice(earlier) };
    },
    moveClock(milliseconds) {
      if (clock === undefined) throw new Error('this lane was started without a movable clock');
      clock.move(milliseconds);
    },
    async close() {
      await process.stop();
      await Promise.all([world.close(), documents.remove()]);
      clock?.remove();
      expect(process.auditLines()).toHaveLength(asked);
      expect(process.stderr()).toBe('');
      expectNoSecret(process.stdout(), secrets);
    },
  };
  if (options.cold !== true) {
    const { status } = await lane.ask(lane.nextCaller());
    if (status !== 200) throw new Error(`the first exchange was answered ${status}\n${process.describe()}`);
  }
  return lane;
}

function countCalls({ google }: World): Record<MintingRoute, number> {
  const counted = MINTING_ROUTES.map((route) => [route, google.calls(route)]);
  return Object.fromEntries(counted) as Record<MintingRoute, number>;
}

/** Not verified where the fault came first. */
function instanceNameOf(line: AuditLine): unknown {
  const { principal, unverified } = line as {
    principal?: { instanceName: string };
    unverified?: { instance_name: string };
  };
  return principal?.instanceName ?? unverified?.instance_name;
}

/** No token that went in or out, and nothing that looks like one: an access token of Google's, or a signed JWT. */
function expectNoSecret(text: string, secrets: Iterable<string> = []): void {
  expect(text).not.toMatch(/ya29\.|eyJ[\w-]{16,}\.eyJ|BEGIN [A-Z ]*PRIVATE KEY/);
  for (const secret of secrets) expect(text).not.toContain(secret);
}
