/** The Node clients. */

import type { Place, Row } from '../harness/row.ts';
import { endpointOf, startFakePubSub, topicOf } from '../pubsub/fake-pubsub.ts';
import { NODE } from './toolchain.ts';

const common = {
  language: 'Node',
  toolchain: NODE,
  proof: 'api',
  modes: { environment: 'works', interception: 'works', agentless: 'works' },
} as const;

function argv({ installed, projectId }: Place, program: string, endpoint: string): [string, ...string[]] {
  const { programs } = installed;
  return [programs['node'] ?? '', programs[program] ?? '', projectId, endpoint];
}

export const NODE_ROWS: readonly Row[] = [
  {
    ...common,
    client: 'google-auth-library',
    version: ({ versions }) => versions['google-auth-library'] ?? '?',
    command: (place) => ({ argv: argv(place, 'request.js', place.apiUrl), prints: place.bucket }),
  },
  {
    ...common,
    client: '@google-cloud/storage',
    version: ({ versions }) => versions['@google-cloud/storage'] ?? '?',
    command: (place) => ({ argv: argv(place, 'list-buckets.js', place.apiUrl), prints: place.bucket }),
  },
  {
    ...common,
    client: '@google-cloud/pubsub (gRPC)',
    version: ({ versions }) => versions['@google-cloud/pubsub'] ?? '?',
    service: startFakePubSub,
    command: (place) => ({
      argv: argv(place, 'list-topics.js', endpointOf(place.service)),
      env: { NODE_EXTRA_CA_CERTS: place.caFile },
      prints: topicOf(`projects/${place.projectId}`),
    }),
  },
];
