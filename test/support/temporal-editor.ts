// The whole product for a test of its pages: database, workers, server with the built editor, and a browser.
// Not what is done in it. What people are called and how they come in is the same everywhere.
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { buildEditor } from '../../scripts/editor.mjs';
import { stand, type Stand } from './app.ts';
import { openBrowser, openPage, type Watched } from './browser.ts';
import { openStage } from './temporal-stage.ts';

export type Language = 'zh' | 'en';
export type View = NonNullable<Parameters<typeof openPage>[2]>;

/** The size of a phone that many have. */
export const PHONE: View = { width: 390, height: 844 };
export const PASSWORD = 'correct horse battery';
/** How long something may take that a run has to do first. */
export const PATIENCE = { timeout: 120_000 } as const;

const WORDS = {
  zh: { email: '邮箱', password: '密码', enter: '登录' },
  en: { email: 'E-mail', password: 'Password', enter: 'Sign in' },
} as const;

/** An installation with its editor. */
export interface EditorStand extends Stand {
  readonly base: string;
  readonly browser: Browser;
  /** A window in which somebody has signed in, wherever the first page leads. */
  readonly signIn: (email: string, language?: Language, view?: View) => Promise<Watched>;
  readonly statusOf: (run: string) => Promise<string>;
}

/** Brings everything up; to be called at the top of a test file. */
export async function openEditor(): Promise<EditorStand> {
  const stage = await openStage();
  const it = await stand(stage.databaseUrl, { editor: buildEditor(), taskQueue: stage.temporal.taskQueue });
  await it.app.listen({ host: '127.0.0.1', port: 0 });
  const base = `http://127.0.0.1:${(it.app.server.address() as AddressInfo).port}`;
  const browser = await openBrowser();
  return {
    ...it,
    base,
    browser,
    async signIn(email, language = 'zh', view = {}) {
      const watched = await openPage(browser, base, view);
      const { page } = watched;
      await page.addInitScript(`localStorage.setItem('kindling.language', '${language}')`);
      await page.goto('/');
      const words = WORDS[language];
      await page.getByLabel(words.email).fill(email);
      await page.getByLabel(words.password).fill(PASSWORD);
      await page.getByRole('button', { name: words.enter }).click();
      await page.getByRole('navigation').waitFor();
      return watched;
    },
    async statusOf(run) {
      const { rows } = await it.store.pool.query<{ status: string }>(
        'select status::text from run where id = $1',
        [run],
      );
      return rows[0]?.status ?? 'unknown';
    },
  };
}
