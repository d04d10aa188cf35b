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
  const { open, signIn, draft, close, store } = await standEditor();
  /** The draft that was saved last. */
  const newest = async (): Promise<Playbook> => {
    const { rows } = await store.pool.query<{ document: Playbook }>(
      'select document from draft order by updated_at desc limit 1',
    );
    return rows[0]!.document;
  };

  test('from an empty canvas a playbook is built, filled in, connected, checked and published without a mouse', async () => {
    const { page, said } = await signIn();
    const { keyboard } = page;
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await keyboard.press(key);
    };
    const focused = (): Promise<string> =>
      page.evaluate(
        `((it) => it.id || it.getAttribute('aria-label') || it.textContent.replaceAll(/\\s/g, ''))(document.activeElement)`,
      );
    const nodes = async () => (await newest()).graph.nodes;
    const configOf = async (step: string) => (await nodes()).find((node) => node.step === step)?.config;
    /** Walks on by Tab; nothing that one looks for may be farther away than this. */
    const tabTo = async (wanted: string | RegExp, most: number): Promise<void> => {
      for (let no = 0; no < most; no += 1) {
        await press('Tab');
        if ((await focused()).match(wanted) !== null) return;
      }
      throw new Error(`${String(wanted)} is not within ${most} Tabs, but ${await focused()}`);
    };
    const addStep = async (name: string, heading: string): Promise<void> => {
      await press('a');
      await page.locator('.ant-modal input:focus').waitFor();
      await keyboard.insertText(name);
      await page.locator('.ant-modal .step-list b').first().getByText(heading, { exact: true }).waitFor();
      await press('Enter');
      await page.locator('.inspector h2', { hasText: heading }).waitFor();
      await expect.poll(focused).toMatch(/^画布/);
    };
    const list = page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden)');
    /** From one box with a list to its first answer. */
    const takeFirst = async (): Promise<void> => {
      await press('Enter');
      await list.locator('.ant-select-item-option-active').waitFor();
      await press('Enter');
      await list.waitFor({ state: 'hidden' });
    };
    await page.locator('.templates .drawing').first().waitFor();
    await tabTo(/^新建$/, 30);
    await press('Enter');
    await stepCalled(page, '开始').waitFor();
    await expect.poll(() => page.locator('.phase').count()).toBe(4);
    // One key to the canvas, wherever one is; the keys of the canvas work there.
    await press('Tab');
    expect(await focused()).toBe('跳到画布');
    await press('Enter', 'ArrowRight');
    await page.locator('.inspector h2', { hasText: '开始' }).waitFor();
    await addStep('发消息', '发消息');
    await page.locator('.heard', { hasText: '添加「发消息」' }).waitFor();
    await press('Enter');
    expect(await focused()).toBe('f-send-message-channel');
    await keyboard.insertText('simulator');
    await list.locator('.ant-select-item-option-active').waitFor();
    await press('Tab');
    await list.waitFor({ state: 'hidden' });
    await expect.poll(() => configOf('send-message')).toMatchObject({ channel: 'simulator' });
    await tabTo('f-send-message-audience', 3);
    await takeFirst();
    await tabTo('f-send-message-text-zh-CN', 4);
    await keyboard.insertText('周六见！');
    await tabTo('f-send-message-class', 3);
    await takeFirst();
    await expect
      .poll(() => configOf('send-message'))
      .toMatchObject({ audience: { groups: 'all' }, text: { 'zh-CN': '周六见！' } });
    await press('Escape');
    await expect.poll(focused).toMatch(/^画布/);
    await addStep('等待', '等待');
    await addStep('结束', '结束');
    // From another exit to a step that is there, by its name; and back.
    await press('ArrowLeft', 'ArrowLeft');
    await page.locator('.inspector h2', { hasText: '发消息' }).waitFor();
    await press('c');
    await page.locator('.ant-modal input:focus').waitFor();
    await keyboard.insertText('部分 结束');
    await press('Enter');
    const edges = async (): Promise<string[]> => edgesOf(await newest());
    await expect.poll(edges).toContain('send-message partial end');
    await press('Control+z');
    await page.locator('.heard', { hasText: '已撤销：连线' }).waitFor();
    await press('Control+Shift+z');
    await expect.poll(edges).toContain('send-message partial end');
    // Two at once along the wires.
    await press('Shift+ArrowRight');
    await page.getByRole('heading', { name: '选中了 2 个' }).waitFor();
    await press('Escape');
    await press('?');
    await page.locator('.shortcuts').waitFor();
    await page.screenshot({ path: pictureOf('shortcuts') });
    await press('Escape');
    await page.locator('.shortcuts').waitFor({ state: 'hidden' });
    await expect.poll(focused).toMatch(/^画布/);
    // What is wrong is found by a key, at its very field, and heard.
    await press('F8');
    await page.locator('.heard', { hasText: '还没有目标' }).waitFor();
    await expect.poll(focused).toBe('p-goal-metric');
    await keyboard.insertText('报名率');
    // Words are enough where they can mean only one thing.
    await tabTo('p-goal-baseline', 4);
    await keyboard.insertText('0.1');
    await tabTo('p-goal-target', 3);
    await keyboard.insertText('0.2');
    await tabTo('p-goal-deadline', 5);
    await keyboard.insertText('1');
    await press('Tab');
    await expect
      .poll(async () => (await newest()).goal)
      .toMatchObject({ metric: 'sign_up_rate', baseline: 0.1, target: 0.2, deadline: { anchor: 'T' } });
    await press('Escape', 'F8');
    await expect.poll(focused).toBe('f-wait-for');
    await keyboard.insertText('2');
    await expect.poll(() => configOf('wait')).toEqual({ for: 'PT2H' });
    // From area to area, and there to the list of what is worth a look.
    await press('Shift+F6', 'Shift+F6');
    expect(await focused()).toMatch(/tab-steps$/);
    await press('ArrowRight', 'Enter');
    await page.locator('.outline').waitFor();
    await tabTo(/^等待。/, 3);
    await press('ArrowUp');
    await page.locator('.outline :focus', { hasText: '发消息' }).waitFor();
    await page.screenshot({ path: pictureOf('outline') });
    await expect.poll(() => barriersOn(page)).toEqual([]);
    await press('Escape', 'Shift+F6', 'ArrowRight', 'Enter');
    await page.locator('.problems').waitFor();
    await tabTo(/^加上复盘$/, 12);
    await press('Enter');
    await expect.poll(async () => (await nodes()).map(({ step }) => step)).toContain('report');
    await press('Escape', 'Control+z');
    await expect.poll(async () => (await nodes()).map(({ step }) => step)).not.toContain('report');
    // Published from the list of commands, with nothing but keys.
    await press('Control+k');
    await page.locator('.ant-modal input:focus').waitFor();
    await keyboard.insertText('发布');
    await page.getByRole('option', { name: /^发布/ }).first().waitFor();
    await press('Enter');
    await page.getByRole('heading', { name: '发布' }).waitFor();
    await page.getByRole('button', { name: '发布', exact: true }).waitFor();
    await tabTo(/^发布$/, 30);
    await press('Enter');
    await page.getByRole('heading', { name: '发起' }).waitFor();
    expect(said).toEqual([]);
    await page.context().close();
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
    await page.locator('.inspector').getByTitle('天蓝色').click();
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
    const into = page.locator('.into', { hasText: '欢迎' });
    await into.waitFor();
    // The drawing may still be moving the new step into its place under the pointer.
    const inside = page.locator('.trail [aria-current]', { hasText: '欢迎' });
    const goInside = async (): Promise<boolean> => {
      if (await into.isVisible()) await into.click({ timeout: 1_000 }).catch(() => {});
      return inside.isVisible();
    };
    await expect.poll(goInside).toBe(true);
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
    // What the bar has no room for is behind ⋯, and does what it does elsewhere.
    const more = page.getByRole('button', { name: '更多', exact: true });
    await more.click();
    for (const name of ['彩排', '历史', 'English', '退出'])
      await page.getByRole('menuitem', { name }).waitFor();
    await page.screenshot({ path: pictureOf('phone-more') });
    await page.getByRole('menuitem', { name: '历史' }).click();
    await page.locator('.past .states button').first().waitFor();
    // A phone has no Escape.
    await page.locator('.ant-modal-close').click();
    await page.locator('.past').waitFor({ state: 'hidden' });
    await more.click();
    await page.getByRole('menuitem', { name: 'English' }).click();
    await page.getByRole('treeitem', { name: /^Teaser\./ }).waitFor();
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: '中文' }).click();
    await page.getByRole('treeitem', { name: /^预告。/ }).waitFor();
    await expect.poll(() => barriersOn(page)).toEqual([]);
    await close(it);
  });
});
