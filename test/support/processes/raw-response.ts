/**
 * Reads an HTTP/1.1 response out of bytes as they came off a socket, complete or not.
 * https://www.rfc-editor.org/rfc/rfc9112#section-6.3
 */

export interface RawResponse {
  /** Empty while the head is not complete. */
  readonly statusLine: string;
  readonly status: number | undefined;
  /** Names in lower case; a repeated header's values joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** As far as it has come, without the framing of a chunked body. */
  readonly body: string;
  /** Whether this is the whole response. Where only the connection's end can tell, false until then. */
  readonly complete: boolean;
}

const NOTHING: RawResponse = { statusLine: '', status: undefined, headers: {}, body: '', complete: false };
const BODILESS = new Set([204, 304]);

export interface ReadingOptions {
  /** Nothing will follow. */
  readonly closed: boolean;
  /** A response to HEAD names the length of a body that does not come. */
  readonly toHead: boolean;
}

export function readResponse(bytes: Buffer, options: ReadingOptions): RawResponse {
  // One character a byte, so that lengths and positions are those of the bytes.
  const text = bytes.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return NOTHING;
  const [statusLine = '', ...fields] = text.slice(0, end).split('\r\n');
  const status = Number(statusLine.split(' ')[1]);
  const rest = bytes.subarray(end + 4);
  // Interim responses, such as 100 Continue, come before the answer.
  if (status >= 100 && status < 200) return readResponse(rest, options);

  const headers = readFields(fields);
  const bodiless = options.toHead || BODILESS.has(status);
  const { body, complete } = bodiless ? EMPTY : readBody(rest, headers, options.closed);
  return { statusLine, status, headers, body: body.toString(), complete };
}

interface Body {
  readonly body: Buffer;
  readonly complete: boolean;
}

const EMPTY: Body = { body: Buffer.alloc(0), complete: true };

function readFields(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  return headers;
}

function readBody(rest: Buffer, headers: Readonly<Record<string, string>>, closed: boolean): Body {
  if (headers['transfer-encoding'] === 'chunked') return readChunks(rest);
  const length = headers['content-length'];
  if (length === undefined) return { body: rest, complete: closed };
  return { body: rest.subarray(0, Number(length)), complete: rest.length >= Number(length) };
}

function readChunks(rest: Buffer): Body {
  const chunks: Buffer[] = [];
  let position = 0;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', position);
    if (lineEnd === -1) break;
    const size = Number.parseInt(rest.toString('latin1', position, lineEnd), 16);
    const start = lineEnd + 2;
    if (size === 0) return { body: Buffer.concat(chunks), complete: rest.length >= start + 2 };
    chunks.push(rest.subarray(start, start + size));
    position = start + size + 2;
  }
  return { body: Buffer.concat(chunks), complete: false };
}
