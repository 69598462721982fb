/** What was started is ended in the opposite order, once, whenever the end comes. */

type End = () => Promise<void>;

export interface Teardown {
  /** Ended at once where the end has come already. */
  readonly add: (end: End) => Promise<void>;
  readonly run: () => Promise<void>;
}

export function createTeardown(): Teardown {
  const ends: End[] = [];
  let hasRun = false;
  return {
    async add(end) {
      if (hasRun) await end();
      else ends.push(end);
    },
    async run() {
      hasRun = true;
      for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end();
    },
  };
}
