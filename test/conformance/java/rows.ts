/** The Java clients. */

import type { Command, Place, Row } from '../harness/row.ts';
import { endpointOf, startFakePubSub, topicOf } from '../pubsub/fake-pubsub.ts';
import { JAVA } from './toolchain.ts';

const common = {
  language: 'Java',
  toolchain: JAVA,
  proof: 'api',
  modes: { environment: 'works', interception: 'works', agentless: 'works' },
} as const;

/** Java reads no PEM: $1 keytool, $2 the PEM file; the rest is the command. */
const WITH_TRUST_STORE = `
set -e
keytool=$1 pem=$2; shift 2
"$keytool" -importcert -noprompt -alias authority -file "$pem" -keystore trust.p12 -storepass public 2> keytool.log ||
  { cat keytool.log >&2; exit 1; }
exec "$@"
`;

/** For a program that runs once: it is compiled less and starts sooner. */
const SHORT_LIVED = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

function run(place: Place, main: string, endpoint: string): Omit<Command, 'prints'> {
  const { java = '', classes = '', libraries = '' } = place.installed.programs;
  const program = ['-cp', `${classes}:${libraries}/*`, main, place.projectId, endpoint];
  return { argv: [java, ...SHORT_LIVED, ...program] };
}

/** The same, and it trusts `place.caFile`. */
function runTrusting(place: Place, main: string, endpoint: string): Omit<Command, 'prints'> {
  const [java, ...rest] = run(place, main, endpoint).argv;
  const trust = ['-Djavax.net.ssl.trustStore=trust.p12', '-Djavax.net.ssl.trustStorePassword=public'];
  const { keytool = '' } = place.installed.programs;
  return {
    argv: ['/bin/sh', '-c', WITH_TRUST_STORE, 'java', keytool, place.caFile, java, ...trust, ...rest],
    // it posts an identity token to https only
    ...(place.agentless !== undefined && {
      env: { GOOGLE_APPLICATION_CREDENTIALS: place.agentless.tlsFile },
    }),
  };
}

export const JAVA_ROWS: readonly Row[] = [
  {
    ...common,
    client: 'google-cloud-storage',
    version: ({ versions }) => versions['google-cloud-storage'] ?? '?',
    command: (place) => ({
      ...(place.agentless === undefined ? run : runTrusting)(place, 'ListBuckets', place.apiUrl),
      prints: place.bucket,
    }),
  },
  {
    ...common,
    client: 'google-cloud-pubsub (gRPC)',
    version: ({ versions }) => versions['google-cloud-pubsub'] ?? '?',
    service: startFakePubSub,
    command: (place) => ({
      ...runTrusting(place, 'ListTopics', endpointOf(place.service)),
      prints: topicOf(`projects/${place.projectId}`),
    }),
  },
];
