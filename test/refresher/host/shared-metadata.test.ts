import { describe, expect, it } from 'vitest';
import {
  createSharedMetadata,
  FACTS_KEPT_MS,
  IDENTITY_KEPT_MS,
} from '../../../refresher/host/tasks/shared-metadata.ts';
import { IdentityToken } from '../../../shared/tokens.ts';

const NEVER = new AbortController().signal;

/** A server that counts, and fails when it is told to. */
function createSetting() {
  let now = 0;
  let isDown = false;
  const asked: string[] = [];
  async function say<T>(what: string, answer: T): Promise<T> {
    asked.push(what);
    if (isDown) throw new Error('nobody answers');
    return answer;
  }
  const metadata = createSharedMetadata({
    metadata: {
      identityToken: (audience) => say(audience, new IdentityToken(`a.b.${asked.length}`)),
      text: (path) => say(path, { status: 200, body: String(asked.length) }),
    },
    nowMs: () => now,
    signal: NEVER,
  });
  return {
    asked,
    text: (path: string) => metadata.text(path, NEVER),
    token: async (audience: string) => (await metadata.identityToken(audience, NEVER)).reveal(),
    pass: (ms: number) => void (now += ms),
    fail: (fails: boolean) => void (isDown = fails),
  };
}

describe('the VM’s metadata server, as tasks share it', () => {
  it('is asked once by a crowd, and again after a moment', async () => {
    const { asked, text, pass } = createSetting();
    await Promise.all([text('zone'), text('zone'), text('name')]);
    await text('zone');
    expect(asked).toEqual(['zone', 'name']);
    pass(FACTS_KEPT_MS);
    await text('zone');
    expect(asked).toEqual(['zone', 'name', 'zone']);
  });

  it('gives the same identity token for the same audience, for some seconds', async () => {
    const { token, pass } = createSetting();
    const first = await token('one');
    expect([await token('one'), (await token('other')) === first]).toEqual([first, false]);
    pass(IDENTITY_KEPT_MS);
    expect(await token('one')).not.toBe(first);
  });

  it('is asked anew at once after it did not answer', async () => {
    const { asked, text, token, fail } = createSetting();
    fail(true);
    await expect(text('zone')).rejects.toThrow('nobody answers');
    await expect(token('one')).rejects.toThrow('nobody answers');
    fail(false);
    expect(await text('zone')).toMatchObject({ status: 200 });
    expect(await token('one')).toContain('a.b.');
    expect(asked).toEqual(['zone', 'one', 'zone', 'one']);
  });
});
