// The story of an operator in the browser, on the real server, worker, Temporal and PostgreSQL:
// take the template, publish, launch in compressed time, watch, do what it asks of people, finish the review.
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { chromiumHere, pictureOf } from '../support/browser.ts';
import { barriersOn } from '../support/editor.ts';
import { openEditor, PATIENCE } from '../support/temporal-editor.ts';

describe.skipIf(chromiumHere === undefined)('an activity in the browser', async () => {
  const { colleague, signIn, statusOf, store } = await openEditor();
  await colleague('lan@example.com', ['owner', 'designer', 'operator', 'approver']);
  await colleague('mei@example.com', ['operator']);

  /** Chooses a person for a role of the launch, by keyboard. */
  async function cast(page: Page, role: string, name: string): Promise<void> {
    const field = page.getByLabel(role, { exact: true });
    await field.fill(name);
    // A list that has been closed stays where it was, unseen.
    const offered = page.locator('.ant-select-item-option-active', { hasText: name });
    await offered.filter({ visible: true }).first().waitFor();
    await field.press('Enter');
    await page
      .locator(`.row:has(label:text-is("${role}")) .ant-select-selection-item`, { hasText: name })
      .waitFor();
    await field.press('Escape');
  }

  const written = async (run: string) =>
    (
      await store.pool.query<{ zh: string }>(
        `select markdown ->> 'zh-CN' as zh from report where run_id = $1`,
        [run],
      )
    ).rows[0]?.zh ?? '';

  /** A colleague has written the same section meanwhile: both texts stand side by side, and both can stay. */
  async function twoWriters(page: Page, run: string): Promise<void> {
    const other = await signIn('mei@example.com');
    await other.page.goto(page.url());
    const theirs = other.page.getByLabel('6 行动');
    await theirs.waitFor(PATIENCE);
    // Nothing reaches the first page meanwhile, as on a train.
    await page.route('**/api/reports/*', (route) =>
      route.request().method() === 'GET' ? route.abort() : route.continue(),
    );
    await theirs.fill('- 小梅：报名链接放到第一行');
    await expect.poll(() => written(run)).toContain('报名链接放到第一行');
    await page.getByLabel('6 行动').fill('- 兰：下周再试一次');
    await page.getByText('同事刚改过这一节').waitFor();
    // Nothing lies over it, and nobody has to look for it.
    const both = page.getByRole('button', { name: '两份都留，接着改' });
    await expect
      .poll(() =>
        both.evaluate((it) => {
          const { left, top, width, height } = it.getBoundingClientRect();
          return it.contains(it.ownerDocument.elementFromPoint(left + width / 2, top + height / 2));
        }),
      )
      .toBe(true);
    await page.screenshot({ path: pictureOf('review-choice') });
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      await expect.poll(() => barriersOn(page)).toEqual([]);
    }
    expect(await written(run)).not.toContain('下周再试一次');
    await both.click();
    await expect.poll(() => written(run)).toContain('- 小梅：报名链接放到第一行\n\n- 兰：下周再试一次');
    await page.unroute('**/api/reports/*');
    expect(other.said).toEqual([]);
    await other.page.context().close();
  }

  /** The review is taken along: as a file, and on paper, which is light and has no buttons. */
  async function taken(page: Page): Promise<void> {
    const coming = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Markdown' }).click();
    const file = await coming;
    expect(file.suggestedFilename()).toMatch(/^review-.+\.md$/);
    const text = await readFile(await file.path(), 'utf8');
    expect(text).toContain('## 1 回顾目标');
    expect(text).toContain('- 兰：下周再试一次');
    // What happened at one instant stands as it is drawn.
    expect(text.indexOf('| 等到预热首发 |')).toBeGreaterThan(0);
    expect(text.indexOf('| M1 预告：先卖个关子 |')).toBeGreaterThan(text.indexOf('| 等到预热首发 |'));
    await page.evaluate('window.print = () => { window.printed = true; }');
    await page.getByRole('button', { name: '打印' }).click();
    expect(await page.evaluate('window.printed')).toBe(true);
    await page.emulateMedia({ media: 'print' });
    await expect.poll(() => page.getByRole('button', { name: '打印' }).count()).toBe(0);
    await page.screenshot({ path: pictureOf('review-print'), fullPage: true });
    await page.emulateMedia({ media: 'screen' });
  }

  test(
    'in English: three clicks from an empty installation to a finished activity',
    { timeout: 240_000 },
    async () => {
      const { page, said } = await signIn('lan@example.com', 'en');
      await page.getByRole('heading', { name: 'First watch an activity from beginning to end' }).waitFor();
      await page.screenshot({ path: pictureOf('welcome-en') });
      // From here to the finished activity the page is never loaded anew.
      await page.evaluate(`globalThis.clicks = 0; addEventListener('click', () => { clicks += 1 }, true)`);
      await page.getByRole('button', { name: 'Try the event campaign' }).click();
      await page.locator('.ahead .days li').first().waitFor(PATIENCE);
      await page.screenshot({ path: pictureOf('launch-en'), fullPage: true });
      await page.getByRole('button', { name: 'Launch in compressed time' }).click();
      await page.locator('.run-head .status', { hasText: 'Completed' }).waitFor(PATIENCE);
      await page.getByText('The review is approved').waitFor(PATIENCE);
      expect(await page.evaluate<number>('clicks')).toBeLessThanOrEqual(3);
      await page.screenshot({ path: pictureOf('run-completed-en') });
      await page.getByRole('link', { name: 'Open the review' }).click();
      await page.locator('.chart svg').first().waitFor(PATIENCE);
      await page.screenshot({ path: pictureOf('review-en') });
      await page.getByRole('button', { name: 'Save as a template' }).click();
      await page.getByRole('button', { name: 'Save as a new playbook' }).click();
      await page.locator('.react-flow__node').first().waitFor();
      await expect
        .poll(
          async () =>
            (await store.pool.query(`select from playbook where title ->> 'en' like '%improved'`)).rowCount,
        )
        .toBe(1);
      expect(said).toEqual([]);
      await page.context().close();
    },
  );

  test('from the template to an approved review', { timeout: 240_000 }, async () => {
    const { page, said } = await signIn('lan@example.com');
    await page.goto('/#/playbooks');
    await page.getByRole('button', { name: '用这个模板' }).first().click();
    await page.locator('.react-flow__node').first().waitFor();
    await page.getByRole('button', { name: '发布', exact: true }).click();
    await page.getByRole('heading', { name: '发起一次会怎样' }).waitFor();
    await page.locator('.figures').getByText('1 小时 45 分钟').waitFor(PATIENCE);
    await page.screenshot({ path: pictureOf('publish'), fullPage: true });
    await expect.poll(() => barriersOn(page)).toEqual([]);
    await page.getByRole('button', { name: '发布', exact: true }).click();

    await page.getByRole('heading', { name: '发起活动' }).waitFor();
    await page.locator('.ahead .days li').first().waitFor(PATIENCE);
    await page.screenshot({ path: pictureOf('launch'), fullPage: true });
    await cast(page, '审批人', 'lan@example.com');
    await cast(page, '负责人', 'lan@example.com');
    await page.getByRole('button', { name: '在压缩时间里发起' }).click();

    // The run waits for the person who was named.
    await page.locator('.run-head').waitFor();
    const run = /runs\/([\w-]+)/.exec(page.url())![1]!;
    await page.locator('.run-step.live').first().waitFor(PATIENCE);
    const approval = page.locator('.lines a', { hasText: '审批活动方案' });
    await approval.waitFor(PATIENCE);
    await page.screenshot({ path: pictureOf('run-waiting') });
    await approval.click();
    await page.getByRole('heading', { name: '审批活动方案：冬日好物节' }).waitFor();
    await page.screenshot({ path: pictureOf('task') });
    await page.getByRole('button', { name: '同意' }).click();
    await page.getByText('已记下').waitFor();

    // Today lists the review as soon as the fortnight has passed.
    await page.getByRole('link', { name: '工作台', exact: true }).click();
    const mine = page.locator('section', { has: page.getByRole('heading', { name: /^我的任务/ }) });
    await mine.locator('.lines a', { hasText: '负责人' }).waitFor(PATIENCE);
    await page.screenshot({ path: pictureOf('today') });
    await page.goto(`/#/runs/${run}`);
    await page.locator('.run-step.gone').first().waitFor(PATIENCE);
    await page.screenshot({ path: pictureOf('run-review') });
    await page.getByRole('tab', { name: '时间线' }).click();
    await page.locator('.story li').first().waitFor();
    await page.screenshot({ path: pictureOf('run-timeline') });
    await page.getByRole('tab', { name: '消息' }).click();
    await page.locator('.ant-table-row').first().waitFor();
    await page.screenshot({ path: pictureOf('run-messages') });
    expect(await statusOf(run)).toBe('running');

    await page.getByRole('tab', { name: '要处理的' }).click();
    await page.getByRole('link', { name: '打开复盘' }).click();
    await page.locator('.chart svg').first().waitFor(PATIENCE);
    await page.getByLabel('4 分析原因').fill('- 亮点：预告的打开率高\n- 瑕疵：报名链接藏得太深');
    await page.getByText('保存中…').first().waitFor({ state: 'hidden' });
    await expect.poll(() => written(run)).toContain('报名链接藏得太深');
    await page.screenshot({ path: pictureOf('review'), fullPage: true });
    await twoWriters(page, run);
    await taken(page);
    await page.getByRole('button', { name: '写好了，提交审阅' }).click();
    const approve = page.getByRole('button', { name: '批准', exact: true });
    await expect.poll(() => approve.isEnabled()).toBe(true);
    await approve.click();
    await page.getByText('复盘已批准，这次运行完成了。').waitFor();
    await expect.poll(() => statusOf(run), PATIENCE).toBe('completed');
    // The page was kept from asking for a while.
    expect(said.filter((it) => !it.includes('ERR_FAILED'))).toEqual([]);
    await page.context().close();
  });
});
