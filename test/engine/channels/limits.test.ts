// The limits of channel accounts are data: published ones to begin with, the account's own as soon as somebody sets them.
import { describe, expect, test } from 'vitest';
import { evidenceOf, limitsOf, limitsSchema } from '../../../engine/channels/limits.ts';
import published from '../../../engine/channels/published-limits.json' with { type: 'json' };
import { makeCheck } from '../../../server/validate.ts';

describe('limits of an account', () => {
  test('begin as the provider publishes them', () => {
    expect(limitsOf('dingtalk', null).rates).toEqual([
      { name: 'minute', count: 20, perMs: 60_000, of: 'account', penaltyMs: 600_000 },
    ]);
    expect(limitsOf('feishu', null).rates.map(({ count, perMs }) => [count, perMs])).toEqual([
      [5, 1_000],
      [100, 60_000],
    ]);
  });

  test('are the account’s own where they were set, part by part', () => {
    const rates = [{ name: 'mine', count: 19, perMs: 65_000, of: 'account' as const }];
    expect(limitsOf('wecom', { rates })).toEqual({ rates, budgets: [] });
    expect(limitsOf('wecom-customers', { rates }).budgets).toHaveLength(1);
  });

  test('are none where nobody publishes any', () => {
    expect(limitsOf('constructor', null)).toEqual({ rates: [], budgets: [] });
  });

  test.each(Object.entries(published))('of %s say where they are from, and are possible', (kind, entry) => {
    expect(evidenceOf(kind)).toBe(entry.evidence);
    expect(entry.evidence.length).toBeGreaterThan(20);
    expect(makeCheck(limitsSchema)(limitsOf(kind, null))).toBeUndefined();
    const { rates, budgets } = limitsOf(kind, null);
    for (const { count, perMs } of rates) expect(Math.min(count, perMs)).toBeGreaterThan(0);
    const names = [...rates, ...budgets].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
