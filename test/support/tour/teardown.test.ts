import { expect, test } from 'vitest';
import { createTeardown } from './teardown.ts';

test('ends what was started in the opposite order, and only once', async () => {
  const ended: string[] = [];
  const teardown = createTeardown();
  for (const name of ['first', 'second']) await teardown.add(async () => void ended.push(name));

  await teardown.run();
  await teardown.run();

  expect(ended).toEqual(['second', 'first']);
});

test('ends at once what is started after the end has come', async () => {
  const ended: string[] = [];
  const teardown = createTeardown();
  await teardown.run();

  await teardown.add(async () => void ended.push('late'));

  expect(ended).toEqual(['late']);
});
