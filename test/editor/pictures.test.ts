// The pages as the documentation shows them, each in the state that people look at most. `npm run docs:pictures` keeps the pictures.
// What the pages do is tested elsewhere.
import { describe, expect, test } from 'vitest';
import { shipped } from '../../playbooks/index.ts';
import { chromiumHere, pictureOf } from '../support/browser.ts';
import { openEditor, PATIENCE, PHONE, type Language } from '../support/temporal-editor.ts';

const VIEW = { width: 1200, height: 750 } as const;
const { playbook, params } = shipped['event-campaign']!;

const WORDS = {
  zh: { playbooks: '剧本', rehearse: '彩排', review: '打开复盘' },
  en: { playbooks: 'Playbooks', rehearse: 'Rehearse', review: 'Open the review' },
} as const;

describe.skipIf(chromiumHere === undefined)('pictures', async () => {
  const { colleague, signIn, statusOf } = await openEditor();
  const lan = await colleague('lan@example.com', ['owner', 'designer', 'operator', 'approver']);
  const begun = await lan('POST', '/api/playbooks', { document: playbook });
  const id = String(begun.body['id']);
  await lan('POST', `/api/playbooks/${id}/publish`, { revision: 1 });

  /** Launches in compressed time; with a cast the clock waits for people. */
  async function launch(roles: Readonly<Record<string, readonly string[]>> = {}): Promise<string> {
    const order = { playbook: id, params, fast: true, start: '2026-12-10T09:00:00+08:00', roles };
    const { status, body } = await lan('POST', '/api/runs', order);
    expect([status, body['code']]).toEqual([201, undefined]);
    return String(body['id']);
  }

  test.each(['zh', 'en'] as const)('each page in %s', { timeout: 240_000 }, async (language: Language) => {
    const words = WORDS[language];
    const finished = await launch();
    await expect.poll(() => statusOf(finished), PATIENCE).toBe('completed');
    const waiting = await launch({ operator: [lan.id] });
    const openTasks = async () => ((await lan('GET', '/api/tasks')).body['tasks'] as { id: string }[]).length;
    await expect.poll(openTasks, PATIENCE).toBeGreaterThan(0);

    const { page, said } = await signIn('lan@example.com', language, VIEW);
    const take = (name: string) => page.screenshot({ path: pictureOf(`${language}-${name}`) });
    await page.goto('/#/playbooks');
    await page.getByRole('heading', { name: words.playbooks, exact: true }).waitFor();
    await page.locator('.card-link').first().waitFor();
    await take('playbooks');
    await page.goto(`/#/playbooks/${id}`);
    await page.locator('.react-flow__node').first().waitFor();
    await take('canvas');
    await page.getByRole('button', { name: words.rehearse }).click();
    await page.locator('.stage .ant-tabs').first().waitFor(PATIENCE);
    await take('rehearsal');
    await page.goto(`/#/playbooks/${id}/launch`);
    await page.locator('.ahead .days li').first().waitFor(PATIENCE);
    await take('launch');
    await page.goto(`/#/runs/${waiting}`);
    await page.locator('.run-step.live').first().waitFor(PATIENCE);
    await page.locator('.inspector .lines li').first().waitFor(PATIENCE);
    await take('run');
    await page.goto('/#/today');
    await page.locator('.today .lines li').first().waitFor(PATIENCE);
    await take('today');
    await page.goto(`/#/runs/${finished}`);
    await page.getByRole('link', { name: words.review }).click();
    await page.locator('.chart svg').first().waitFor(PATIENCE);
    await take('review');
    expect(said).toEqual([]);
    await page.context().close();

    const phone = await signIn('lan@example.com', language, PHONE);
    await phone.page.goto('/#/today');
    await phone.page.locator('.today .lines a').first().click();
    await phone.page.locator('.outcomes').waitFor(PATIENCE);
    await phone.page.screenshot({ path: pictureOf(`${language}-task`) });
    expect(phone.said).toEqual([]);
    await phone.page.context().close();
  });
});
