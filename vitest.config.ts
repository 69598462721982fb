import { defineConfig } from 'vitest/config';

/** `npm run test:core` runs the first project alone: no processes, no emulator, a few seconds. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'core',
          include: ['test/{shared,functions,house,vectors}/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'support',
          include: ['test/support/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'exchanges',
          include: ['test/exchanges/**/*.test.ts'],
          globalSetup: ['test/support/firestore/shared-emulator.ts'],
          testTimeout: 30_000,
          hookTimeout: 90_000,
        },
      },
    ],
  },
});
