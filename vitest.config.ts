import { defineConfig } from 'vitest/config';

/** So much for a machine with two slow cores that does something else, too; nothing in a test is timed by it. */
const TIMEOUTS = { testTimeout: 30_000, hookTimeout: 90_000 };

/** `npm run test:core` runs the first project alone: no processes, no emulator, a few seconds. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...TIMEOUTS,
          name: 'core',
          include: ['test/{shared,functions,house,vectors}/**/*.test.ts'],
        },
      },
      {
        test: {
          ...TIMEOUTS,
          name: 'support',
          include: ['test/{support,bench}/**/*.test.ts'],
        },
      },
      {
        test: {
          ...TIMEOUTS,
          name: 'refresher',
          include: ['test/refresher/**/*.test.ts'],
          exclude: ['test/refresher/host/**'],
        },
      },
      {
        test: {
          ...TIMEOUTS,
          name: 'probe',
          include: ['test/probe/**/*.test.ts'],
        },
      },
      {
        test: {
          ...TIMEOUTS,
          name: 'terraform',
          include: ['test/terraform/**/*.test.ts'],
          globalSetup: ['test/terraform/find-program.ts'],
        },
      },
      {
        test: {
          ...TIMEOUTS,
          name: 'cloudbuild',
          include: ['test/cloudbuild/**/*.test.ts'],
          globalSetup: ['test/terraform/find-program.ts'],
        },
      },
      {
        test: {
          ...TIMEOUTS,
          name: 'host',
          include: ['test/refresher/host/**/*.test.ts'],
        },
      },
      {
        test: {
          ...TIMEOUTS,
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          exclude: ['**/node_modules/**'],
          // An interpreter that starts on a busy machine, and a client that tries several times before it gives up.
          testTimeout: 180_000,
          // Two places at work and one that waits for its processes.
          maxConcurrency: 3,
          globalSetup: ['test/conformance/harness/install-everything.ts'],
        },
      },
      {
        test: {
          ...TIMEOUTS,
          name: 'admin',
          include: ['test/admin/**/*.test.ts'],
          // a machine of ours may be a VM, whose metadata server would have credentials
          env: { METADATA_SERVER_DETECTION: 'none' },
          globalSetup: ['test/support/firestore/shared-emulator.ts'],
        },
      },
      {
        test: {
          ...TIMEOUTS,
          name: 'exchanges',
          include: ['test/exchanges/**/*.test.ts'],
          globalSetup: ['test/support/firestore/shared-emulator.ts'],
        },
      },
    ],
  },
});
