// The knobs that make a route misbehave. What each fault does on the wire is in `apply-fault.ts`.
import type { Route } from './routes.ts';

export type Fault =
  /** Answers as usual, `ms` milliseconds late. */
  | { kind: 'latency'; ms: number }
  /** Accepts the request and never answers. */
  | { kind: 'hang' }
  /** Resets the connection (TCP RST). */
  | { kind: 'reset' }
  /** The route's own error shape for this status, unless `body` says otherwise (an object is sent as JSON). */
  | { kind: 'status'; status: number; body?: string | object; headers?: Record<string, string> }
  /** An error page of a front end instead of the API's JSON. */
  | { kind: 'html'; status: number }
  /** The usual answer, its body cut in the middle. */
  | { kind: 'truncatedJson' }
  | { kind: 'body'; status: number; body: string; contentType?: string }
  /** 200 with an `id_token` and no access token: what an unknown scope gets at the OAuth endpoint. */
  | { kind: 'noAccessToken' }
  /** 200 with so many bytes of nonsense. */
  | { kind: 'bodyOfBytes'; bytes: number }
  /** Headers and one byte at once; then one byte every `everyMs`, or silence. */
  | { kind: 'slowBody'; everyMs?: number }
  /** RFC 6749 §5.2 body. */
  | { kind: 'oauthError'; status: number; error: string; error_description?: string };

export interface FaultLimits {
  /** How many requests get the fault; all, when absent. */
  times?: number;
  /** Only requests whose path (as sent, with the query) matches. */
  path?: RegExp;
}

export interface Faults {
  /** Replaces the route's fault. */
  readonly set: (route: Route, fault: Fault, limits?: FaultLimits) => void;
  /** Mends one route, or all. */
  readonly clear: (route?: Route) => void;
  /** Runs `hook` when a request arrives, before its fault and its answer. Gives the way to stop. */
  readonly onRequest: (route: Route, hook: (path: string) => void) => () => void;
}

/** The dispatcher's side of the knobs. */
export interface FaultPlan extends Faults {
  readonly announce: (route: Route, path: string) => void;
  /** The fault that this request gets; counts it. */
  readonly take: (route: Route, path: string) => Fault | undefined;
}

export function createFaultPlan(): FaultPlan {
  const planned = new Map<Route, { fault: Fault; left: number; path: RegExp | undefined }>();
  const hooks = new Map<Route, Set<(path: string) => void>>();
  return {
    set(route, fault, { times = Infinity, path } = {}) {
      planned.set(route, { fault, left: times, path });
    },
    clear(route) {
      if (route === undefined) planned.clear();
      else planned.delete(route);
    },
    onRequest(route, hook) {
      const all = hooks.get(route) ?? new Set();
      hooks.set(route, all.add(hook));
      return () => all.delete(hook);
    },
    announce(route, path) {
      for (const hook of hooks.get(route) ?? []) hook(path);
    },
    take(route, path) {
      const plan = planned.get(route);
      if (plan === undefined || plan.left <= 0 || plan.path?.test(path) === false) return undefined;
      plan.left -= 1;
      return plan.fault;
    },
  };
}
