// The story of an operator in the browser, on the real server, worker, Temporal and PostgreSQL:
// take the template, publish, launch in compressed time, watch, do what it asks of people, finish the review.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { chromiumHere, pictureOf } from '../support/browser.ts';
import { openEditor, PATIENCE } from '../support/temporal-editor.ts';

describe.skipIf(chromiumHere === undefined)('an activity in the browser', async () => {
  const { colleague, signIn, statusOf, store } = await openEditor();
  await colleague('lan@example.com', ['owner', 'designer', 'operator', 'approver']);

  /** Chooses a person for a role of the launch, by keyboard. */
  async function cast(page: Page, role: string, name: string): Promise<void> {
    const field = page.getByLabel(role, { exact: true });
    await field.fill(name);
    await page.locator('.ant-select-item-option-active', { hasText: name }).first().waitFor();
    await field.press('Enter');
    await page
      .locator(`.row:has(label:text-is("${role}")) .ant-select-selection-item`, { hasText: name })
      .waitFor();
    await field.press('Escape');
  }

  test(
    'in English: three clicks from an empty installation to a finished activity',
    { timeout: 240_000 },
    async () => {
      const { page, said } = await signIn('lan@example.com', 'en');
      await page.getByRole('heading', { name: 'First watch an activity from beginning to end' }).waitFor();
      await page.screenshot({ path: pictureOf('welcome-en') });
      await page.getByRole('button', { name: 'Try the event campaign' }).click();
      await page.locator('.ahead .days li').first().waitFor(PATIENCE);
      await page.screenshot({ path: pictureOf('launch-en'), fullPage: true });
      await page.getByRole('button', { name: 'Launch in compressed time' }).click();
      await page.locator('.run-head .status', { hasText: 'Completed' }).waitFor(PATIENCE);
      await page.getByText('The review is approved').waitFor(PATIENCE);
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
    await page.locator('.figures').waitFor(PATIENCE);
    await page.screenshot({ path: pictureOf('publish'), fullPage: true });
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
    await expect
      .poll(
        async () =>
          (
            await store.pool.query<{ zh: string }>(
              `select markdown ->> 'zh-CN' as zh from report where run_id = $1`,
              [run],
            )
          ).rows[0]?.zh,
      )
      .toContain('报名链接藏得太深');
    await page.screenshot({ path: pictureOf('review'), fullPage: true });
    await page.getByRole('button', { name: '写好了，提交审阅' }).click();
    const approve = page.getByRole('button', { name: '批准', exact: true });
    await expect.poll(() => approve.isEnabled()).toBe(true);
    await approve.click();
    await page.getByText('复盘已批准，这次运行完成了。').waitFor();
    await expect.poll(() => statusOf(run), PATIENCE).toBe('completed');
    expect(said).toEqual([]);
    await page.context().close();
  });
});
