import { describe, expect, it } from 'vitest';
import { countOutcomes, createMetrics } from '../../refresher/metrics.ts';
import { ALICE, createHandMadeAccount, READER, REFUSED, token } from './metadata-server/hand-made-account.ts';
import { ACCOUNTS, serve } from './metadata-server/served.ts';

const PREFIX = 'token_vending_refresher_';

describe('metrics', () => {
  it('count requests for tokens by status, and show how long each token lives', async () => {
    const metrics = createMetrics();
    const accounts = [createHandMadeAccount(), createHandMadeAccount(ALICE), createHandMadeAccount(READER)];
    accounts[1]?.becomes(REFUSED);
    accounts[2]?.becomes(undefined);
    const { ask, body } = await serve({ accounts, metrics });
    await ask(`${ACCOUNTS}/default/token`);
    await ask(`${ACCOUNTS}/default/token`);
    await ask(`${ACCOUNTS}/alice@example.com/token`);
    await ask(`${ACCOUNTS}/default/identity?audience=a`);
    const text = await body('/metrics');
    expect(text).toContain(`${PREFIX}token_requests_total{status="200"} 2\n`);
    expect(text).toContain(`${PREFIX}token_requests_total{status="403"} 1\n`);
    expect(text).toContain(`${PREFIX}identity_requests_total{status="404"} 1\n`);
    const expiries = text.split('\n').filter((line) => line.startsWith(`${PREFIX}token_expiry_seconds`));
    expect(expiries).toEqual([
      `${PREFIX}token_expiry_seconds{target="serviceAccount:trainer@acme-data.iam.gserviceaccount.com"} 3000`,
      `${PREFIX}token_expiry_seconds{target="user:alice@example.com"} 0`,
      `${PREFIX}token_expiry_seconds{target="serviceAccount:log-reader@acme-data.iam.gserviceaccount.com"} 0`,
    ]);
    expect(text).not.toContain('ya29');
  });

  it('count a request that ends in a failure as the 503 that it was', async () => {
    const metrics = createMetrics();
    const account = createHandMadeAccount();
    const broken = {
      ...account,
      currentAccessToken: () => undefined,
      readAccessToken: () => Promise.reject(new Error('out of order')),
      readIdToken: () => Promise.reject(new Error('out of order')),
    };
    const { ask, body } = await serve({ accounts: [broken], metrics });
    await ask(`${ACCOUNTS}/default/token`);
    await ask(`${ACCOUNTS}/default/identity?audience=a`);
    const text = await body('/metrics');
    expect(text).toContain(`${PREFIX}token_requests_total{status="503"} 1\n`);
    expect(text).toContain(`${PREFIX}identity_requests_total{status="404"} 1\n`);
  });

  it('count exchanges by their outcome', async () => {
    const metrics = createMetrics();
    const outcomes = ['granted', 'outage', 'granted', 'refused'];
    const vend = countOutcomes(async () => ({ kind: outcomes.shift() ?? 'none' }), metrics.countExchange);
    while (outcomes.length > 0) await vend();
    expect(metrics.text([])).toContain(`${PREFIX}exchanges_total{outcome="granted"} 2\n`);
    expect(metrics.text([])).toContain(`${PREFIX}exchanges_total{outcome="outage"} 1\n`);
    expect(metrics.text([])).toContain(`${PREFIX}exchanges_total{outcome="refused"} 1\n`);
  });

  it('count checks by theirs, apart from exchanges', async () => {
    const metrics = createMetrics();
    const outcomes = ['checked', 'outage', 'checked'];
    const check = countOutcomes(async () => ({ kind: outcomes.shift() ?? 'none' }), metrics.countCheck);
    while (outcomes.length > 0) await check();
    expect(metrics.text([])).toContain(`${PREFIX}checks_total{outcome="checked"} 2\n`);
    expect(metrics.text([])).toContain(`${PREFIX}checks_total{outcome="outage"} 1\n`);
    expect(metrics.text([])).not.toContain(`${PREFIX}exchanges_total{`);
  });

  it('are in the text format: each family is described once, before its samples', () => {
    const lines = createMetrics().text([createHandMadeAccount()]).trimEnd().split('\n');
    for (const line of lines) {
      expect(line).toMatch(
        /^(?:# (?:HELP [a-z_]+ .+\.|TYPE [a-z_]+ (?:counter|gauge))|[a-z_]+\{[a-z]+="[^"\\\n]*"\} \d+)$/,
      );
    }
    expect(lines.filter((line) => line.startsWith('# TYPE'))).toHaveLength(6);
  });

  it('show no more life than there is', () => {
    const account = createHandMadeAccount();
    account.becomes(token('ya29.a', 1));
    expect(createMetrics().text([account])).toMatch(/token_expiry_seconds\{.+\} 1\n/);
  });
});
