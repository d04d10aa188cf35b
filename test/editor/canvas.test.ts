// Drawing with the mouse and without one: on wires, back, in many at once, into journeys, by name, on paper.
import { describe, expect, test } from 'vitest';
import { chromiumHere, pictureOf } from '../support/browser.ts';
import { barriersOn, SMALL, standEditor, stepCalled } from '../support/editor.ts';
import { CAMPAIGN, drawingOf } from '../../editor/document/graphs.ts';
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

  test('a whole step is added, filled in, connected, checked and published without a mouse', async () => {
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
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
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
    // What is wrong is found by a key, and mended at its place.
    await page.locator('.canvas').focus();
    await page.keyboard.press('Control+Shift+z');
    await expect.poll(async () => edgesOf(await draft(id))).toContain('wait done end');
    await page.getByRole('tab', { name: '问题 1' }).waitFor();
    await page.getByRole('tab', { name: '大纲' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    const fix = page.locator('.problems .fix', { hasText: '加上复盘' });
    await fix.waitFor();
    await fix.focus();
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await draft(id)).graph.nodes.map(({ step }) => step)).toContain('report');
    await page.keyboard.press('Control+z');
    await expect
      .poll(async () => (await draft(id)).graph.nodes.map(({ step }) => step))
      .not.toContain('report');
    // Published from the list of commands, with nothing but keys.
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: '输入命令' }).fill('发布');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '发布' }).waitFor();
    await page.getByRole('button', { name: '发布', exact: true }).waitFor();
    await expect
      .poll(async () => {
        await page.keyboard.press('Tab');
        return page.evaluate("document.activeElement?.textContent?.replaceAll(' ', '')");
      })
      .toBe('发布');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '发起' }).waitFor();
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
    expect(edgesOf(await draft(id))).toEqual(edgesOf(WIRED));
    // Back to a step that can be entered: that is a loop, which needs to know how often.
    await page.locator('.canvas').focus();
    await page.keyboard.press('a');
    await page.getByPlaceholder('Type a name, Enter takes the first').fill('Waits for a length');
    await page.keyboard.press('Enter');
    await page.locator('.inspector h2', { hasText: /^Wait$/ }).waitFor();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.locator('.canvas').focus();
    await page.keyboard.press('c');
    await page.getByRole('combobox', { name: 'Name of an exit or a step' }).fill('teaser');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Repeat, at most 3 times' }).click();
    await expect
      .poll(async () => edgesOf(await draft(id)))
      .toEqual([
        'repeat done end-2',
        'repeat each teaser',
        'start out repeat',
        'teaser partial wait',
        'teaser sent end',
        'wait done repeat',
      ]);
    expect((await draft(id)).graph.nodes.find(({ step }) => step === 'repeat')?.config).toEqual({ max: 3 });
    await page.keyboard.press('Control+z');
    await expect.poll(async () => edgesOf(await draft(id))).not.toContain('wait done repeat');
    await close(it);
  });

  test('what is dragged is drawn into line, into another phase, and back by one undo; names are written in place', async () => {
    const it = await open(WIRED);
    const { page, id } = it;
    await stepCalled(page, '收尾').waitFor();
    const [teaser, end] = [stepCalled(page, '预告'), stepCalled(page, '收尾')];
    const boxOf = async (step: typeof teaser): Promise<{ x: number; y: number }> =>
      (await step.boundingBox())!;
    const placesOf = async () => drawingOf(await draft(id), CAMPAIGN).nodes;
    const [from, to] = [await boxOf(teaser), await boxOf(end)];
    await page.mouse.move(from.x + 40, from.y + 12);
    await page.mouse.down();
    await page.mouse.move(from.x + 42, from.y + 14);
    await page.mouse.move(to.x + 43, to.y + 190);
    await page.locator('.guides line').first().waitFor({ state: 'attached' });
    await page.locator('.phase.into', { hasText: '引爆' }).waitFor();
    await page.screenshot({ path: pictureOf('dragged-into-line') });
    await page.mouse.up();
    await page.locator('.guides line').first().waitFor({ state: 'detached' });
    await page.locator('.inspector h2', { hasText: '预告' }).waitFor();
    const phaseOf = async () => (await draft(id)).graph.nodes.find((node) => node.id === 'teaser')?.phase;
    await expect.poll(phaseOf).toBe('ignite');
    const places = await placesOf();
    expect(places['teaser']!.x).toBe(places['end']!.x);
    await page.locator('.canvas').focus();
    await page.keyboard.press('Control+z');
    await expect.poll(phaseOf).toBe('warm-up');
    await expect.poll(async () => Math.round((await boxOf(teaser)).x - from.x)).toBe(0);
    // Names in place, by mouse and by key.
    await stepCalled(page, '启动').locator('.name').dblclick();
    await page.getByLabel('步骤的名称').fill('开场');
    await page.keyboard.press('Enter');
    await stepCalled(page, '开场').waitFor();
    await page.keyboard.press('F2');
    await page.getByLabel('步骤的名称').fill('不要这个');
    await page.keyboard.press('Escape');
    await expect
      .poll(async () => (await draft(id)).graph.nodes.find((node) => node.id === 'start')?.title)
      .toEqual({ 'zh-CN': '开场', en: 'Begin' });
    await page.locator('.canvas:focus').waitFor();
    await close(it);
  });

  test('while a wire is drawn the steps it may lead to light up; several are set at once; what a paste lacks is made', async () => {
    const it = await open(WIRED, { english: true });
    const { page, id } = it;
    const port = page.locator(
      '.react-flow__node[data-id="teaser"] .react-flow__handle[data-handleid="partial"]',
    );
    const [from, to] = [(await port.boundingBox())!, (await stepCalled(page, 'Close').boundingBox())!];
    const looksOf = (step: string): Promise<unknown> =>
      page.evaluate(
        `(() => {
          const node = document.querySelector('.react-flow__node[data-id="${step}"] .step');
          const { opacity, boxShadow } = getComputedStyle(node);
          return opacity + (boxShadow.includes('0px 0px 0px 3px') ? ' lit' : '');
        })()`,
      );
    await page.mouse.move(from.x + 5, from.y + 5);
    await page.mouse.down();
    await page.mouse.move(from.x + 30, from.y + 90);
    await expect.poll(() => looksOf('end')).toBe('1 lit');
    await expect.poll(() => looksOf('start')).toBe('0.35');
    await page.screenshot({ path: pictureOf('aiming-en') });
    // Let go anywhere on the step: it need not be its small port.
    await page.mouse.move(to.x + 90, to.y + 30);
    await page.mouse.up();
    await expect.poll(async () => edgesOf(await draft(id))).toContain('teaser partial end');
    await expect.poll(() => looksOf('start')).toBe('1');
    await stepCalled(page, 'Teaser').click();
    await page.locator('.canvas').focus();
    await page.keyboard.press('Control+d');
    await expect.poll(async () => (await draft(id)).graph.nodes.length).toBe(4);
    await page.keyboard.press('Control+a');
    await page.getByText('These steps have no setting in common').waitFor();
    await page.locator('.react-flow__pane').click({ position: { x: 10, y: 10 } });
    await stepCalled(page, 'Teaser')
      .first()
      .click({ position: { x: 60, y: 14 } });
    await stepCalled(page, 'Teaser')
      .last()
      .click({ modifiers: ['ControlOrMeta'], position: { x: 60, y: 150 } });
    await page.getByRole('heading', { name: '2 selected' }).waitFor();
    await page.locator('.inspector').getByLabel('Channel').fill('simulator-2');
    const channels = async () =>
      (await draft(id)).graph.nodes.flatMap(({ config }) => config?.['channel'] ?? []);
    await expect.poll(channels).toEqual(['simulator-2', 'simulator-2']);
    await page.screenshot({ path: pictureOf('several-en') });
    await page.locator('.canvas').focus();
    await page.keyboard.press('Control+z');
    await expect.poll(channels).toEqual(['simulator', 'simulator']);
    // From another playbook, with a date that this one has not.
    const text = JSON.stringify({
      kind: 'kindling/steps',
      nodes: [
        { id: 'eve', step: 'wait-until', config: { until: { anchor: 'gala', offset: '-P1D', at: '12:00' } } },
      ],
      edges: [],
      places: { eve: { x: 0, y: 0 } },
      params: { gala: { type: 'string', format: 'date-time', title: { en: 'Gala night' } } },
    });
    await page.locator('.canvas').focus();
    await page.evaluate(
      `(() => { const data = new DataTransfer(); data.setData('text/plain', ${JSON.stringify(text)}); document.querySelector('.canvas').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })); })()`,
    );
    await page.getByText('They name what is not here').waitFor();
    await page.getByText('Gala night').waitFor();
    await page.screenshot({ path: pictureOf('paste-lacks-en') });
    await expect.poll(() => barriersOn(page)).toEqual([]);
    await page.getByRole('button', { name: 'Paste', exact: true }).click();
    await expect
      .poll(async () => (await draft(id)).params)
      .toMatchObject({ properties: { gala: { title: { en: 'Gala night' } } } });
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.locator('.canvas').focus();
    await page.keyboard.press('Control+z');
    await expect.poll(async () => (await draft(id)).graph.nodes.length).toBe(4);
    expect((await draft(id)).params).not.toHaveProperty('properties.gala');
    await close(it);
  });

  test('a step is replaced and keeps what fits, everything is tidied up at once, and search jumps to it', async () => {
    const it = await open(WIRED);
    const { page, id } = it;
    await stepCalled(page, '预告').click();
    await page.locator('.canvas').focus();
    await page.keyboard.press('r');
    await page.getByPlaceholder('输入名称，回车选第一个').fill('人工任务');
    await page.keyboard.press('Enter');
    await expect
      .poll(async () => (await draft(id)).graph.nodes.find((node) => node.id === 'teaser'))
      .toMatchObject({ step: 'human-task', title: { 'zh-CN': '预告' }, phase: 'warm-up' });
    expect(edgesOf(await draft(id))).toContain('start out teaser');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.keyboard.press('Control+z');
    await expect.poll(async () => edgesOf(await draft(id))).toEqual(edgesOf(WIRED));
    // Out of the way, and back to where it would be tidy.
    const placeOf = async (step: string) => drawingOf(await draft(id), CAMPAIGN).nodes[step];
    await page.keyboard.press('m');
    for (let no = 0; no < 4; no += 1) await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Enter');
    const moved = async (): Promise<number> => (await placeOf('teaser'))!.y - (await placeOf('end'))!.y;
    await expect.poll(moved).toBeGreaterThan(200);
    await page.keyboard.press('Escape');
    await page.keyboard.press('t');
    await page.locator('.heard', { hasText: '整理 3 个步骤' }).waitFor();
    await expect.poll(moved).toBeLessThan(100);
    await page.keyboard.press('Control+z');
    await expect.poll(moved).toBeGreaterThan(200);
    await page.keyboard.press('Control+f');
    await page.getByRole('combobox', { name: '步骤、文字、参数、便签' }).fill('周六见');
    await page.getByRole('option', { name: '预告' }).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.inspector h2', { hasText: '预告' }).waitFor();
    await page.locator('.react-flow__node.selected', { hasText: '预告' }).waitFor();
    await close(it);
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
