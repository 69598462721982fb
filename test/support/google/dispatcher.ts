// From a socket to a route and back: match the table, count, fault, answer.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

import { applyFault, sendReply } from './apply-fault.ts';
import type { FaultPlan } from './faults.ts';
import { htmlReply, Refused, textReply, type GoogleReply, type Handler } from './reply.ts';
import type { Route } from './routes.ts';

export interface RouteEntry {
  readonly route: Route;
  readonly method: 'GET' | 'POST' | 'any';
  /** Matched against the path as sent; its groups, decoded, become `params`. */
  readonly path: RegExp;
  /** Headers of every reply of the route, the faulted ones too. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly handle: Handler;
}

export interface DispatcherDeps {
  routes: readonly RouteEntry[];
  /** The first plan with a fault for the request decides. */
  faultPlans: readonly FaultPlan[];
  count: (route: Route) => void;
}

export function createDispatcher({ routes, faultPlans, count }: DispatcherDeps): RequestListener {
  return (request, response) => {
    answer(request, response).catch((error: unknown) => {
      // Either the client left in the middle of its body, or this kit has a bug that a test should see.
      if (!response.headersSent)
        sendReply(response, textReply(500, `fake Google failed: ${String(error)}`, 'text/plain'));
      else response.destroy();
    });
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? '/';
    const [path = '/'] = target.split('?', 1);
    const found = match(request.method ?? 'GET', path);
    if (found === undefined)
      return sendReply(response, htmlReply(404, 'The requested URL was not found on this server.'));

    const { entry, params } = found;
    count(entry.route);
    for (const [name, value] of Object.entries(entry.headers ?? {})) response.setHeader(name, value);
    for (const plan of faultPlans) plan.announce(entry.route, target);
    const usual = async (): Promise<GoogleReply> => {
      const query = new URLSearchParams(target.slice(path.length + 1));
      const body = await readBody(request);
      return handled(() =>
        entry.handle({
          method: request.method ?? 'GET',
          path,
          params,
          query,
          headers: request.headers,
          body,
        }),
      );
    };
    for (const plan of faultPlans) {
      const fault = plan.take(entry.route, target);
      if (fault !== undefined) return applyFault(fault, entry.route, response, usual);
    }
    sendReply(response, await usual());
  }

  function match(method: string, path: string): { entry: RouteEntry; params: string[] } | undefined {
    for (const entry of routes) {
      if (entry.method !== 'any' && entry.method !== method) continue;
      const groups = entry.path.exec(path)?.slice(1);
      if (groups !== undefined) return { entry, params: groups.map((group) => decode(group)) };
    }
    return undefined;
  }
}

async function handled(handle: () => GoogleReply | Promise<GoogleReply>): Promise<GoogleReply> {
  try {
    return await handle();
  } catch (error) {
    if (error instanceof Refused) return error.reply;
    throw error;
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (request.method === 'GET' || request.method === 'HEAD') return Buffer.alloc(0);
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function decode(group: string): string {
  try {
    return decodeURIComponent(group);
  } catch {
    return group;
  }
}
