// Texts, times and parameters as an operator fills them in: placeholders, previews, calendar days, and a date that moves.
import { describe, expect, test } from 'vitest';
import { chromiumHere, pictureOf } from '../support/browser.ts';
import { barriersOn, SMALL, standEditor, stepCalled } from '../support/editor.ts';
import type { Playbook } from '../../engine/document.ts';

const DOCUMENT: Playbook = {
  ...SMALL,
  graph: {
    nodes: [
      ...SMALL.graph.nodes,
      {
        id: 'wait',
        step: 'wait-until',
        phase: 'warm-up',
        title: { 'zh-CN': '等到前三天', en: 'Three days before' },
        config: { until: { anchor: 'T', offset: '-P3D', at: '12:00' } },
      },
    ],
    edges: [
      { id: 'e1', from: 'start', port: 'out', to: 'wait' },
      { id: 'e3', from: 'wait', port: 'reached', to: 'teaser' },
      { id: 'e2', from: 'teaser', port: 'sent', to: 'end' },
    ],
  },
};

describe.skipIf(chromiumHere === undefined)('forms', async () => {
  const { open, draft, close } = await standEditor();

  test('a text takes placeholders, shows what a member reads, counts, and marks what is missing', async () => {
    const it = await open(DOCUMENT);
    const { page, id } = it;
    await stepCalled(page, '预告').click();
    await page.getByLabel('渠道').fill('simulator');
    const row = page.locator('[data-field="text"]');
    await row.getByLabel('中文').fill('你好，');
    await row.getByLabel('插入变量').first().fill('称呼');
    await page.keyboard.press('Enter');
    await row.locator('blockquote', { hasText: '你好，成员 1' }).waitFor();
    await row.getByLabel('第几位成员的预览').fill('7');
    await page.keyboard.press('Tab');
    await row.locator('blockquote', { hasText: '你好，成员 7' }).waitFor();
    await row.locator('.length', { hasText: /^7 \/ \d+ 字/ }).waitFor();
    await row.getByLabel('English').fill('');
    await row.getByText('未填').waitFor();
    await expect
      .poll(async () => (await draft(id)).graph.nodes.find((node) => node.id === 'teaser')?.config?.['text'])
      .toEqual({ 'zh-CN': '你好，{{ member.name }}' });
    await page.screenshot({ path: pictureOf('text-form') });
    await expect.poll(() => barriersOn(page)).toEqual([]);
    await close(it);
  });

  test('a time says which day it is, and the ruler moves with the date of the event', async () => {
    const it = await open(DOCUMENT, { english: true });
    const { page } = it;
    await stepCalled(page, 'Three days before').click();
    await page.locator('.meaning', { hasText: 'Wed 16 Dec 2026, 12:00' }).waitFor();
    await page.locator('.ruler .words', { hasText: 'Wed 16 Dec, 12:00' }).waitFor();
    await page.locator('.react-flow__pane').click({ position: { x: 10, y: 10 } });
    await page.getByRole('tab', { name: 'Parameters' }).click();
    await page.getByRole('button', { name: 'Event starts' }).click();
    await page.getByLabel('Example, for previews and checks').fill('2026-12-26T20:00');
    await page.locator('.ruler .words', { hasText: 'Wed 23 Dec, 12:00' }).waitFor();
    await page.screenshot({ path: pictureOf('params-form-en') });
    await page.getByLabel('Name in texts and conditions').fill('start');
    await page.keyboard.press('Enter');
    await page.locator('.ruler .words', { hasText: 'start−3d 12:00' }).waitFor();
    await expect.poll(() => barriersOn(page)).toEqual([]);
    await close(it);
  });

  test('a setting becomes a parameter, and the goal and phases have forms', async () => {
    const it = await open(DOCUMENT, { dark: true });
    const { page, id } = it;
    await stepCalled(page, '预告').click();
    await page.getByLabel('渠道').fill('simulator');
    await page.locator('[data-field="channel"]').getByLabel('由参数决定').click();
    await page.getByRole('menuitem', { name: '变成新参数' }).click();
    await page.locator('[data-field="channel"] .ant-tag', { hasText: '渠道' }).waitFor();
    await expect
      .poll(async () => (await draft(id)).params)
      .toMatchObject({ properties: { channel: { type: 'string', default: 'simulator' } } });
    await page.locator('.react-flow__pane').click({ position: { x: 10, y: 10 } });
    await page.getByRole('tab', { name: '目标' }).click();
    await page.getByLabel('要达到多少').fill('0.2');
    await expect.poll(async () => (await draft(id)).goal?.target).toBe(0.2);
    await page.screenshot({ path: pictureOf('goal-form-dark') });
    await page.getByRole('tab', { name: '阶段' }).click();
    await page.getByRole('button', { name: '添加一项' }).click();
    await expect.poll(async () => (await draft(id)).phases?.length).toBe(3);
    await page.screenshot({ path: pictureOf('phases-form-dark') });
    await expect.poll(() => barriersOn(page)).toEqual([]);
    await close(it);
  });
});
