/** Pub/Sub from Python: gRPC in C++. The other languages' clients are among their own rows. */

import { fileURLToPath } from 'node:url';
import type { Row } from '../harness/row.ts';
import { PYTHON } from '../python/toolchain.ts';
import { endpointOf, startFakePubSub, topicOf } from './fake-pubsub.ts';

const SCRIPT = fileURLToPath(new URL('list_topics.py', import.meta.url));

export const PYTHON_PUBSUB_ROWS: readonly Row[] = [
  {
    client: 'google-cloud-pubsub (gRPC)',
    language: 'Python',
    toolchain: PYTHON,
    version: ({ versions }) => versions['google-cloud-pubsub'] ?? '?',
    service: startFakePubSub,
    proof: 'api',
    command: ({ installed, projectId, service, caFile }) => ({
      argv: [installed.programs['python'] ?? '', SCRIPT, projectId, endpointOf(service)],
      env: { GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: caFile },
      prints: topicOf(`projects/${projectId}`),
    }),
    modes: { environment: 'works', interception: 'works', agentless: 'works' },
  },
];
