/**
 * From a request's target to its reply: what is asked for often by a table, everything else by a walk along the tree.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { listingReply, recursiveReply } from './listing.ts';
import { NOT_FOUND, sentenceReply, type Reply } from './reply.ts';
import { segmentsOf, splitTarget } from './request-target.ts';
import {
  endpointsBelow,
  find,
  type Directory,
  type Endpoint,
  type Leaf,
  type Node,
  type Reading,
} from './tree.ts';
import { valueReply } from './values.ts';
import { parseWaiting, type UntilChanged } from './wait-for-change.ts';

/** Never throws or rejects. Replies from memory come in the same turn of the event loop. */
export type Answer = (
  /** One that the guards have let pass. */
  request: Pick<IncomingMessage, 'url' | 'headers'>,
  /** Closed when the client is gone. */
  response: Pick<ServerResponse, 'once'>,
) => Reply | Promise<Reply>;

interface Options {
  readonly root: Directory;
  readonly untilChanged: UntilChanged;
  /** Paths outside of the tree, which no client library uses. */
  readonly others: ReadonlyMap<string, () => Reply>;
  readonly onFailure: (error: unknown) => void;
}

const UNAVAILABLE = sentenceReply(503, "The VM's metadata server does not answer.", { 'Retry-After': '5' });
const FAILED = sentenceReply(500, 'The refresher failed; its log says how.');
const WAITS = 'wait_for_change=true';

export function createRoutes({ root, untilChanged, others, onFailure }: Options): Answer {
  // e-mails come with their @ as it is and escaped
  const endpoints = new Map(
    endpointsBelow(root).flatMap(([path, node]) => [
      [path, node] as const,
      [path.replace('@', '%40'), node] as const,
    ]),
  );

  return function answer(request, response) {
    const { path, query } = splitTarget(request.url ?? '');
    const frequent = endpoints.get(path);
    if (frequent !== undefined) return answerNode(frequent, query, response);
    const other = others.get(path);
    if (other !== undefined) return other();

    const segments = segmentsOf(path);
    const found = segments === undefined ? undefined : find(root, segments);
    if (found === undefined || found.kind === 'nothing') return NOT_FOUND;
    if (found.kind === 'redirect') return redirect(request.headers.host ?? '', path, query);
    return answerNode(found.node, query, response);
  };

  function answerNode(
    node: Node,
    query: string,
    response: Pick<ServerResponse, 'once'>,
  ): Reply | Promise<Reply> {
    try {
      const waiting =
        query.includes(WAITS) && mayChange(node) ? parseWaiting(parametersOf(query)) : undefined;
      const ready =
        waiting === undefined
          ? replyOf(node, query)
          : untilChanged(
              () => replyOf(node, query),
              waiting,
              (listener) => void response.once('close', listener),
            );
      if (!(ready instanceof Promise)) return counted(node, ready);
      return ready.then(
        (reply) => counted(node, reply),
        (error: unknown) => failed(node, error),
      );
    } catch (error) {
      return failed(node, error);
    }
  }

  function failed(node: Node, error: unknown): Reply {
    onFailure(error);
    return counted(node, node.kind === 'endpoint' ? node.failure : FAILED);
  }
}

function counted(node: Node, reply: Reply): Reply {
  if (node.kind === 'endpoint') node.count(reply.status);
  return reply;
}

function mayChange(node: Node): boolean {
  return node.kind !== 'endpoint' || node.changes === true;
}

function replyOf(node: Endpoint | Leaf | Directory, query: string): Reply | Promise<Reply> {
  if (node.kind === 'endpoint') return node.answer(query);
  const parameters = parametersOf(query);
  const recursive = parameters.get('recursive')?.toLowerCase() === 'true';
  const form = formOf(parameters) ?? (recursive ? 'json' : 'text');
  if (node.kind === 'directory') return recursive ? recursiveReply(node, form) : listingReply(node, form);
  const reading = node.read();
  return reading instanceof Promise
    ? reading.then((value) => leafReply(value, form))
    : leafReply(reading, form);
}

function leafReply(reading: Reading, form: 'text' | 'json'): Reply {
  if (reading === 'absent') return NOT_FOUND;
  return reading === 'unavailable' ? UNAVAILABLE : valueReply(reading, form);
}

function formOf(parameters: URLSearchParams): 'text' | 'json' | undefined {
  const alt = parameters.get('alt');
  return alt === 'text' || alt === 'json' ? alt : undefined;
}

function parametersOf(query: string): URLSearchParams {
  return new URLSearchParams(query);
}

/** Node pings `instance` without its slash and takes 404 for "not on Compute Engine"; gsutil does the like. */
function redirect(host: string, path: string, query: string): Reply {
  const location = `http://${host}${path}/${query === '' ? '' : `?${query}`}`;
  return sentenceReply(301, 'This is a directory, whose path ends in a slash.', { Location: location });
}
