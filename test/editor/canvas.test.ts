// Drawing with the mouse and without one: on wires, back, in many at once, into journeys, by name, on paper.
import { describe, expect, test } from 'vitest';
import { chromiumHere, pictureOf } from '../support/browser.ts';
import { barriersOn, SMALL, standEditor, stepCalled } from '../support/editor.ts';
import type { Playbook } from '../../engine/document.ts';

const WIRED: Playbook = {
  ...SMALL,
  graph: {
    ...SMALL.graph,
    nodes: SMALL.graph.nodes.map((node) =>
      node.id === 'teaser'
        ? {
            ...node,
            config: {
              ...node.config,
              channel: 'simulator',
              class: 'service',
              text: { 'zh-CN': '周六见！', en: 'Hi' },
            },
          }
        : node,
    ),
  },
};

const edgesOf = ({ graph }: Playbook): string[] =>
  graph.edges.map(({ from, port, to }) => `${from} ${port} ${to}`).toSorted();

describe.skipIf(chromiumHere === undefined)('the canvas', async () => {
  const { open, draft, close } = await standEditor();

  test('a whole step is added, filled in, connected and checked without a mouse', async () => {
    const it = await open(WIRED);
    const { page, id } = it;
    await stepCalled(page, '收尾').waitFor();
    await page.locator('.canvas').focus();
    await page.keyboard.press('ArrowRight');
    await page.locator('.inspector h2', { hasText: '启动' }).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.locator('.inspector h2', { hasText: '预告' }).waitFor();
    await page.keyboard.press('a');
    await page.getByPlaceholder('输入名称，回车选第一个').fill('等一段时间');
    await page.keyboard.press('Enter');
    await page.locator('.inspector h2', { hasText: '等待' }).waitFor();
    await expect.poll(async () => edgesOf(await draft(id))).toContain('teaser partial wait');
    await page.locator('.heard', { hasText: '添加「等待」' }).waitFor();
    // From the canvas to the settings, and back with the table of problems.
    await page.locator('.canvas').focus();
    await page.keyboard.press('Enter');
    await page.locator('.inspector :focus').waitFor();
    await page.keyboard.type('2');
    await expect
      .poll(async () => (await draft(id)).graph.nodes.find((node) => node.id === 'wait')?.config)
      .toEqual({ for: 'PT2H' });
    await page.locator('.canvas').focus();
    await page.keyboard.press('c');
    await page.getByRole('combobox', { name: '出口或步骤的名字' }).fill('收尾');
    await page.keyboard.press('Enter');
    await expect.poll(async () => edgesOf(await draft(id))).toContain('wait done end');
    await page.keyboard.press('Control+z');
    await page.locator('.heard', { hasText: '已撤销：连线' }).waitFor();
    await page.keyboard.press('?');
    await page.locator('.shortcuts').waitFor();
    await page.screenshot({ path: pictureOf('shortcuts') });
    await page.keyboard.press('Escape');
    await page.locator('.shortcuts').waitFor({ state: 'hidden' });
    await page.getByRole('tab', { name: '大纲' }).click();
    await page.getByRole('treeitem', { name: /^预告。/ }).focus();
    await page.keyboard.press('ArrowDown');
    await page.locator('.outline :focus', { hasText: '等待' }).waitFor();
    await page.screenshot({ path: pictureOf('outline') });
    await expect.poll(() => barriersOn(page)).toEqual([]);
    await close(it);
  });

  test('a wire that goes back is refused with the reason, and becomes a repeat at a click', async () => {
    const it = await open(WIRED, { english: true });
    const { page, id } = it;
    await stepCalled(page, 'Teaser').click();
    await page.keyboard.press('a');
    await page.getByPlaceholder('Type a name, Enter takes the first').fill('wait for a length');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.locator('.canvas').focus();
    await page.keyboard.press('c');
    await page.getByRole('combobox', { name: 'Name of an exit or a step' }).fill('partly begin');
    await page.keyboard.press('Enter');
    await page.getByText('A start has no entry').waitFor();
    await close(it);
    expect(edgesOf(await draft(id))).toEqual(edgesOf(WIRED));
  });

  test('commands are found by name: a journey is added, notes are written, steps tidied, duplicated and undone', async () => {
    const it = await open(WIRED, { dark: true });
    const { page, id } = it;
    await stepCalled(page, '预告').click();
    const command = async (name: string): Promise<void> => {
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: '输入命令' }).fill(name);
      await page.keyboard.press('Enter');
    };
    await command('再来一份');
    await expect.poll(async () => (await draft(id)).graph.nodes.length).toBe(4);
    await page.keyboard.press('Control+z');
    await expect.poll(async () => (await draft(id)).graph.nodes.length).toBe(3);
    await command('添加便签');
    await page.getByLabel('写什么').fill('记得提前一天确认主持人');
    await page.locator('.note', { hasText: '记得提前一天' }).waitFor();
    await page.locator('.canvas').focus();
    await page.keyboard.press('Control+a');
    await page.getByRole('heading', { name: '选中了 3 个' }).waitFor();
    await page.getByRole('button', { name: '标成天蓝色' }).click();
    await page.getByRole('button', { name: '顶端对齐' }).click();
    await page.screenshot({ path: pictureOf('canvas-many-dark') });
    await expect
      .poll(async () => JSON.stringify((await draft(id)).layout).match(/"colour":"sky"/g)?.length)
      .toBe(3);
    await page.locator('.trail .more').click();
    await page.getByText('新旅程').click();
    await page.getByLabel('中文').fill('欢迎');
    await expect.poll(async () => (await draft(id)).journeys?.['journey']?.title['zh-CN']).toBe('欢迎');
    await page.getByRole('button', { name: '小活动', exact: true }).click();
    await page.getByRole('tab', { name: /^问题/ }).click();
    await page.getByRole('button', { name: '加一步启动它' }).click();
    await page.locator('.into', { hasText: '欢迎' }).click();
    await page.locator('.trail [aria-current]', { hasText: '欢迎' }).waitFor();
    await page.screenshot({ path: pictureOf('journey-dark') });
    await page.getByRole('button', { name: '小活动', exact: true }).click();
    await stepCalled(page, '启动旅程').waitFor();
    await page.screenshot({ path: pictureOf('journey-card-dark') });
    await expect.poll(() => barriersOn(page)).toEqual([]);
    await close(it);
  });

  test('the menu at the pointer, a step on a wire, and the drawing as a file', async () => {
    const it = await open(WIRED, { english: true });
    const { page, id } = it;
    await stepCalled(page, 'Teaser').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Replace by another step…' }).waitFor();
    await page.screenshot({ path: pictureOf('menu-en') });
    await page.keyboard.press('Escape');
    await page.getByRole('menuitem', { name: 'Replace by another step…' }).waitFor({ state: 'hidden' });
    const wire = page.locator('.react-flow__edge[data-id="e2"]');
    await page
      .locator('.step-list button', { has: page.locator('b', { hasText: /^Wait$/ }) })
      .dragTo(wire, { force: true });
    await expect
      .poll(async () => edgesOf(await draft(id)))
      .toEqual(['start out teaser', 'teaser sent wait', 'wait done end']);
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: /^A command/ }).fill('export as svg');
    const [file] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    expect(file.suggestedFilename()).toMatch(/campaign\.svg$/);
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: /^A command/ }).fill('export as png');
    const [image] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    await image.saveAs(pictureOf('exported'));
    await close(it);
  });

  test('on a phone the outline stands in the place of the canvas', async () => {
    const it = await open(WIRED, { width: 390, height: 844 });
    const { page, id } = it;
    await page.getByRole('treeitem', { name: /^预告。/ }).click();
    await page.locator('.inspector h2', { hasText: '预告' }).waitFor();
    await page.screenshot({ path: pictureOf('phone-outline') });
    await page.locator('[data-field="text"]').getByLabel('中文').fill('周日见！');
    await expect
      .poll(async () => (await draft(id)).graph.nodes.find((node) => node.id === 'teaser')?.config?.['text'])
      .toEqual({ 'zh-CN': '周日见！', en: 'Hi' });
    const width = await page.evaluate('document.documentElement.scrollWidth');
    expect(width).toBeLessThanOrEqual(390);
    await expect.poll(() => barriersOn(page)).toEqual([]);
    await close(it);
  });
});
