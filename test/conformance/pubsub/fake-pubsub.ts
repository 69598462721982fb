/**
 * Pub/Sub over gRPC and TLS, as much as lists topics: to everybody whose token the fake Google has issued, with a scope
 * that allows it.
 * https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#google.pubsub.v1.Publisher.ListTopics
 */

import type { FakeGoogle } from '../../support/google/fake-google.ts';
import { bearerToken, seen } from '../fake-apis/seen.ts';
import type { StartService } from '../harness/row.ts';
import { GRPC_STATUS, startGrpcServer, type GrpcRefusal } from './grpc-server.ts';
import { projectOf, topicsResponse } from './list-topics-messages.ts';

const LIST_TOPICS = '/google.pubsub.v1.Publisher/ListTopics';

const SCOPES = ['pubsub', 'cloud-platform'].map((name) => `https://www.googleapis.com/auth/${name}`);

/** `HOST:PORT`, under which the certificate knows the server. */
const ENDPOINT = 'endpoint';

export const startFakePubSub: StartService = async ({ google, saw, tls }) => {
  const listTopics = (message: Buffer, authorization: string | undefined): Buffer | GrpcRefusal => {
    saw(seen(google, 'POST', LIST_TOPICS, authorization));
    const refusal = refusalOf(google, authorization);
    if (refusal !== undefined) return refusal;
    const project = projectOf(message);
    if (!/^projects\/[^/]+$/.test(project)) {
      return { status: GRPC_STATUS.invalidArgument, message: `no project: "${project}"` };
    }
    return topicsResponse([topicOf(project)]);
  };
  const server = await startGrpcServer({ tls, methods: { [LIST_TOPICS]: listTopics } });
  return { service: { [ENDPOINT]: `localhost:${server.port}` }, close: server.close };
};

/** What a project's only topic is called. */
export function topicOf(project: string): string {
  return `${project}/topics/letters`;
}

export function endpointOf(service: Readonly<Record<string, string>>): string {
  return service[ENDPOINT] ?? '';
}

function refusalOf(google: FakeGoogle, authorization: string | undefined): GrpcRefusal | undefined {
  const token = bearerToken(authorization);
  const caller = token === undefined ? undefined : google.whoIs(token);
  if (caller === undefined || caller.expiresAtMs <= Date.now() + google.clockOffsetMs) {
    const message = 'Request had invalid authentication credentials.';
    return { status: GRPC_STATUS.unauthenticated, message };
  }
  if (caller.scopes.some((scope) => SCOPES.includes(scope))) return undefined;
  const message = 'Request had insufficient authentication scopes.';
  return { status: GRPC_STATUS.permissionDenied, message };
}
