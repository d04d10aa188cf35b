// Steering a run, doing its tasks on a phone, and bringing in a colleague: in the browser, on the real parts.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { chromiumHere, openPage, pictureOf } from '../support/browser.ts';
import { KEYRING } from '../support/app.ts';
import { signStaffLink, STAFF_LINKS } from '../../workers/store/staff-link.ts';
import { barriersOn } from '../support/editor.ts';
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

const message = (title: string, text: string) => ({
  title: { 'zh-CN': title },
  config: {
    channel: 'simulator',
    audience: { groups: 'all' },
    class: 'service',
    mode: 'auto',
    text: { 'zh-CN': text },
  },
});

/** Three messages that cannot be said while parameters are missing; a short wait in between. */
function failing(id: string) {
  const { graph: _graph, goal, params, ...rest } = smallPlaybook(id);
  const names = { type: 'array', items: { type: 'string' }, default: [] };
  const properties = {
    ...(params as { properties: object }).properties,
    who: names,
    host: names,
  };
  return {
    ...rest,
    goal,
    params: { type: 'object', additionalProperties: false, properties },
    graph: {
      nodes: [
        { id: 'start', step: 'start', config: {} },
        { id: 'guest', step: 'send-message', ...message('称呼客人', '{{ params.who[0] }}，你好！') },
        { id: 'pause', step: 'wait', title: { 'zh-CN': '等一会儿' }, config: { for: 'PT1S' } },
        { id: 'host', step: 'send-message', ...message('称呼主人', '{{ params.host[0] }}，你好！') },
        { id: 'all', step: 'send-message', ...message('称呼全体', '{{ params.host[0] }} 请大家来！') },
        { id: 'end', step: 'end', config: {} },
      ],
      edges: [
        { id: 'e1', from: 'start', port: 'out', to: 'guest' },
        { id: 'e2', from: 'guest', port: 'sent', to: 'pause' },
        { id: 'e3', from: 'pause', port: 'done', to: 'host' },
        { id: 'e4', from: 'host', port: 'sent', to: 'all' },
        { id: 'e5', from: 'all', port: 'sent', to: 'end' },
      ],
    },
  };
}

/** A journey that decides about each of eight people, two of whom it does not let in; then a task that holds the clock. */
function deciding(id: string) {
  const { graph: _graph, goal: _goal, params: _params, ...rest } = smallPlaybook(id);
  const goal = { metric: 'sign_ups', baseline: 0, target: 10, deadline: { for: 'P7D' }, guardrails: [] };
  const rule = { port: 'all', label: { 'zh-CN': '都行' }, when: { cel: 'member.days >= 0.0' } };
  return {
    ...rest,
    goal,
    rehearsal: { members: 8, seed: 1, rates: {}, attributes: {} },
    graph: {
      nodes: [
        { id: 'start', step: 'start', config: {} },
        { id: 'go', step: 'journey', config: { journey: 'each', wait: true } },
        {
          id: 'look',
          step: 'human-task',
          config: {
            role: 'operator',
            title: { 'zh-CN': '看一看' },
            outcomes: [{ port: 'done', label: { 'zh-CN': '看过了' } }],
            due: { for: 'P1D' },
          },
        },
        { id: 'end', step: 'end', config: {} },
      ],
      edges: [
        { id: 'e1', from: 'start', port: 'out', to: 'go' },
        { id: 'e2', from: 'go', port: 'done', to: 'look' },
        { id: 'e3', from: 'look', port: 'done', to: 'end' },
        { id: 'e4', from: 'look', port: 'expired', to: 'end' },
      ],
    },
    journeys: {
      each: {
        title: { 'zh-CN': '每个人' },
        graph: {
          nodes: [
            {
              id: 'in',
              step: 'enter',
              config: { segment: { cel: '!(member.id in ["person-2", "person-5"])' } },
            },
            { id: 'which', step: 'branch', config: { rules: [rule] } },
            { id: 'out', step: 'exit', title: { 'zh-CN': '走到了头' }, config: { reason: 'seen' } },
          ],
          edges: [
            { id: 'j1', from: 'in', port: 'out', to: 'which' },
            { id: 'j2', from: 'which', port: 'all', to: 'out' },
            { id: 'j3', from: 'which', port: 'else', to: 'out' },
          ],
        },
      },
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

  const runIn = async (page: Page, id: string): Promise<void> => {
    await page.goto(`/#/runs/${id}`);
    await page.locator('.run-step').first().waitFor(PATIENCE);
  };

  /** Nothing serious keeps people out, neither on a light page nor on a dark one. */
  async function accessible(page: Page): Promise<void> {
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      await expect.poll(() => barriersOn(page)).toEqual([]);
    }
  }

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
    await dialog.getByText('2031年1月9日 周四 12:00 → 2031年2月13日 周四 12:00').waitFor();
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

  test('what is stuck is tried again, skipped and ended from the page; late and skipped are marked', async () => {
    const run = await launch('stuck', failing('stuck'));
    const { page, said } = await signIn('lan@example.com');
    await runIn(page, run);
    const list = page.locator('.stuck-list li');
    await list.getByText('多次尝试都失败了').waitFor(PATIENCE);
    await list.getByText('称呼客人').waitFor();
    // Why it failed stands beside it, in words.
    await list.getByText('内容里用到的值还没有').waitFor();
    await page.locator('.run-step.stuck').waitFor();
    await page.screenshot({ path: pictureOf('run-stuck') });
    await accessible(page);
    // What was missing is there: now it works.
    const set = await lan('POST', `/api/runs/${run}/control`, { do: 'set-param', params: { who: ['小林'] } });
    expect([set.status, set.body['code']]).toEqual([202, undefined]);
    await list.getByRole('button', { name: '重试' }).click();

    await list.getByText('称呼主人').waitFor(PATIENCE);
    await list.getByRole('button', { name: '跳过' }).click();
    await page.getByRole('tooltip').getByRole('button', { name: '确定' }).click();
    await page.locator('.run-step', { hasText: '称呼主人' }).getByText('跳过 1').waitFor(PATIENCE);
    // How late a machine is nobody can promise: one visit is counted as late, as its settlement would.
    await store.pool.query('update node_count set late = 1 where run_id = $1 and port = $2', [run, 'done']);
    await page.locator('.run-step', { hasText: '等一会儿' }).getByText('晚 1').waitFor(PATIENCE);

    await list.getByText('称呼全体').waitFor(PATIENCE);
    await list.getByRole('button', { name: '结束' }).click();
    await page.getByRole('tooltip').getByRole('button', { name: '确定' }).click();
    await expect.poll(() => statusOf(run), PATIENCE).toBe('completed');
    await page.getByText('有人让它到此结束').first().waitFor(PATIENCE);
    await page.getByRole('tab', { name: '时间线' }).click();
    await page.getByText('有人决定跳过').waitFor(PATIENCE);
    await page.locator('.ahead-list li', { hasText: 'lan@example.com' }).getByText('跳过一步').waitFor();
    await page.getByText('多次尝试都失败了 → 重试').waitFor();
    await page.getByText('多次尝试都失败了 → 结束').waitFor();
    await page.screenshot({ path: pictureOf('run-stuck-story') });
    expect(said).toEqual([]);
    await page.context().close();
  });

  test('launched for real by the form, with the time until when the machine must stay on', async () => {
    const { body } = await lan('POST', '/api/playbooks', { document: smallPlaybook('really') });
    const playbook = String(body['id']);
    await lan('POST', `/api/playbooks/${playbook}/publish`, { revision: 1 });
    const { page, said } = await signIn('lan@example.com');
    await page.goto(`/#/playbooks/${playbook}/launch`);
    await page.getByRole('radio', { name: /正式发起/ }).click();
    await page.getByRole('textbox', { name: 'T', exact: true }).fill('2031-01-10T20:00');
    await page.getByText('运行薪火的机器要一直开到').waitFor(PATIENCE);
    await page
      .locator('.ahead')
      .getByText(/1月9日/)
      .first()
      .waitFor(PATIENCE);
    await page.screenshot({ path: pictureOf('launch-real'), fullPage: true });
    await accessible(page);
    await page.getByRole('button', { name: '正式发起' }).click();
    await page.locator('.run-step.live').first().waitFor(PATIENCE);
    const run = /runs\/([\w-]+)/.exec(page.url())![1]!;
    expect((await lan('GET', `/api/runs/${run}`)).body).toMatchObject({
      mode: 'real',
      status: 'running',
      params: { T: '2031-01-10T20:00' },
    });
    // Once more within the same page is the same launch.
    expect(await page.locator('.run-head').getByText('压缩时间').count()).toBe(0);
    expect(said).toEqual([]);
    await page.context().close();
  });

  test('one member’s story by the entrance: each decision with what was seen then', async () => {
    const { body } = await lan('POST', '/api/playbooks', { document: deciding('deciding') });
    await lan('POST', `/api/playbooks/${String(body['id'])}/publish`, { revision: 1 });
    const launched = await lan('POST', '/api/runs', {
      playbook: String(body['id']),
      fast: true,
      roles: { operator: [lan.id] },
    });
    const run = String(launched.body['id']);
    const { page, said } = await signIn('lan@example.com');
    await runIn(page, run);
    await page.getByRole('tab', { name: '入口' }).click();
    const door = page.locator('.door', { hasText: '每个人' });
    await door.getByText('由活动启动，符合条件的人一起进入。').waitFor(PATIENCE);
    await expect.poll(() => door.locator('dd').allTextContents(), PATIENCE).toEqual(['6', '6', '2']);
    await door.getByText('不符合条件 2').waitFor();
    await door.getByText('谁进来了').click();
    await door.locator('.people li').first().waitFor();
    await expect.poll(() => door.locator('.people li').count()).toBe(6);
    await page.screenshot({ path: pictureOf('run-entrances') });
    await accessible(page);
    await door
      .getByRole('button', { name: /^模拟成员/ })
      .first()
      .click();
    await page.getByText('判断条件 →').waitFor(PATIENCE);
    await page.getByText('符合第 1 条').waitFor();
    await page.getByText('当时看到').waitFor();
    await page.getByText('结束：走到了头').waitFor();
    await page.screenshot({ path: pictureOf('run-member') });
    await accessible(page);
    await page.getByRole('button', { name: '← 回到入口' }).click();
    await door.getByText('没有让进的人和原因').click();
    await expect.poll(() => door.locator('.people .why').count()).toBe(2);
    expect(said).toEqual([]);
    await page.context().close();
  });

  test('the link of a notice opens the task for whoever is signed in, and a page of its own for all others', async () => {
    const run = await launch('linked', proving('linked'));
    const taskOf = async () =>
      ((await lan('GET', `/api/tasks?all=true&run=${run}`)).body['tasks'] as { id: string }[])[0]?.id;
    await expect.poll(taskOf, PATIENCE).toBeDefined();
    const id = (await taskOf())!;
    const token = signStaffLink(KEYRING.signingKeys(STAFF_LINKS), { to: 'task', id }, Date.now());

    const { page, said } = await signIn('lan@example.com', 'zh', PHONE);
    await page.goto(`/s/${token}`);
    await page.getByRole('button', { name: '复制话术' }).waitFor(PATIENCE);
    expect(page.url()).toContain(`/#/tasks/${id}`);
    await page.getByRole('button', { name: '发了' }).waitFor();
    await page.getByLabel('看到的人数').waitFor();
    expect(await overflow(page)).toBe(0);
    await page.screenshot({ path: pictureOf('phone-linked-task'), fullPage: true });
    await accessible(page);

    const stranger = await openPage(browser, base, PHONE);
    await stranger.page.goto(`/s/${token}`);
    await stranger.page.getByLabel('邮箱').fill('lan@example.com');
    await stranger.page.getByLabel('密码').fill(PASSWORD);
    await stranger.page.getByRole('button', { name: '登录' }).click();
    // It needs no scripts, and stays what it is.
    await stranger.page.getByRole('heading', { name: '把预告发到群里' }).waitFor();
    await stranger.page.getByLabel('看到的人数').fill('7');
    await stranger.page.getByLabel(/凭证/).fill('群里的截图');
    expect(await overflow(stranger.page)).toBe(0);
    await stranger.page.screenshot({ path: pictureOf('phone-plain-task'), fullPage: true });
    await stranger.page.getByRole('button', { name: '发了' }).click();
    await stranger.page.getByText('已完成，谢谢！').waitFor();
    expect(await decisions(run)).toEqual([{ evidence: ['群里的截图'], numbers: { seen: 7 } }]);
    expect([...said, ...stranger.said]).toEqual([]);
    await page.context().close();
    await stranger.page.context().close();
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
