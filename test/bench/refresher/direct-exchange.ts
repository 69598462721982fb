/**
 * The exchange itself, by as little of a client as the protocols allow: two identity tokens from the metadata server,
 * side by side, and the request to the function.
 */

import {
  encodeForm,
  FORM_MEDIA_TYPE,
  TOKEN_EXCHANGE_GRANT_TYPE,
  TOKEN_PATH,
  TOKEN_TYPES,
} from '../../../shared/protocol.ts';
import { openConnection, postRequest, type KeepAliveConnection } from '../keep-alive-connection.ts';
import { median } from '../statistics.ts';

export interface ExchangePlaces {
  /** `HOST:PORT`. */
  readonly metadataHost: string;
  readonly functionPort: number;
  readonly audience: string;
  /** As an IAM member. */
  readonly target: string;
}

/** One alone may meet a garbage collection. */
const TIMES = 5;

/** The connections are made beforehand, and not counted. */
export async function exchangeMs(places: ExchangePlaces): Promise<number> {
  const { functionPort, metadataHost } = places;
  const metadataPort = Number(metadataHost.split(':')[1]);
  const connections = await Promise.all([metadataPort, metadataPort, functionPort].map(openConnection));
  const spent: number[] = [];
  try {
    for (let time = 0; time < TIMES; time += 1) {
      const startedAt = performance.now();
      await exchange(places, connections);
      spent.push(performance.now() - startedAt);
    }
  } finally {
    for (const connection of connections) connection.close();
  }
  return median(spent);
}

async function exchange(
  { audience, functionPort, metadataHost, target }: ExchangePlaces,
  [first, second, toFunction]: readonly KeepAliveConnection[],
): Promise<void> {
  const [subjectToken, edgeToken] = await Promise.all([
    identityToken(first, metadataHost, audience),
    identityToken(second, metadataHost, `http://127.0.0.1:${functionPort}`),
  ]);
  const form = encodeForm({
    grant_type: TOKEN_EXCHANGE_GRANT_TYPE,
    subject_token: subjectToken,
    subject_token_type: TOKEN_TYPES.idToken,
    requested_token_type: TOKEN_TYPES.accessToken,
    audience: target,
  });
  const headers = { 'content-type': FORM_MEDIA_TYPE, authorization: `Bearer ${edgeToken}` };
  await send(toFunction, postRequest(TOKEN_PATH, form, headers));
}

function identityToken(
  connection: KeepAliveConnection | undefined,
  host: string,
  audience: string,
): Promise<string> {
  const query = `audience=${encodeURIComponent(audience)}&format=full`;
  const path = `/computeMetadata/v1/instance/service-accounts/default/identity?${query}`;
  const head = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nMetadata-Flavor: Google\r\n\r\n`;
  return send(connection, Buffer.from(head));
}

async function send(connection: KeepAliveConnection | undefined, request: Buffer): Promise<string> {
  if (connection === undefined) throw new Error('there is no connection');
  const { status, body } = await connection.send(request);
  if (status !== 200) throw new Error(`answered ${status}: ${body.toString()}`);
  return body.toString();
}
