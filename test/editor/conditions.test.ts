// A condition is clicked together from the fields there are, says what it means, and turns into CEL and back.
import { describe, expect, test } from 'vitest';
import { chromiumHere, pictureOf } from '../support/browser.ts';
import { barriersOn, SMALL, standEditor, stepCalled } from '../support/editor.ts';
import type { Playbook } from '../../engine/document.ts';

const DOCUMENT: Playbook = {
  ...SMALL,
  journeys: {
    welcome: {
      title: { 'zh-CN': '欢迎', en: 'Welcome' },
      graph: {
        nodes: [
          { id: 'enter', step: 'enter', config: {}, title: { 'zh-CN': '进来', en: 'Enter' } },
          { id: 'out', step: 'exit', config: { reason: 'done' } },
        ],
        edges: [{ id: 'w1', from: 'enter', port: 'out', to: 'out' }],
      },
    },
  },
};

describe.skipIf(chromiumHere === undefined)('a condition', async () => {
  const { open, draft, close } = await standEditor();

  test('is clicked together, says what it means, and becomes CEL and rules again', async () => {
    const it = await open(DOCUMENT);
    const { page, id } = it;
    const segment = async () =>
      (await draft(id)).journeys?.['welcome']?.graph.nodes.find((node) => node.id === 'enter')?.config?.[
        'segment'
      ];
    await page.getByRole('tab', { name: /^问题/ }).click();
    await page.getByRole('button', { name: '没有步骤会启动旅程' }).click();
    await stepCalled(page, '进来').click();
    const row = page.locator('[data-field="segment"]');
    await row.getByRole('button', { name: '加一条规则' }).click();
    await row.getByLabel('值').fill('vip');
    await row.locator('.meaning', { hasText: '标签 包含「vip」' }).waitFor();
    await row.getByRole('button', { name: '加一条规则' }).click();
    await row.getByLabel('字段').nth(1).fill('加入天数');
    await page.keyboard.press('Enter');
    await row.locator('.meaning', { hasText: '标签 包含「vip」，并且 加入天数 是 0' }).waitFor();
    await page.screenshot({ path: pictureOf('condition-rules') });
    await expect.poll(() => barriersOn(page)).toEqual([]);
    await row.getByText('表达式').click();
    const cel = '(has(member.tags) && "vip" in member.tags) && (has(member.days) && member.days == 0.0)';
    await expect.poll(segment).toEqual({ cel });
    await row.getByText('规则', { exact: true }).click();
    await expect.poll(segment).toEqual({
      combinator: 'and',
      rules: [
        { field: 'member.tags', operator: 'contains', value: 'vip' },
        { field: 'member.days', operator: '=', value: 0 },
      ],
    });
    await row.getByText('表达式').click();
    await row.locator('textarea').first().fill('member.days + 1 > 7');
    await row.getByText('这个表达式比规则能说的更多').waitFor();
    await expect.poll(segment).toEqual({ cel: 'member.days + 1 > 7' });
    await close(it);
  });
});
