// The past of a playbook in the browser: compared side by side, had back, and undone; and nobody leaves unsaved work unasked.
import { describe, expect, test } from 'vitest';
import { chromiumHere, pictureOf } from '../support/browser.ts';
import { standEditor } from '../support/editor.ts';

describe.skipIf(chromiumHere === undefined)('the past of a playbook', async () => {
  const { signIn, store } = await standEditor();
  const open = async () => {
    const watched = await signIn();
    const { page } = watched;
    await page.getByRole('button', { name: '用这个模板' }).first().click();
    await page.locator('.react-flow__node').first().waitFor();
    return watched;
  };
  const nodesSaved = async (): Promise<number> => {
    const { rows } = await store.pool.query<{ count: number }>(
      "select json_array_length(document->'graph'->'nodes') as count from draft order by updated_at desc limit 1",
    );
    return rows[0]?.count ?? 0;
  };

  test('what it began with is compared with now, had back, and the going back undone', async () => {
    const { page, said } = await open();
    const before = await nodesSaved();
    await page.locator('.react-flow__node', { hasText: '审批活动方案' }).click();
    await page.keyboard.press('Delete');
    await expect.poll(nodesSaved).toBe(before - 1);
    await page.getByRole('button', { name: '历史' }).click();
    const states = page.getByRole('navigation', { name: '以前的样子' }).getByRole('button');
    await expect.poll(() => states.count()).toBe(2);
    await states.last().click();
    const gone = page.locator('.differences li', { hasText: '审批活动方案' }).first();
    await gone.waitFor();
    await expect.poll(() => page.locator('.sides .drawing .removed').count()).toBe(1);
    await gone.getByRole('button').click();
    await page.screenshot({ path: pictureOf('history') });
    await page.getByRole('button', { name: '恢复成这样' }).click();
    await expect.poll(nodesSaved).toBe(before);
    await page.keyboard.press('Control+z');
    await expect.poll(nodesSaved).toBe(before - 1);
    expect(said).toEqual([]);
    await page.context().close();
  });

  test('leaving with unsaved changes asks; with everything saved it does not', async () => {
    const { page } = await open();
    const asked: string[] = [];
    page.on('dialog', (dialog) => {
      asked.push(dialog.type());
      void dialog.accept();
    });
    await page.reload();
    await page.locator('.react-flow__node').first().waitFor();
    expect(asked).toEqual([]);
    // The server does not answer the save before the page is left.
    await page.route('**/draft', (route) =>
      route.request().method() === 'PUT' ? undefined : route.continue(),
    );
    await page.locator('.react-flow__node', { hasText: '审批活动方案' }).click();
    await page.keyboard.press('Delete');
    await page.getByText('有修改').or(page.getByText('保存中…')).first().waitFor();
    await page.reload();
    await expect.poll(() => asked).toEqual(['beforeunload']);
    // And nothing is lost by it: this browser has kept it.
    await page.unroute('**/draft');
    await page.locator('.react-flow__node').first().waitFor();
    await expect.poll(() => page.locator('.react-flow__node', { hasText: '审批活动方案' }).count()).toBe(0);
    await page.context().close();
  });
});
