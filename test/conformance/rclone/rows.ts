/** rclone, built with the one backend that is tried: all of its backends take many times as long to compile. */

import { OBJECT } from '../fake-apis/contents.ts';
import { goToolchain } from '../go/toolchain.ts';
import type { Row } from '../harness/row.ts';

const RCLONE = goToolchain('rclone', { module: new URL('.', import.meta.url), packages: { rclone: '.' } });

export const RCLONE_ROWS: readonly Row[] = [
  {
    client: 'rclone',
    language: 'Command line',
    toolchain: RCLONE,
    version: ({ versions }) => versions['github.com/rclone/rclone'] ?? '?',
    proof: 'api',
    command: ({ installed, apiUrl, bucket }) => ({
      argv: [
        installed.programs['rclone'] ?? '',
        'lsf',
        `:gcs:${bucket}`,
        '--gcs-env-auth',
        `--gcs-endpoint=${apiUrl}/storage/v1/`,
      ],
      prints: OBJECT,
    }),
    modes: { environment: 'works', interception: 'works', agentless: 'works' },
  },
];
