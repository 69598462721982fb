// What a route sees and answers. Routes are functions from one to the other; only the dispatcher knows sockets.
import type { IncomingHttpHeaders } from 'node:http';

export interface GoogleRequest {
  readonly method: string;
  /** The path as sent, not decoded. */
  readonly path: string;
  /** The decoded groups of the route's pattern, in order. */
  readonly params: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface GoogleReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export type Handler = (request: GoogleRequest) => GoogleReply | Promise<GoogleReply>;

/** Thrown by a route to answer at once with an error reply. */
export class Refused extends Error {
  readonly reply: GoogleReply;
  constructor(reply: GoogleReply) {
    super(`refused with ${reply.status}`);
    this.name = 'Refused';
    this.reply = reply;
  }
}

export function jsonReply(status: number, value: unknown, headers: Record<string, string> = {}): GoogleReply {
  const json = { 'content-type': 'application/json; charset=UTF-8' };
  return { status, headers: { ...json, ...headers }, body: JSON.stringify(value) };
}

export function textReply(status: number, body: string, contentType: string): GoogleReply {
  return { status, headers: { 'content-type': contentType }, body };
}

/** The page of Google's front ends, for what never reached an API. */
export function htmlReply(
  status: number,
  sentence: string,
  headers: Record<string, string> = {},
): GoogleReply {
  const title = `Error ${status}!!1`;
  const body = `<!DOCTYPE html>\n<html lang=en><title>${title}</title>\n<p><b>${status}.</b> ${sentence}\n</html>\n`;
  return { status, headers: { 'content-type': 'text/html; charset=UTF-8', ...headers }, body };
}
