/** The Go clients. */

import type { Place, Row } from '../harness/row.ts';
import { endpointOf, startFakePubSub, topicOf } from '../pubsub/fake-pubsub.ts';
import { goToolchain } from './toolchain.ts';

const GO = goToolchain('Go', {
  module: new URL('.', import.meta.url),
  packages: { oauth2: './oauth2', storage: './storage', pubsub: './pubsub' },
});

const common = {
  language: 'Go',
  toolchain: GO,
  proof: 'api',
  modes: { environment: 'works', interception: 'works', agentless: 'works' },
} as const;

const program = ({ installed }: Place, name: string) => installed.programs[name] ?? '';

export const GO_ROWS: readonly Row[] = [
  {
    ...common,
    client: 'golang.org/x/oauth2',
    version: ({ versions }) => versions['golang.org/x/oauth2'] ?? '?',
    command: (place) => ({
      argv: [program(place, 'oauth2'), place.projectId, place.apiUrl],
      prints: place.bucket,
    }),
  },
  {
    ...common,
    client: 'cloud.google.com/go/storage',
    version: ({ versions }) => versions['cloud.google.com/go/storage'] ?? '?',
    command: (place) => ({
      argv: [program(place, 'storage'), place.projectId, place.apiUrl],
      prints: place.bucket,
    }),
  },
  {
    ...common,
    client: 'cloud.google.com/go/pubsub/v2 (gRPC)',
    version: ({ versions }) => versions['cloud.google.com/go/pubsub/v2'] ?? '?',
    service: startFakePubSub,
    command: (place) => ({
      argv: [program(place, 'pubsub'), place.projectId, endpointOf(place.service)],
      env: { SSL_CERT_FILE: place.caFile },
      prints: topicOf(`projects/${place.projectId}`),
    }),
  },
];
