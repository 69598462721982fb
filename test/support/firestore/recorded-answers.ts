/**
 * Answers of the emulator, each asked for once and then given again, byte for byte, to whoever asks the same: for
 * measurements in which the emulator's own time, which comes and goes, must not count.
 */

import { buffer } from 'node:stream/consumers';
import type { ClientHttp2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';

export interface RecordedAnswers {
  /** Gives the answer that milliseconds after the call. Rejects where either side ends before it. */
  readonly give: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, afterMs: number) => Promise<void>;
}

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly trailers: IncomingHttpHeaders;
}

export function createRecordedAnswers(host: string, session: () => ClientHttp2Session): RecordedAnswers {
  const answers = new Map<string, Answer>();

  return {
    async give(stream, headers, afterMs) {
      const timeIsUp = new Promise((resolve) => setTimeout(resolve, afterMs));
      const message = await buffer(stream);
      const question = `${headers[':path']} ${message.toString('base64')}`;
      const answer =
        answers.get(question) ?? (await ask(session(), { ...headers, ':authority': host }, message));
      answers.set(question, answer);
      await timeIsUp;
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
  let answered: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders = {};
  request.once('response', (received) => {
    answered = received;
  });
  request.once('trailers', (received) => {
    trailers = received;
  });
  request.end(message);
  const body = await buffer(request);
  return { headers: answered, body, trailers };
}

function send(stream: ServerHttp2Stream, { headers, body, trailers }: Answer): void {
  stream.respond(headers, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end(body);
}
