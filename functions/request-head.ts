/**
 * What the head of a request already decides, before a byte of its body is read. Pure.
 */

import type { IncomingMessage } from 'node:http';
import { CHECK_PATH, isFormMediaType, MAX_BODY_BYTES, TOKEN_PATH } from '../shared/protocol.ts';
import { Refusal, type RefusalReason } from '../shared/refusal.ts';

export type RequestHead = Pick<IncomingMessage, 'method' | 'url' | 'headers'>;

/** The first rule that a request breaks; `undefined` where it breaks none. */
export function refusalOfHead(head: RequestHead): Refusal | undefined {
  const broken = RULES.find(({ holds }) => !holds(head));
  return broken && new Refusal(broken.reason);
}

/** Without the query, and as it was sent: nothing is decoded, and no case is folded. */
export function pathOf({ url = '' }: RequestHead): string {
  return url.split('?', 1)[0] ?? '';
}

interface Rule {
  readonly reason: RefusalReason;
  readonly holds: (head: RequestHead) => boolean;
}

const PATHS: readonly string[] = [TOKEN_PATH, CHECK_PATH];

const RULES: readonly Rule[] = [
  { reason: 'path_unknown', holds: (head) => PATHS.includes(pathOf(head)) },
  { reason: 'method_not_allowed', holds: ({ method }) => method === 'POST' },
  // a body that is read has the size that was announced: no length, no body; no compression, no bomb
  { reason: 'body_length_missing', holds: ({ headers }) => announcedLength(headers) !== undefined },
  { reason: 'body_too_large', holds: ({ headers }) => (announcedLength(headers) ?? 0) <= MAX_BODY_BYTES },
  { reason: 'media_type_unsupported', holds: ({ headers }) => isFormMediaType(headers['content-type']) },
  { reason: 'media_type_unsupported', holds: ({ headers }) => isUncompressed(headers['content-encoding']) },
];

function announcedLength(headers: RequestHead['headers']): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined;
  const length = headers['content-length'];
  return length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined;
}

function isUncompressed(contentEncoding: string | undefined): boolean {
  return contentEncoding === undefined || contentEncoding.toLowerCase() === 'identity';
}
