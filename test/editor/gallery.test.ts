// Templates in the browser: begun with, put aside, taken along as a file and brought back, with what is missing named.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { tellRefused } from '../../workers/store/refused-start.ts';
import { chromiumHere, pictureOf } from '../support/browser.ts';
import { standEditor } from '../support/editor.ts';
import { temporaryFolder } from '../support/home.ts';
import { smallPlaybook } from '../support/small-playbook.ts';

describe.skipIf(chromiumHere === undefined)('the gallery', async () => {
  const { signIn, lan, store, team, close } = await standEditor();
  const open = async () => {
    const watched = await signIn();
    await watched.page.locator('.templates .drawing').first().waitFor();
    return watched;
  };
  const documents = async (): Promise<Record<string, unknown>[]> =>
    (await store.pool.query<{ document: Record<string, unknown> }>('select document from draft')).rows.map(
      ({ document }) => document,
    );

  test('a template is begun with its parameters filled in', async () => {
    const watched = await open();
    const { page } = watched;
    await page.screenshot({ path: pictureOf('gallery'), fullPage: true });
    await page.getByRole('button', { name: '先填参数…' }).first().click();
    await page.getByLabel('活动名称').fill('春日市集');
    // What a step knows of its parameter is said in its words.
    const delivery = page.getByLabel('群消息怎么发');
    for (const words of ['自动', '由同事确认', '由同事复制粘贴']) {
      await delivery.press('ArrowDown');
      await page.locator('.ant-select-item-option-active', { hasText: words }).waitFor();
    }
    await delivery.press('Enter');
    await page.locator('.ant-modal .ant-select', { hasText: '由同事复制粘贴' }).waitFor();
    await page.screenshot({ path: pictureOf('gallery-install') });
    await page.getByRole('dialog').getByRole('button', { name: '开始', exact: true }).click();
    await page.locator('.react-flow__node').first().waitFor();
    const [document] = await documents();
    const params = document!['params'] as { properties: Record<string, { default?: string }> };
    expect(params.properties['eventTitle']!.default).toBe('春日市集');
    expect(params.properties['delivery']!.default).toBe('humanCopy');
    await page.goto('/#/playbooks');
    await page.getByRole('button', { name: '先填参数…' }).nth(1).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('问卷多久没填完提醒').fill('36');
    await expect.poll(() => dialog.getByText('成员属性').count()).toBe(0);
    await page.screenshot({ path: pictureOf('gallery-install-welcome') });
    await dialog.getByRole('button', { name: '开始', exact: true }).click();
    await page.locator('.react-flow__node').first().waitFor();
    const begun = (await documents()).find(({ id }) => String(id).startsWith('welcome'))!;
    const { properties } = begun['params'] as typeof params;
    expect(properties['abandonAfter']!.default).toBe('PT36H');
    await close(watched);
  });

  test('a playbook is shared without what is private, and comes back from its file', async () => {
    const playbook = smallPlaybook('private');
    const hello = playbook.graph.nodes.find(({ id }) => id === 'hello')!;
    Object.assign(hello, {
      config: { ...(hello['config'] as object), text: { 'zh-CN': '有事找小林 13800138000' } },
    });
    expect((await lan('POST', '/api/playbooks', { document: playbook })).status).toBe(201);
    const watched = await open();
    const { page } = watched;
    const card = page.locator('.card-of', { hasText: '小活动' }).first();
    await card.getByRole('button', { name: '分享' }).click();
    await page.getByText('这些会被去掉').waitFor();
    await page.getByText('13800138000').waitFor();
    await page.screenshot({ path: pictureOf('gallery-share') });
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: '导出为文件' }).click(),
    ]);
    const file = path.join(temporaryFolder(), 'private.kindling.json');
    await download.saveAs(file);
    await page.getByLabel('模板文件').setInputFiles(file);
    await page.getByRole('dialog').getByRole('button', { name: '开始', exact: true }).click();
    await page.locator('.react-flow__node').first().waitFor();
    await expect.poll(async () => (await documents()).map(({ id }) => id)).toContain('private-2');
    const copy = (await documents()).find(({ id }) => id === 'private-2');
    expect(JSON.stringify(copy)).toContain('有事找小林 …');
    await close(watched);
  });

  test('a template of the team is put aside and removed; what is missing is named and mapped', async () => {
    const playbook = smallPlaybook('foreign');
    const hello = playbook.graph.nodes.find(({ id }) => id === 'hello')!;
    Object.assign(hello, { config: { ...(hello['config'] as object), channel: 'their-wecom' } });
    const file = path.join(temporaryFolder(), 'foreign.json');
    writeFileSync(file, JSON.stringify({ ...playbook, title: { 'zh-CN': '别家的活动' } }));
    const watched = await open();
    const { page } = watched;
    await page.getByLabel('模板文件').setInputFiles(file);
    await page.getByText('团队里还没有这些').waitFor();
    const choice = page.getByLabel('渠道 their-wecom');
    const pointedAt = (text: string) =>
      page.locator('.ant-select-item-option-active', { hasText: text }).waitFor();
    await choice.press('ArrowDown');
    await pointedAt('先这样');
    await choice.press('ArrowDown');
    await pointedAt('simulator');
    await choice.press('Enter');
    await page.locator('.lacks .ant-select', { hasText: 'simulator' }).waitFor();
    await page.screenshot({ path: pictureOf('gallery-missing') });
    await page.getByRole('dialog').getByRole('button', { name: '开始', exact: true }).click();
    await page.locator('.react-flow__node').first().waitFor();
    await expect
      .poll(async () => JSON.stringify((await documents()).find(({ id }) => id === 'foreign')))
      .toContain('"channel":"simulator"');
    await page.goto('/#/playbooks');
    const card = page.locator('.card-of', { hasText: '别家的活动' }).first();
    await card.getByRole('button', { name: '分享' }).click();
    await page.getByRole('button', { name: '存为团队模板' }).click();
    const own = page.locator('.templates .ant-card', { hasText: '别家的活动' });
    await own.locator('.drawing').waitFor();
    await own.getByRole('button', { name: '删除模板' }).click();
    await page
      .getByRole('button', { name: '删 除' })
      .or(page.getByRole('button', { name: '删除', exact: true }))
      .last()
      .click();
    await expect.poll(() => own.count()).toBe(0);
    await close(watched);
  });

  test('a launch that was refused stands on Today and on its playbook’s page, until somebody has seen it', async () => {
    const made = await lan('POST', '/api/playbooks', { document: smallPlaybook('refused') });
    const id = String(made.body['id']);
    const refusal = { 'zh-CN': '渠道「公告群」不能自动发送。', en: 'The channel cannot send by itself.' };
    const start = { team, playbook: id, by: 'schedule', key: 'test/refused', at: Date.now() } as const;
    await tellRefused(store.pool, start, { reasons: refusal, now: Date.now() });
    const watched = await open();
    const { page } = watched;
    await page.goto('/#/today');
    const words = '到了定时启动的时间，但没有启动：渠道「公告群」不能自动发送。';
    await page.locator('.ant-alert', { hasText: words }).getByText('小活动 · ').waitFor();
    await page.getByRole('link', { name: words }).click();
    await page.locator('.desk').waitFor();
    const alert = page.locator('.ant-alert', { hasText: words });
    await alert.waitFor();
    await page.screenshot({ path: pictureOf('launch-refused') });
    await alert.getByRole('button', { name: '知道了' }).click();
    await expect.poll(() => alert.count()).toBe(0);
    await expect
      .poll(async () => (await lan('GET', `/api/notices?playbook=${id}`)).body['notices'])
      .toEqual([]);
    await close(watched);
  });

  test('a hostile file is refused with a reason, and the page goes on', async () => {
    const watched = await open();
    const { page } = watched;
    const file = path.join(temporaryFolder(), 'hostile.json');
    for (const text of ['{"__proto__":{"polluted":true}}', '['.repeat(50_000), 'no JSON', '{}']) {
      writeFileSync(file, text);
      await page.getByLabel('模板文件').setInputFiles(file);
      await page.locator('.ant-message-error').last().waitFor();
    }
    expect(await page.evaluate('({}).polluted')).toBeUndefined();
    await page.getByRole('button', { name: '用这个模板' }).first().waitFor();
    // A step that is not here is named before anything begins.
    const later = smallPlaybook('later');
    later.graph.nodes.push({ id: 'new', step: 'made-up', config: {} });
    writeFileSync(file, JSON.stringify(later));
    await page.getByLabel('模板文件').setInputFiles(file);
    await page.getByText('这里没有这些步骤：made-up').waitFor();
    await page.screenshot({ path: pictureOf('gallery-unknown') });
    await close(watched);
  });
});
