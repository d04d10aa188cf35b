// Tasks in a review: each by itself, and those that one step has made for many as one row that leaves nobody out.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ReviewTask } from '../../workers/effects/review.ts';
import { taskRows } from '../../workers/effects/review-tasks.ts';

const saying = {
  say: (zh: string) => zh,
  text: (text: Readonly<Record<string, string>> | null) => text?.['zh-CN'] ?? '',
  at: (instant: number) => String(instant),
  comma: '，',
  language: 'zh',
} as const;
const steps = [{ node: 'buddy', title: { 'zh-CN': '安排伙伴' } }] as never;
const task = (no: number, more: Partial<ReviewTask> = {}): ReviewTask => ({
  node: 'buddy',
  title: { 'zh-CN': `给成员 ${no} 安排一位伙伴` },
  kind: 'other',
  role: 'operator',
  opened: no,
  due: 100 + no,
  closed: 50 + no,
  state: 'done',
  outcome: 'assigned',
  label: { 'zh-CN': '安排好了' },
  reminded: 0,
  escalated: 0,
  by: [],
  self: false,
  ...more,
});

test('a few are told one by one', () => {
  const rows = taskRows({ steps, tasks: [task(1), task(2, { closed: 200, escalated: 1 })] }, saying);
  expect(rows).toEqual([
    ['给成员 1 安排一位伙伴', '运营', '101', '51', '安排好了', ''],
    ['给成员 2 安排一位伙伴', '运营', '102', '200', '安排好了', '逾期，已升级'],
  ]);
});

test('those of one step for many are one row, with what came of how many', () => {
  const expired = { state: 'expired', outcome: null, label: null, closed: null };
  const many = [
    ...Array.from({ length: 7 }, (_, no) => task(no)),
    task(7, expired),
    task(8, { closed: 900 }),
  ];
  const alone = task(3, { node: 'plan', title: { 'zh-CN': '审批方案' } });
  expect(taskRows({ steps, tasks: [many[0]!, alone, ...many.slice(1)] }, saying)).toEqual([
    ['安排伙伴 × 9', '运营', '100 – 108', '50 – 900', '安排好了 8，过期 1', '逾期 1'],
    ['审批方案', '运营', '103', '53', '安排好了', ''],
  ]);
});

test('nobody is left out, and none of an older review is put together', () => {
  const nodes = fc.array(fc.constantFrom('a', 'b', undefined), { maxLength: 40 });
  fc.assert(
    fc.property(nodes, (of) => {
      const tasks = of.map((node, no) => {
        const { node: _node, ...rest } = task(no);
        return node === undefined ? rest : { ...rest, node };
      });
      const told = taskRows({ steps, tasks }, saying).map(([title]) =>
        Number(/ × (\d+)$/.exec(title!)?.[1] ?? 1),
      );
      expect(told.reduce((sum, count) => sum + count, 0)).toBe(tasks.length);
      expect(told.filter((count) => count === 1).length).toBeGreaterThanOrEqual(
        of.filter((node) => node === undefined).length,
      );
    }),
  );
});
