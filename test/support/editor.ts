// The editor in a browser, on the real server and database: signing in, opening a playbook, and what its draft says.
import { AxeBuilder } from '@axe-core/playwright';
import { expect } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import type { Playbook } from '../../engine/document.ts';
import { buildEditor } from '../../scripts/editor.mjs';
import { stand, type Speaker, type Stand } from './app.ts';
import { openBrowser, openPage, type Watched } from './browser.ts';
import { freshDatabase } from './database.ts';

/** How a page is opened. */
export interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  readonly english?: boolean;
}

/** An installation with one colleague, and a browser. */
export interface Desk extends Pick<Stand, 'store' | 'team'> {
  /** The colleague who signs in, without a browser. */
  readonly lan: Speaker;
  /** Signs in and shows the list of playbooks. */
  readonly signIn: (look?: Look) => Promise<Watched>;
  /** Signs in and opens a playbook of this content, made for the test. */
  readonly open: (document: Playbook, look?: Look) => Promise<Watched & { readonly id: string }>;
  /** The draft of a playbook, as the server has it. */
  readonly draft: (id: string) => Promise<Playbook>;
  readonly close: (watched: Watched) => Promise<void>;
}

/** Brings up server, database and browser for a test file. */
export async function standEditor(): Promise<Desk> {
  const { url } = await freshDatabase();
  const { app, colleague, store, team } = await stand(url, { editor: buildEditor() });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  const base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const lan = await colleague('lan@example.com', ['owner', 'designer', 'operator']);
  // Playbooks of these tests send by it; what is said of unknown channels is another test's affair.
  await lan('POST', '/api/channels', { name: 'simulator', kind: 'simulator' });
  const browser = await openBrowser();
  let made = 0;

  const signIn = async ({ english = false, ...look }: Look = {}): Promise<Watched> => {
    const watched = await openPage(browser, base, look);
    const { page } = watched;
    await page.goto('/');
    await page.getByLabel('邮箱').fill('lan@example.com');
    await page.getByLabel('密码').fill('correct horse battery');
    await page.getByRole('button', { name: '登录' }).click();
    await page.getByRole('heading', { name: '剧本', exact: true }).waitFor();
    if (english) await page.getByRole('button', { name: 'English' }).click();
    return watched;
  };
  return {
    store,
    team,
    lan,
    signIn,
    open: async (document, look) => {
      made += 1;
      const begun = await lan('POST', '/api/playbooks', {
        document: { ...document, id: `${document.id}-${made}` },
      });
      expect(begun.status).toBe(201);
      const id = String(begun.body['id']);
      const watched = await signIn(look);
      await watched.page.goto(`/#/playbooks/${id}`);
      await watched.page.locator('.desk').waitFor();
      return { ...watched, id };
    },
    draft: async (id) => {
      const { rows } = await store.pool.query<{ document: Playbook }>(
        'select document from draft where playbook_id = $1',
        [id],
      );
      return rows[0]!.document;
    },
    close: async ({ page, said }) => {
      expect(said).toEqual([]);
      await page.context().close();
    },
  };
}

/** What would keep people out who cannot see well or have no mouse: serious and critical findings of axe. */
export async function barriersOn(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page: page as never }).setLegacyMode(true).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
}

/** A step on the canvas by its name. */
export const stepCalled = (page: Page, name: string): Locator =>
  page.locator('.react-flow__node', { hasText: name });

/** A small playbook to begin with: start and end, in two phases. */
export const SMALL: Playbook = {
  format: 1,
  id: 'small',
  title: { 'zh-CN': '小活动', en: 'Small event' },
  locales: ['zh-CN', 'en'],
  goal: { metric: 'sign_up_rate', baseline: 0, target: 0.1, deadline: { anchor: 'T' }, guardrails: [] },
  params: {
    type: 'object',
    required: ['T'],
    properties: {
      T: {
        type: 'string',
        format: 'date-time',
        title: { 'zh-CN': '活动开始', en: 'Event starts' },
        examples: ['2026-12-19T20:00'],
      },
    },
  },
  phases: [
    { id: 'warm-up', title: { 'zh-CN': '预热', en: 'Warm-up' }, starts: { anchor: 'T', offset: '-P7D' } },
    { id: 'ignite', title: { 'zh-CN': '引爆', en: 'Ignite' }, starts: { anchor: 'T' } },
  ],
  graph: {
    nodes: [
      { id: 'start', step: 'start', config: {}, phase: 'warm-up', title: { 'zh-CN': '启动', en: 'Begin' } },
      {
        id: 'teaser',
        step: 'send-message',
        phase: 'warm-up',
        title: { 'zh-CN': '预告', en: 'Teaser' },
        config: {
          audience: { groups: 'all' },
          text: { 'zh-CN': '周六见！', en: 'See you!' },
          class: 'marketing',
        },
      },
      { id: 'end', step: 'end', config: {}, phase: 'ignite', title: { 'zh-CN': '收尾', en: 'Close' } },
    ],
    edges: [
      { id: 'e1', from: 'start', port: 'out', to: 'teaser' },
      { id: 'e2', from: 'teaser', port: 'sent', to: 'end' },
    ],
  },
};
