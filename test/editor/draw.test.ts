// Drawing a playbook in the browser, on the real server and database: from signing in to a saved draft.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { buildEditor } from '../../scripts/editor.mjs';
import { chromiumHere, openBrowser, openPage, pictureOf } from '../support/browser.ts';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';

describe.skipIf(chromiumHere === undefined)('the editor', async () => {
  const { url } = await freshDatabase();
  const { app, colleague, store } = await stand(url, { editor: buildEditor() });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  const base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  await colleague('lan@example.com', ['owner', 'designer', 'operator']);
  const browser = await openBrowser();

  const signIn = async (options = {}) => {
    const watched = await openPage(browser, base, options);
    await watched.page.goto('/');
    await watched.page.getByLabel('邮箱').fill('lan@example.com');
    await watched.page.getByLabel('密码').fill('correct horse battery');
    await watched.page.getByRole('button', { name: '登录' }).click();
    await watched.page.getByRole('heading', { name: '剧本', exact: true }).waitFor();
    return watched;
  };
  const drafts = async () =>
    (
      await store.pool.query<{ document: { title: object; graph: { nodes: { id: string }[] } } }>(
        'select document from draft order by updated_at',
      )
    ).rows;

  test('an empty installation offers the template; drawn, changed, undone, saved by itself', async () => {
    const { page, said } = await signIn();
    await page.getByText('还没有剧本').waitFor();
    await page.screenshot({ path: pictureOf('playbooks-empty') });
    await page.getByRole('button', { name: '用这个模板' }).first().click();
    await page.locator('.react-flow__node').first().waitFor();
    const count = await page.locator('.react-flow__node').count();
    expect(count).toBeGreaterThan(40);
    await page.screenshot({ path: pictureOf('playbook-full') });
    await page.locator('.react-flow__node', { hasText: '审批活动方案' }).click();
    await page.getByRole('heading', { name: '审批活动方案' }).waitFor();
    await page.keyboard.press('Delete');
    await expect.poll(() => page.locator('.react-flow__node').count()).toBe(count - 1);
    await page.getByText('已保存').waitFor();
    expect((await drafts())[0]!.document.graph.nodes.length).toBe(count - 1);
    await page.keyboard.press('Control+z');
    await expect.poll(() => page.locator('.react-flow__node').count()).toBe(count);
    await expect.poll(async () => (await drafts())[0]!.document.graph.nodes.length).toBe(count);
    expect(said).toEqual([]);
    await page.context().close();
  });

  test('a step is added behind a port by keyboard, and says what is still missing', async () => {
    const { page, said } = await signIn({ dark: true });
    await page.getByRole('button', { name: '新建' }).click();
    await page.locator('.react-flow__node').first().waitFor();
    await page.getByLabel('在「下一步」后面添加').click();
    await page.getByPlaceholder('输入名称，回车选第一个').fill('send');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.react-flow__node').count()).toBe(2);
    await expect.poll(() => page.locator('.react-flow__edge').count()).toBe(1);
    await page.locator('.mark.error').first().waitFor();
    await page.getByLabel('中文').first().fill('大家好，周六见！');
    await expect.poll(() => page.locator('.sentence', { hasText: '大家好，周六见！' }).count()).toBe(1);
    await page.screenshot({ path: pictureOf('playbook-new-dark') });
    expect(said).toEqual([]);
    await page.context().close();
  });

  test('two tabs that change one draft: nothing is overwritten, somebody chooses', async () => {
    const one = await signIn();
    await one.page.getByRole('button', { name: '新建' }).click();
    await one.page.locator('.react-flow__node').first().waitFor();
    const place = one.page.url();
    const two = await one.page.context().newPage();
    await two.goto(place);
    await two.locator('.react-flow__node').first().waitFor();
    const title = (page: typeof two) => page.getByLabel('中文').first();
    await title(one.page).fill('第一个标签页');
    await one.page.getByText('已保存').waitFor();
    await title(two).fill('第二个标签页');
    await two.getByText('别人也改过这个剧本').waitFor();
    await two.screenshot({ path: pictureOf('playbook-conflict') });
    const titles = async () => (await drafts()).map(({ document }) => document.title);
    expect(await titles()).toContainEqual({ 'zh-CN': '第一个标签页' });
    await two.getByRole('button', { name: '用我的' }).click();
    await expect.poll(titles).toContainEqual({ 'zh-CN': '第二个标签页' });
    await one.page.context().close();
  });

  test('in English at a click', async () => {
    const { page } = await signIn();
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Playbooks' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    await page.screenshot({ path: pictureOf('playbooks-en') });
    await page.context().close();
  });

  test('a page may neither make code nor ask another host', async () => {
    const { headers, body } = await app.inject({ method: 'GET', url: '/' });
    expect(headers['content-security-policy']).toContain("script-src 'self'");
    expect(headers['content-security-policy']).not.toContain('unsafe-eval');
    expect(body).toBe(readFileSync(`${buildEditor()}/index.html`, 'utf8'));
    for (const name of ['..%2f..%2fpackage.json', 'index.html', 'nothing.js', '.env']) {
      expect((await app.inject({ method: 'GET', url: `/assets/${name}` })).statusCode).toBeGreaterThanOrEqual(
        400,
      );
    }
  });
});
