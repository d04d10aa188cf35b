// Every page of the editor in each of its states, on one installation: full in both languages, light and dark, on a screen and on
// a phone; empty, loading and broken. What must be seen stands in page-states.ts; the pictures are for whoever looks at them.
// `npm run docs:pictures` keeps those of the documentation. What the pages do is tested elsewhere.
import type { Page, Route } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { shipped } from '../../playbooks/index.ts';
import { invite } from '../../server/identity/invitations.ts';
import { chromiumHere, openPage, pictureOf, type Watched } from '../support/browser.ts';
import { barriersOn } from '../support/editor.ts';
import { FORM, pathToForm } from '../support/form-playbook.ts';
import { smallPlaybook } from '../support/small-playbook.ts';
import {
  openEditor,
  PASSWORD,
  PATIENCE,
  PHONE,
  type Language,
  type View,
} from '../support/temporal-editor.ts';
import { PAGES, WORDS, type Stocked } from './page-states.ts';

const SCREEN = { width: 1200, height: 750 } as const;
/** A desk on which two phases can be read side by side. */
const DESK = { width: 1600, height: 900 } as const;
const DRAFT = { ...smallPlaybook('draft'), title: { 'zh-CN': '周末读书会', en: 'Weekend book club' } };
const { playbook, params } = shipped['event-campaign']!;
/** Pages that the documentation shows as they are; the others get something to show first. */
const ONLY_LISTED = new Set(['install', 'history', 'publish', 'runs', 'team']);
/** The documentation has pictures of its own folder; those of every state do not belong there. */
const isForDocs = process.env['KINDLING_PICTURES'] !== undefined;

describe.skipIf(chromiumHere === undefined)('pictures', async () => {
  const { base, browser, colleague, signIn, statusOf, store, stranger } = await openEditor();
  const lan = await colleague('lan@example.com', ['owner', 'designer', 'operator', 'approver']);

  /** Launches in compressed time; with a cast the clock waits for people. */
  async function launch(id: string, more: object): Promise<string> {
    const order = { playbook: id, params, fast: true, start: '2026-12-10T09:00:00+08:00', ...more };
    const { status, body } = await lan('POST', '/api/runs', order);
    expect([status, body['code']]).toEqual([201, undefined]);
    return String(body['id']);
  }

  /** A run in which nothing happens for years. */
  async function launchQuiet(): Promise<string> {
    const { graph, ...rest } = smallPlaybook('quiet');
    const title = { 'zh-CN': '年度聚会', en: 'Annual gathering' };
    const own = ['start', 'eve', 'hello', 'end'];
    const document = {
      ...rest,
      title,
      graph: {
        nodes: graph.nodes.filter(({ id }) => own.includes(id as string)),
        edges: [
          { id: 'e1', from: 'start', port: 'out', to: 'eve' },
          ...graph.edges.filter(({ from }) => from === 'eve' || from === 'hello'),
        ],
      },
    };
    const id = String((await lan('POST', '/api/playbooks', { document })).body['id']);
    await lan('POST', `/api/playbooks/${id}/publish`, { revision: 1 });
    const run = await lan('POST', '/api/runs', { playbook: id, params: { T: '2031-01-10T20:00' } });
    expect([run.status, run.body['code']]).toEqual([201, undefined]);
    return String(run.body['id']);
  }

  /** A draft that differs from what is published: a message says something else, and goes out a day later. */
  async function reword(id: string): Promise<void> {
    const CHANGES: Readonly<Record<string, object>> = {
      'teaser-time': { config: { until: { anchor: 'T', offset: '-P4D', at: '18:00' } } },
      teaser: { title: { 'zh-CN': 'M1 预告：猜猜看', en: 'M1 Teaser: have a guess' } },
    };
    const { graph } = playbook;
    const nodes = graph.nodes.map((node) => ({ ...node, ...CHANGES[node.id] }));
    const changed = { ...playbook, graph: { ...graph, nodes } };
    const { body } = await lan('GET', `/api/playbooks/${id}/draft`);
    const kept = await lan('PUT', `/api/playbooks/${id}/draft`, {
      document: changed,
      revision: body['revision'],
    });
    expect(kept.status).toBe(200);
  }

  /** A form that is open for a week: its address as a member gets it. */
  async function openForm(): Promise<string> {
    const { graph: _graph, ...rest } = smallPlaybook('form');
    const document = {
      ...rest,
      title: { 'zh-CN': '周末读书会', en: 'Weekend book club' },
      graph: {
        nodes: [
          { id: 'start', step: 'start', config: {} },
          { id: 'form', step: 'collect-form', config: FORM },
          { id: 'end', step: 'end', config: {} },
        ],
        edges: [
          { id: 'e1', from: 'start', port: 'out', to: 'form' },
          { id: 'e2', from: 'form', port: 'submitted', to: 'end' },
          { id: 'e3', from: 'form', port: 'expired', to: 'end' },
        ],
      },
    };
    const id = String((await lan('POST', '/api/playbooks', { document })).body['id']);
    await lan('POST', `/api/playbooks/${id}/publish`, { revision: 1 });
    const launched = await lan('POST', '/api/runs', { playbook: id, params: { T: '2031-01-10T20:00' } });
    expect([launched.status, launched.body['code']]).toEqual([201, undefined]);
    const run = String(launched.body['id']);
    const nodes = async () =>
      (await store.pool.query<{ node: number }>('select node from form where run_id = $1', [run])).rows.map(
        ({ node }) => node,
      );
    await expect.poll(async () => (await nodes()).length, PATIENCE).toBe(1);
    return pathToForm(run, (await nodes())[0]!);
  }

  let stocked: Promise<Stocked> | undefined;
  /** An installation in which everything is there once; made when the first test asks. */
  const stock = (): Promise<Stocked> => (stocked ??= makeStock());

  async function makeStock(): Promise<Stocked> {
    const published = String((await lan('POST', '/api/playbooks', { document: playbook })).body['id']);
    await lan('POST', `/api/playbooks/${published}/publish`, { revision: 1 });
    const draft = String((await lan('POST', '/api/playbooks', { document: DRAFT })).body['id']);
    const finished = await launch(published, {});
    const waiting = await launch(published, { roles: { operator: [lan.id] } });
    const later = await launchQuiet();
    const form = await openForm();
    await expect.poll(() => statusOf(finished), PATIENCE).toBe('completed');
    const tasks = async () => (await lan('GET', '/api/tasks')).body['tasks'] as { id: string }[];
    await expect.poll(async () => (await tasks()).length, PATIENCE).toBeGreaterThan(0);
    const { reports } = (await lan('GET', `/api/runs/${finished}/reports`)).body as {
      reports: { id: string }[];
    };
    const [task] = await tasks();
    await lan('POST', '/api/templates', { document: { ...playbook, id: 'ours' }, origin: { kind: 'file' } });
    return { published, draft, finished, waiting, later, task: task!.id, report: reports[0]!.id, form };
  }

  /** A colleague of another team, which has nothing yet. */
  async function newcomer(email: string): Promise<void> {
    const { rows } = await store.pool.query<{ id: number }>(
      `insert into team (name, created_at) values ('New', now()) returning id`,
    );
    const { token } = await invite(store.pool, {
      team: rows[0]!.id,
      roles: ['owner', 'designer', 'operator', 'approver'],
      by: null,
      now: Date.now(),
    });
    const joined = await stranger('POST', '/api/invitations/accept', {
      token,
      email,
      name: '小梅',
      password: PASSWORD,
    });
    expect(joined.status).toBe(201);
  }

  const fits = (page: Page) =>
    expect
      .poll(() =>
        page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
      )
      .toBeLessThanOrEqual(0);

  /** Dialogs come up slowly: a picture and what axe measures are of how it looks in the end. */
  const atRest = (page: Page) =>
    page.evaluate(`Promise.all(document.getAnimations()
      .filter((it) => it.effect.getComputedTiming().iterations !== Infinity)
      .map((it) => it.finished.catch(() => {})))`);

  async function take({ page }: Watched, name: string): Promise<void> {
    await atRest(page);
    await fits(page);
    if (!isForDocs) await page.screenshot({ path: pictureOf(`state-${name}`), fullPage: true });
  }

  /** Goes to another page as a link does, without loading the editor anew. */
  const goTo = (page: Page, place: string) =>
    page.evaluate(`location.hash = ${JSON.stringify(`#/${place}`)}`);

  const LOOKS: readonly (readonly [Language, View, string])[] = [
    ['zh', { ...SCREEN }, 'screen'],
    ['en', { ...SCREEN, dark: true }, 'screen-dark'],
    ['en', { ...PHONE }, 'phone'],
    ['zh', { ...PHONE, dark: true }, 'phone-dark'],
  ];
  test.each(LOOKS)('each page when it is full: %s %o', { timeout: 240_000 }, async (language, view, look) => {
    const ids = await stock();
    const watched = await signIn('lan@example.com', language, view);
    const { page, said } = watched;
    const barriers: Record<string, string[]> = {};
    const isPhone = look.startsWith('phone');
    for (const { name, at, full, open, inMenu = false, isServed = false } of PAGES) {
      if (isServed && !isPhone) continue;
      if (isServed) await page.goto(`${at(ids)}?lang=${language}`);
      else await goTo(page, at(ids));
      if (isPhone && inMenu)
        await page.getByRole('button', { name: WORDS[language].more, exact: true }).click();
      const role = isPhone && inMenu ? 'menuitem' : 'button';
      if (open !== undefined) await page.getByRole(role, { name: open[language] }).first().click();
      await page.locator(full).first().waitFor(PATIENCE);
      await take(watched, `${name}-${language}-${look}`);
      // antd puts the button for the tabs that have no room among the tabs.
      // On a phone there is no drawing, which has tests of its own, and much less to look through.
      if (isPhone)
        barriers[name] = (await barriersOn(page)).filter((it) => !it.includes('button[aria-controls]'));
    }
    expect(Object.entries(barriers).filter(([, met]) => met.length > 0)).toEqual([]);
    expect(said).toEqual([]);
    await page.context().close();
  });

  test.each(['zh', 'en'] as const)(
    'each page when there is nothing yet: %s',
    { timeout: 120_000 },
    async (language) => {
      const ids = await stock();
      await newcomer(`${language}@example.com`);
      const there = await signIn('lan@example.com', language, PHONE);
      const none = await signIn(`${language}@example.com`, language, PHONE);
      for (const { name, empty } of PAGES) {
        if (empty === undefined) continue;
        const watched = empty.at === undefined ? none : there;
        await goTo(watched.page, empty.at?.(ids) ?? name);
        await watched.page.getByText(empty[language]).first().waitFor(PATIENCE);
        await take(watched, `${name}-${language}-empty`);
      }
      for (const { page, said } of [there, none]) {
        // What is not published cannot be launched: the page asks, and says so.
        expect(said.filter((it) => !it.includes('404'))).toEqual([]);
        await page.context().close();
      }
    },
  );

  /** Whatever a page asks is answered so, in the browser; who one is is known. */
  async function answer({ page }: Watched, by: (route: Route) => Promise<void> | void): Promise<void> {
    await page.route(/\/api\/(?!me$)/, (route) => by(route));
    await page.reload();
  }

  test.each(['zh', 'en'] as const)(
    'the page for signing in, and what it says of a wrong password: %s',
    async (language) => {
      const { email, password, enter, wrong } = WORDS[language];
      const watched = await openPage(browser, base, { ...PHONE, dark: language === 'en' });
      const { page, said } = watched;
      await page.addInitScript(`localStorage.setItem('kindling.language', '${language}')`);
      await page.goto('/');
      await page.getByLabel(email).fill('nobody@example.com');
      await page.getByLabel(password).fill('no such password');
      await take(watched, `sign-in-${language}`);
      await page.getByRole('button', { name: enter, exact: true }).click();
      await page.getByText(wrong).waitFor();
      await take(watched, `sign-in-${language}-wrong`);
      expect(await barriersOn(page)).toEqual([]);
      expect(said).toEqual([]);
      await page.context().close();
    },
  );

  test('each page while it waits, and when it fails', { timeout: 120_000 }, async () => {
    const ids = await stock();
    const waits = await signIn('lan@example.com', 'zh', SCREEN);
    await answer(waits, () => {});
    const fails = await signIn('lan@example.com', 'en', PHONE);
    const { advice, message, copy, again } = WORDS.en;
    const body = JSON.stringify({ code: 'internal', message, advice, status: 500 });
    await answer(fails, (route) =>
      route.fulfill({ status: 500, contentType: 'application/problem+json', body }),
    );
    for (const { name, at, open, isServed = false } of PAGES) {
      if (open !== undefined || isServed) continue;
      await goTo(waits.page, at(ids));
      await waits.page.locator('.ant-skeleton').first().waitFor();
      await take(waits, `${name}-zh-loading`);
      await goTo(fails.page, at(ids));
      const trouble = fails.page.locator('.ant-result');
      for (const words of [message, advice]) await trouble.getByText(words).first().waitFor();
      for (const way of [again, copy]) await trouble.getByRole('button', { name: way }).first().waitFor();
      await take(fails, `${name}-en-error`);
    }
    expect(await barriersOn(fails.page)).toEqual([]);
    expect(waits.said).toEqual([]);
    expect(fails.said.filter((it) => !it.includes('status of 500'))).toEqual([]);
    for (const { page } of [waits, fails]) await page.context().close();
  });

  test.runIf(isForDocs).each(['zh', 'en'] as const)(
    'as the documentation shows them: %s',
    { timeout: 240_000 },
    async (language: Language) => {
      const ids = await stock();
      const { published, waiting, finished } = ids;
      await reword(published);
      const words = WORDS[language];
      const { page, said } = await signIn('lan@example.com', language, DESK);
      const keep = async (name: string, of = page) => {
        await atRest(of);
        await of.screenshot({ path: pictureOf(`${language}-${name}`) });
      };
      await page.goto('/#/playbooks');
      await page.getByRole('heading', { name: words.playbooks, exact: true }).waitFor();
      await page.locator('.card-link').first().waitFor();
      await keep('playbooks');
      await page.goto(`/#/playbooks/${published}`);
      await page.locator('.react-flow__node').first().waitFor();
      // A message with its form, beside the wait that leads to it.
      await page.keyboard.press('Control+k');
      await page.keyboard.type('M1');
      await page.keyboard.press('Enter');
      await page.locator('.react-flow__node.selected').waitFor();
      await keep('canvas');
      await page.getByRole('button', { name: words.rehearse }).click();
      await page.locator('.stage .letter').first().waitFor(PATIENCE);
      await page.getByRole('slider', { name: words.clock }).press('End');
      await page.locator('.cast .badge .gone').first().waitFor(PATIENCE);
      await keep('rehearsal');
      await page.goto(`/#/playbooks/${published}/launch`);
      await page.locator('.ahead .days li').first().waitFor(PATIENCE);
      await keep('launch');
      await page.goto(`/#/runs/${waiting}`);
      await page.locator('.run-step.live').first().waitFor(PATIENCE);
      await page.locator('.inspector .lines li').first().waitFor(PATIENCE);
      await keep('run');
      await page.goto('/#/today');
      await page.locator('.today .lines li').first().waitFor(PATIENCE);
      await keep('today');
      await page.goto(`/#/runs/${finished}`);
      await page.getByRole('link', { name: words.review }).click();
      await page.locator('.chart svg').first().waitFor(PATIENCE);
      await keep('review');
      for (const { name, at, open, full } of PAGES) {
        if (!ONLY_LISTED.has(name)) continue;
        await goTo(page, at(ids));
        if (open !== undefined) await page.getByRole('button', { name: open[language] }).first().click();
        await page.locator(full).first().waitFor(PATIENCE);
        if (name === 'history') {
          await page.locator(full).last().click();
          await page.locator('.past .differences li').first().waitFor(PATIENCE);
        }
        await keep(name);
      }
      expect(said).toEqual([]);
      await page.context().close();

      const door = await openPage(browser, base, DESK);
      await door.page.addInitScript(`localStorage.setItem('kindling.language', '${language}')`);
      await door.page.goto('/');
      await door.page.getByLabel(words.email).waitFor();
      await keep('sign-in', door.page);
      await door.page.context().close();

      const phone = await signIn('lan@example.com', language, PHONE);
      await phone.page.goto('/#/today');
      await phone.page.locator('.today .lines a').first().click();
      await phone.page.locator('.outcomes').waitFor(PATIENCE);
      await keep('task', phone.page);
      expect(phone.said).toEqual([]);
      await phone.page.context().close();
    },
  );
});
