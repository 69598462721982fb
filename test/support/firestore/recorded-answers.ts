/**
 * Answers of the emulator, each asked for once and then given again, byte for byte, to whoever asks the same: for
 * measurements in which the emulator's own time, which comes and goes, must not count.
 */

import { buffer } from 'node:stream/consumers';
import type { ClientHttp2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';

export interface RecordedAnswers {
  /** Gives the answer that milliseconds after the call. */
  readonly give: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, afterMs: number) => Promise<void>;
}

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly trailers: IncomingHttpHeaders;
}

export function createRecordedAnswers(host: string, session: () => ClientHttp2Session): RecordedAnswers {
  const answers = new Map<string, Promise<Answer>>();

  return {
    async give(stream, headers, afterMs) {
      const timeIsUp = new Promise((resolve) => setTimeout(resolve, afterMs));
      const message = await buffer(stream);
      const question = `${headers[':path']} ${message.toString('base64')}`;
      const asked = answers.get(question) ?? ask(session(), { ...headers, ':authority': host }, message);
      answers.set(question, asked);
      const [answer] = await Promise.all([asked, timeIsUp]);
      if (!stream.destroyed) send(stream, answer);
    },
  };
}

async function ask(
  session: ClientHttp2Session,
  headers: IncomingHttpHeaders,
  message: Buffer,
): Promise<Answer> {
  const request = session.request(headers);
  const answered = new Promise<IncomingHttpHeaders>((resolve) => request.once('response', resolve));
  let trailers: IncomingHttpHeaders = {};
  request.once('trailers', (received) => {
    trailers = received;
  });
  request.end(message);
  const body = await buffer(request);
  return { headers: await answered, body, trailers };
}

function send(stream: ServerHttp2Stream, { headers, body, trailers }: Answer): void {
  stream.respond(headers, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end(body);
}
