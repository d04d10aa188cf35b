// What is wrong is said beside the canvas, at the step and at the field; a click goes there or mends it.
import { describe, expect, test } from 'vitest';
import { chromiumHere, pictureOf } from '../support/browser.ts';
import { barriersOn, SMALL, standEditor, stepCalled } from '../support/editor.ts';

describe.skipIf(chromiumHere === undefined)('problems', async () => {
  const { open, draft, close } = await standEditor();

  test('a click goes to the step and its field, another mends, and undo takes it back', async () => {
    const it = await open(SMALL);
    const { page, id } = it;
    await page.getByRole('tab', { name: '问题 2' }).click();
    await page.screenshot({ path: pictureOf('problems-zh') });
    await page.getByRole('button', { name: '缺少「渠道」' }).click();
    await page.locator('#f-teaser-channel:focus').waitFor();
    await page.keyboard.type('simulator');
    const panel = page.locator('.problems');
    await panel.getByRole('button', { name: '加上退订说明' }).click();
    await page.getByRole('tab', { name: '问题 1' }).waitFor();
    await expect
      .poll(
        async () => (await draft(id)).graph.nodes.find((node) => node.id === 'teaser')?.config?.['optOut'],
      )
      .toEqual({ 'zh-CN': '不想再收到，请回复 T 退订。', en: 'Reply T to stop.' });
    await page.getByRole('button', { name: '撤销' }).click();
    await panel.getByRole('button', { name: '加上退订说明' }).waitFor();
    // Before publishing they are said once more: mended there, or gone to from there.
    await page.getByRole('button', { name: '发布', exact: true }).click();
    await page.getByRole('heading', { name: '发布' }).waitFor();
    await page.screenshot({ path: pictureOf('publish-problems-zh') });
    await page.locator('.problems .fix', { hasText: '加上退订说明' }).click();
    await page.locator('.problems .fix', { hasText: '加上退订说明' }).waitFor({ state: 'hidden' });
    expect((await draft(id)).graph.nodes.find((node) => node.id === 'teaser')?.config).toHaveProperty(
      'optOut',
    );
    await page.locator('.problems .fix', { hasText: '加上复盘' }).waitFor();
    await page.locator('.problems a', { hasText: '剧本' }).click();
    await page.locator('.desk .inspector').waitFor();
    await close(it);
  });

  test('in English nothing is said in Chinese, and errors stand before warnings', async () => {
    const it = await open(SMALL, { english: true, dark: true });
    const { page } = it;
    await page.getByRole('tab', { name: 'Problems 2' }).click();
    await page.getByRole('button', { name: '"Channel" is missing' }).waitFor();
    const panel = page.locator('.problems');
    expect(await panel.innerText()).not.toMatch(/[\u4E00-\u9FFF]/);
    expect(await panel.locator('h3').allInnerTexts()).toEqual(['To be mended first 1', 'Worth a look 1']);
    await page.screenshot({ path: pictureOf('problems-en-dark') });
    await stepCalled(page, 'Teaser').click();
    await page.getByLabel('Class').waitFor();
    await page.screenshot({ path: pictureOf('inspector-en-dark') });
    await expect.poll(() => barriersOn(page)).toEqual([]);
    await close(it);
  });
});
