// Rehearsing in the page, on the built files under their own Content-Security-Policy: the engine runs in a worker.
import { describe, expect, test } from 'vitest';
import { chromiumHere, pictureOf } from '../support/browser.ts';
import { standEditor, type Look } from '../support/editor.ts';

describe.skipIf(chromiumHere === undefined)('a rehearsal in the page', async () => {
  const { signIn, close } = await standEditor();
  const open = async (look: Look = {}) => {
    const watched = await signIn(look);
    const { page } = watched;
    await page.getByRole('button', { name: '用这个模板' }).first().click();
    await page.locator('.react-flow__node').first().waitFor();
    await page.getByRole('button', { name: '彩排' }).click();
    await page.locator('.stage .letter').first().waitFor();
    return watched;
  };

  test('two weeks pass: messages by day, counts on the drawing, ways that nobody took in grey', async () => {
    const watched = await open();
    const { page } = watched;
    // As members see it: by a channel that has a name, and to the last line.
    const letter = page.locator('.stage .letter').first();
    await letter.getByText('模拟器 × 3').waitFor();
    const text = letter.locator('.text');
    await expect.poll(() => text.evaluate((it) => it.scrollHeight <= it.clientHeight)).toBe(true);
    await letter.getByText('不想再收到活动通知，请回复 T。').waitFor();
    await page.screenshot({ path: pictureOf('rehearsal-start') });
    const passed = page.locator('.cast .badge .gone').filter({ hasText: '✓' });
    await page.getByRole('slider', { name: '彩排的时间' }).press('End');
    await expect.poll(() => passed.count()).toBeGreaterThan(15);
    const clock = page.locator('.stage .clock');
    const end = await clock.textContent();
    await page.screenshot({ path: pictureOf('rehearsal-end') });
    await page.getByRole('slider', { name: '彩排的时间' }).press('Home');
    await expect.poll(() => passed.count()).toBeLessThan(3);
    const view = page.locator('.react-flow__viewport');
    const begun = await view.getAttribute('style');
    await page.getByRole('button', { name: '画布跟着走', pressed: true }).waitFor();
    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByRole('button', { name: '播放', exact: true }).click();
    await expect.poll(() => clock.textContent(), { timeout: 60_000 }).toBe(end);
    await page.getByRole('button', { name: '播放', exact: true }).waitFor();
    // The drawing has gone along, and stays where somebody moves it.
    expect(await view.getAttribute('style')).not.toBe(begun);
    await page.mouse.move(640, 260);
    await page.mouse.wheel(0, 40);
    await page.getByRole('button', { name: '画布跟着走', pressed: false }).waitFor();
    // Nobody was in trouble: the ways of trouble are there, in grey.
    const never = page.locator('.react-flow__node', { hasText: '方案被驳回' });
    await expect
      .poll(() => never.evaluate((it) => it.computedStyleMap().get('opacity')?.toString()))
      .toBe('0.4');
    await close(watched);
  });

  test('staff, collisions, what if, bands, comparison and one member', async () => {
    const watched = await open({ width: 1600, height: 960 });
    const { page } = watched;
    const tab = (name: string) => page.getByRole('tab', { name }).click();
    await tab('人手');
    await page.locator('.load .cell').first().waitFor();
    await page.locator('.heads').getByLabel('运营').fill('2');
    await page.getByRole('rowheader', { name: '运营 2' }).waitFor();
    await page.screenshot({ path: pictureOf('rehearsal-staff') });
    await tab('碰撞');
    await page.screenshot({ path: pictureOf('rehearsal-collisions') });
    await tab('比较');
    await page.getByRole('button', { name: '留住这一次' }).click();
    await tab('假如');
    await page.getByLabel('成员数').fill('900');
    await page.getByLabel('审批活动方案').click();
    await page.locator('.ant-select-item-option', { hasText: '驳回' }).waitFor();
    await page.keyboard.press('Escape');
    await page.screenshot({ path: pictureOf('rehearsal-what-if') });
    await tab('比较');
    await page.getByRole('columnheader', { name: '现在' }).waitFor();
    const reached = page.locator('tr', { hasText: '触达的成员' });
    await expect.poll(() => reached.textContent()).toContain('900');
    await page.screenshot({ path: pictureOf('rehearsal-compare') });
    await tab('多种可能');
    await page.getByRole('button', { name: '换 40 个种子各演一遍' }).click();
    await page.getByRole('row', { name: '送出的消息' }).waitFor();
    await page.getByRole('button', { name: '换 40 个种子各演一遍' }).waitFor({ timeout: 120_000 });
    await page.screenshot({ path: pictureOf('rehearsal-bands') });
    await tab('跟着一个人');
    await page.locator('.ant-timeline .bind').first().waitFor();
    await page.getByText('结束：完成').waitFor();
    await page.screenshot({ path: pictureOf('rehearsal-member') });
    await close(watched);
  });

  test('an edit is rehearsed anew by itself; an error says so and leaves the last rehearsal', async () => {
    const watched = await open();
    const { page } = watched;
    const waits = page.locator('.react-flow__node', { hasText: '审批活动方案' });
    await waits.click();
    await page.keyboard.press('Delete');
    await page.locator('.stage .fault').waitFor();
    await page.locator('.stage .letter').first().waitFor();
    await page.locator('.stage .fault').getByRole('button', { name: '去改' }).click();
    await page.getByRole('heading', { name: '方案被驳回' }).waitFor();
    await page.screenshot({ path: pictureOf('rehearsal-wrong') });
    await page.keyboard.press('Control+z');
    await expect.poll(() => page.locator('.stage .fault').count()).toBe(0);
    await page.getByRole('button', { name: '关闭彩排' }).click();
    await expect.poll(() => page.locator('.stage, .cast').count()).toBe(0);
    await close(watched);
  });

  test('the run sheet leaves as a table and as a calendar', async () => {
    const watched = await open();
    const { page } = watched;
    for (const [item, begins] of [
      ['流程表（CSV）', '\uFEFF日期,时间,阶段'],
      ['日历（ICS）', 'BEGIN:VCALENDAR\r\n'],
    ] as const) {
      await page.getByRole('button', { name: '导出' }).click();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('menuitem', { name: item }).click(),
      ]);
      const chunks: Buffer[] = [];
      for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).toString('utf8').startsWith(begins)).toBe(true);
    }
    await close(watched);
  });

  test('in English and in the dark', async () => {
    const watched = await open({ dark: true });
    const { page } = watched;
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('tab', { name: 'Messages' }).waitFor();
    await page.getByRole('slider', { name: 'Time of the rehearsal' }).press('End');
    await page.screenshot({ path: pictureOf('rehearsal-dark-en') });
    // The dates beside its days do not run into each other, however narrow the page is.
    await expect.poll(() => page.locator('.reel text').count()).toBeGreaterThan(4);
    const size = page.viewportSize()!;
    for (const width of [390, 1024, size.width]) {
      await page.setViewportSize({ ...size, width });
      const gaps = `(() => {
        const boxes = [...document.querySelectorAll('.reel text')].map((it) => it.getBoundingClientRect());
        return boxes.slice(1).map(({ left }, no) => left - boxes[no].right);
      })()`;
      await expect.poll(async () => Math.min(...(await page.evaluate<number[]>(gaps)))).toBeGreaterThan(0);
      await page.screenshot({ path: pictureOf(`rehearsal-en-${width}`) });
    }
    await page.getByRole('tab', { name: 'What if' }).click();
    await page.getByText('Reactions').waitFor();
    await page.screenshot({ path: pictureOf('rehearsal-what-if-en') });
    await close(watched);
  });
});
