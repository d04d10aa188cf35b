// Steering a run, doing its tasks on a phone, and bringing in a colleague: in the browser, on the real parts.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { chromiumHere, openPage, pictureOf } from '../support/browser.ts';
import { smallPlaybook } from '../support/small-playbook.ts';
import { openEditor, PASSWORD, PATIENCE, PHONE } from '../support/temporal-editor.ts';

/** Begins with a task that asks for proof and a number; then the small playbook's own approval, wait and message. */
function proving(id: string) {
  const { graph, ...rest } = smallPlaybook(id);
  const post = {
    id: 'post',
    step: 'human-task',
    config: {
      role: 'operator',
      title: { 'zh-CN': '把预告发到群里' },
      script: { 'zh-CN': '大家好，周六晚上八点见！' },
      outcomes: [
        { port: 'done', label: { 'zh-CN': '发了' } },
        { port: 'not', label: { 'zh-CN': '没发成' } },
      ],
      due: { for: 'P1D' },
      evidence: true,
      numbers: [{ name: 'seen', label: { 'zh-CN': '看到的人数' } }],
    },
  };
  return {
    ...rest,
    graph: {
      nodes: [...graph.nodes, post],
      edges: [
        ...graph.edges.map((edge) => (edge['id'] === 'e1' ? { ...edge, to: 'post' } : edge)),
        { id: 'p1', from: 'post', port: 'done', to: 'ok' },
        { id: 'p2', from: 'post', port: 'not', to: 'ok' },
        { id: 'p3', from: 'post', port: 'expired', to: 'refused' },
      ],
    },
  };
}

describe.skipIf(chromiumHere === undefined)('a run in the browser', async () => {
  const { base, browser, colleague, signIn, statusOf, store } = await openEditor();
  const lan = await colleague('lan@example.com', ['owner', 'designer', 'operator', 'approver']);

  async function launch(id: string, document: object): Promise<string> {
    const { body } = await lan('POST', '/api/playbooks', { document });
    const playbook = String(body['id']);
    await lan('POST', `/api/playbooks/${playbook}/publish`, { revision: 1 });
    const run = await lan('POST', '/api/runs', { playbook, params: { T: '2031-01-10T20:00' }, key: id });
    expect([run.status, run.body['code']]).toEqual([201, undefined]);
    return String(run.body['id']);
  }

  const decisions = async (run: string) =>
    (
      await store.pool.query<{ evidence: string[]; numbers: object }>(
        'select d.evidence, d.numbers from task_decision d join task t on t.id = d.task_id where t.run_id = $1',
        [run],
      )
    ).rows;

  /** The page scrolls down, never sideways. */
  const overflow = (page: Page) =>
    page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');

  test('a task on a phone: its words, a picture as proof, a number, and its outcomes as buttons', async () => {
    const run = await launch('phone', proving('phone'));
    const { page, said } = await signIn('lan@example.com', 'zh', PHONE);
    await page.goto('/#/today');
    const task = page.locator('.lines a', { hasText: '把预告发到群里' });
    await task.waitFor(PATIENCE);
    await page.screenshot({ path: pictureOf('phone-today') });
    expect(await overflow(page)).toBe(0);
    await task.click();
    await page.getByText('大家好，周六晚上八点见！').waitFor();
    await page.getByRole('button', { name: '复制话术' }).waitFor();
    // Without proof it is refused, with a sentence that says what to do.
    await page.getByLabel('看到的人数').fill('42');
    await page.getByRole('button', { name: '发了' }).click();
    await page.getByText('这个任务需要凭证').waitFor();
    const [file] = [await page.screenshot()];
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'proof.png', mimeType: 'image/png', buffer: file });
    await page.getByRole('link', { name: '文件' }).waitFor();
    await page.screenshot({ path: pictureOf('phone-task'), fullPage: true });
    expect(await overflow(page)).toBe(0);
    await page.getByRole('button', { name: '发了' }).click();
    await page.getByText('已记下').waitFor();
    expect(await decisions(run)).toEqual([
      { evidence: [expect.stringMatching(/^file:/)], numbers: { seen: 42 } },
    ]);
    await page.goto(`/#/runs/${run}`);
    await page.locator('.outline .live').first().waitFor(PATIENCE);
    await page.screenshot({ path: pictureOf('phone-run'), fullPage: true });
    expect(await overflow(page)).toBe(0);
    // The browser tells of the answer that was refused, as it should have been.
    expect(said.filter((it) => !it.includes('422'))).toEqual([]);
    await page.context().close();
  });

  test('paused, resumed, moved to another date after a preview, and stopped with a receipt', async () => {
    const run = await launch('steer', smallPlaybook('steer'));
    const { page, said } = await signIn('lan@example.com');
    await page.goto(`/#/runs/${run}`);
    await page.locator('.run-step.live').first().waitFor(PATIENCE);
    const status = page.locator('.run-head .status');

    await page.getByRole('button', { name: '暂停' }).click();
    await status.getByText('已暂停').waitFor(PATIENCE);
    await page.getByRole('button', { name: '继续' }).click();
    await page.getByText('照原来的日历').waitFor();
    await page.screenshot({ path: pictureOf('run-resume') });
    await page.getByRole('dialog').getByRole('button', { name: '继续' }).click();
    await status.getByText('进行中').waitFor(PATIENCE);

    await page.getByRole('button', { name: '改日期' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('T').fill('2031-02-14T20:00');
    await dialog.getByText('1月9日 周四 12:00 → 2月13日 周四 12:00').waitFor();
    await page.screenshot({ path: pictureOf('run-move-date') });
    await dialog.getByRole('button', { name: '改日期' }).click();
    await dialog.waitFor({ state: 'hidden' });
    const params = async () => (await lan('GET', `/api/runs/${run}`)).body['params'];
    await expect.poll(params).toEqual({ T: '2031-02-14T20:00' });

    // One step, and who stands there.
    await page.locator('.react-flow__node[data-id="ok"]').click();
    await page.getByText('活动本身').waitFor();
    await page.screenshot({ path: pictureOf('run-node') });
    await page.getByRole('button', { name: '返回' }).click();

    await page.getByRole('button', { name: '停止' }).click();
    await page.getByText('到现在没有发过消息。').waitFor();
    await page.getByRole('dialog').getByLabel('原因').fill('下雨了');
    await page.screenshot({ path: pictureOf('run-stop') });
    await page.getByRole('dialog').getByRole('button', { name: '停止活动' }).click();
    await expect.poll(() => statusOf(run), PATIENCE).toBe('cancelled');
    await page.screenshot({ path: pictureOf('run-stopping') });
    await page.getByText('活动已停止').waitFor(PATIENCE);
    await page.screenshot({ path: pictureOf('run-stopped') });
    expect(said).toEqual([]);
    await page.context().close();
  });

  test('a colleague comes in by the link of an invitation, and sees only what is theirs to do', async () => {
    const { page, said } = await signIn('lan@example.com');
    await page.goto('/#/team');
    await page.getByRole('button', { name: '生成邀请链接' }).click();
    const link = (await page.locator('code.link').textContent()) ?? '';
    await page.screenshot({ path: pictureOf('team') });
    expect(link).toMatch(/\/setup#invitation=[\w-]{20,}$/);

    const guest = await openPage(browser, base);
    await guest.page.goto(`${base}${link.slice(link.indexOf('/setup'))}`);
    await guest.page.getByLabel('姓名').fill('小雨');
    await guest.page.getByLabel('邮箱').fill('yu@example.com');
    await guest.page.getByLabel('密码', { exact: true }).fill(PASSWORD);
    await guest.page.screenshot({ path: pictureOf('invitation') });
    await guest.page.getByRole('button', { name: /创建账号/ }).click();
    await guest.page.getByRole('navigation').waitFor();
    await guest.page.goto('/#/team');
    await guest.page.getByText('小雨').waitFor();
    // Inviting is the owner's.
    await expect.poll(() => guest.page.getByText('邀请同事').count()).toBe(0);
    await page.reload();
    await page.locator('.lines', { hasText: '小雨' }).waitFor();
    expect([...said, ...guest.said]).toEqual([]);
    await page.context().close();
    await guest.page.context().close();
  });

  test('what is not there says so, with a way on', async () => {
    const { page, said } = await signIn('lan@example.com', 'en');
    await page.goto('/#/runs/01890000-0000-7000-8000-000000000000');
    await page.getByText('There is nothing here for you.').waitFor();
    await page.getByText('Copy the details').waitFor();
    await page.screenshot({ path: pictureOf('run-missing-en') });
    expect(said.filter((it) => !it.includes('404'))).toEqual([]);
    await page.context().close();
  });
});
