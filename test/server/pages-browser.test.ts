// The pages behind links as a browser shows them on a phone, in both languages: nothing is wider than the screen, the console
// is silent, and what is sent arrives. A program that sends forms by hand does not know what browsers tell of themselves.
import { describe, expect, test } from 'vitest';
import { invite } from '../../server/identity/invitations.ts';
import { barriersOn } from '../support/editor.ts';
import { perform } from '../../workers/effects/perform.ts';
import { notify } from '../../workers/store/notice.ts';
import { signStaffLink, STAFF_LINKS, staffLinkUrl } from '../../workers/store/staff-link.ts';
import { KEYRING, PUBLIC_URL, stand } from '../support/app.ts';
import { chromiumHere, openBrowser, openPage, pictureOf } from '../support/browser.ts';
import { freshDatabase } from '../support/database.ts';
import { FORM, pathToForm } from '../support/form-playbook.ts';
import { playbook } from '../support/temporal-play.ts';
import { depsOf, launchRun } from '../workers/virtual-run.ts';

describe.skipIf(chromiumHere === undefined)('on a phone', async () => {
  const { url } = await freshDatabase();
  const now = Date.now();
  const { app, store, team, colleague, program } = await stand(url);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  const base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  await colleague('lan@example.com', ['operator']);
  const keys = KEYRING.signingKeys(STAFF_LINKS);
  const browser = await openBrowser();
  const pathOf = (to: 'task' | 'run', id: string): string =>
    staffLinkUrl(PUBLIC_URL, signStaffLink(keys, { to, id }, now)).slice(PUBLIC_URL.length);

  const document = playbook(
    {
      start: ['start', {}, { out: 'n' }],
      n: [
        'human-task',
        {
          role: 'operator',
          title: {
            'zh-CN': '给三个老成员发直播预告，请他们各想一个问题',
            en: 'Ask three old hands for a question each before the live session',
          },
          script: {
            'zh-CN':
              '您好！周六晚上八点我们请到了收纳师小林。\n您有什么想问的？https://example.org/very/long/address/without/any/place/to/break/at/all/2026',
            en: 'Hello! On Saturday at eight we have Lin with us.\nWhat would you like to ask? https://example.org/very/long/address/without/any/place/to/break/at/all/2026',
          },
          outcomes: [
            { port: 'done', label: { 'zh-CN': '三个都约好了', en: 'All three agreed' } },
            { port: 'few', label: { 'zh-CN': '没有约满', en: 'Fewer than three' } },
          ],
          numbers: [{ name: 'asked', label: { 'zh-CN': '问了几个人', en: 'How many were asked' } }],
          evidence: true,
          due: { for: 'P1D' },
        },
        { done: 'end', few: 'end', expired: 'end' },
      ],
      end: ['end', {}],
    },
    { title: { 'zh-CN': '九周年大促活动', en: 'Ninth anniversary campaign' } },
  );
  const { run, plan } = await launchRun(store, team, { document, startAt: now, mode: 'real' });
  const node = plan.nodes.findIndex(({ id }) => id === 'n');
  const visit = { ordinal: 0, lap: 0, call: 0, at: now, due: now };
  await perform(depsOf(store, now), {
    run,
    calls: [{ batch: 0, node, effect: 'open-task', stage: 0, visits: [visit] }],
  });
  await notify(store.pool, { run: { id: run, team }, wall: now }, [
    {
      kind: 'alert',
      key: 'a',
      at: now,
      role: 'operator',
      text: {
        'zh-CN': '投诉半小时内超过 3 次，请马上看看群里发生了什么。',
        en: 'More than three complaints within half an hour: look into the group now.',
      },
      detail: {},
    },
  ]);
  const task = (await store.pool.query<{ id: string }>('select id from task where run_id = $1', [run]))
    .rows[0]!.id;

  /** A form that has been opened, and its address. */
  async function openedForm(): Promise<{ readonly form: string; readonly at: string }> {
    const launched = await launchRun(store, team, {
      document: playbook({
        start: ['start', {}, { out: 'n' }],
        n: ['collect-form', FORM as never, { submitted: 'z', expired: 'z' }],
        z: ['end', {}],
      }),
      startAt: now,
      mode: 'real',
    });
    const index = launched.plan.nodes.findIndex(({ id }) => id === 'n');
    await perform(depsOf(store, now), {
      run: launched.run,
      calls: [{ batch: 0, node: index, effect: 'open-form', stage: 0, visits: [visit] }],
    });
    const { rows } = await store.pool.query<{ id: string }>('select id from form where run_id = $1', [
      launched.run,
    ]);
    return { form: rows[0]!.id, at: pathToForm(launched.run, index, now) };
  }

  for (const lang of ['zh', 'en'] as const)
    for (const dark of [false, true])
      test(`${lang}, ${dark ? 'dark' : 'light'}`, async () => {
        const { page, said } = await openPage(browser, base, { width: 390, height: 844, dark });
        const name = `staff-${lang}${dark ? '-dark' : ''}`;
        const fits = () =>
          expect.poll(() => page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
        await page.goto(`${pathOf('task', task)}?lang=${lang}`);
        await page.locator('#password').waitFor();
        await page.screenshot({ path: pictureOf(`${name}-login`), fullPage: true });
        await fits();
        await page.locator('#email').fill('lan@example.com');
        await page.locator('#password').fill('correct horse battery');
        await page.getByRole('button').click();
        await page.locator('.script').waitFor();
        await page.screenshot({ path: pictureOf(`${name}-task`), fullPage: true });
        await fits();
        await page.goto(`${pathOf('run', run)}?lang=${lang}`);
        await page.locator('h1').waitFor();
        await page.screenshot({ path: pictureOf(`${name}-run`), fullPage: true });
        await fits();
        expect(said).toEqual([]);
        await page.context().close();
      });

  test('a colleague answers a task, and is asked for the proof that is missing', async () => {
    const { page, said } = await openPage(browser, base, { width: 390, height: 844 });
    await page.goto(pathOf('task', task));
    await page.locator('#email').fill('lan@example.com');
    await page.locator('#password').fill('correct horse battery');
    await page.getByRole('button').click();
    await page.getByLabel('问了几个人').fill('5');
    await page.getByRole('button', { name: '三个都约好了' }).click();
    await page.getByRole('alert').waitFor();
    await page.screenshot({ path: pictureOf('staff-zh-refused'), fullPage: true });
    await page.getByLabel(/凭证/).fill('https://example.org/shot.png');
    await page.getByRole('button', { name: '三个都约好了' }).click();
    await page.getByRole('status').waitFor();
    await page.screenshot({ path: pictureOf('staff-zh-done'), fullPage: true });
    const { rows } = await store.pool.query('select state::text, outcome from task where id = $1', [task]);
    expect(rows).toEqual([{ state: 'done', outcome: 'done' }]);
    expect(said.filter((it) => !it.includes('status of 4'))).toEqual([]);
    await page.context().close();
  });

  const LINKS = {
    invitation: async () => (await invite(store.pool, { team, roles: ['operator'], by: null, now })).token,
    named: async () =>
      (await invite(store.pool, { team, roles: ['owner'], email: 'mei@example.com', by: null, now })).token,
    expired: async () =>
      (await invite(store.pool, { team, roles: ['owner'], by: null, now: now - 8 * 86_400_000 })).token,
    unknown: async () => 'never-made-never-made',
  } as const;
  const SAYS = {
    zh: {
      invitation: '运营',
      named: '邀请是发给这个邮箱的。',
      expired: '这个链接过期了。',
      unknown: '看看复制得是否完整',
      create: '创建账号',
      signIn: '去登录',
    },
    en: {
      invitation: 'Operator',
      named: 'The invitation is for this address.',
      expired: 'This link has expired.',
      unknown: 'See whether it was copied whole',
      create: 'Create the account',
      signIn: 'Sign in',
    },
  } as const;

  for (const lang of ['zh', 'en'] as const)
    test(`an invitation says what it is worth, and whoever comes in keeps their language: ${lang}`, async () => {
      const { page, said } = await openPage(browser, base, { width: 390, height: 844, dark: lang === 'en' });
      const says = SAYS[lang];
      for (const [kind, make] of Object.entries(LINKS)) {
        await page.goto('about:blank');
        await page.goto(`${base}/setup?lang=${lang}#invitation=${await make()}`);
        await page.locator('#looking').waitFor({ state: 'hidden' });
        expect(await page.locator('main').innerText()).toContain(says[kind as keyof typeof LINKS]);
        await page.screenshot({ path: pictureOf(`join-${kind}-${lang}`), fullPage: true });
        await expect
          .poll(() => page.evaluate('document.documentElement.scrollWidth <= innerWidth'))
          .toBe(true);
        expect([kind, await barriersOn(page)]).toEqual([kind, []]);
      }
      await page.getByRole('link', { name: says.signIn }).waitFor();
      const token = await LINKS.invitation();
      await page.goto('about:blank');
      await page.goto(`${base}/setup?lang=${lang === 'zh' ? 'en' : 'zh'}#invitation=${token}`);
      // The other language keeps the link.
      await page.locator('.other').click();
      await page.locator('#name').fill('小雨');
      await page.locator('#email').fill(`yu-${lang}@example.com`);
      await page.locator('#password').fill('short');
      await page.locator('#show').check();
      await page.getByRole('button', { name: says.create }).click();
      expect(await page.locator('#password').evaluate((it) => it.matches(':invalid'))).toBe(true);
      await page.locator('#email').fill('lan@example.com');
      await page.locator('#password').fill('correct horse battery');
      await page.getByRole('button', { name: says.create }).click();
      await page.locator('#refused').waitFor();
      await page.screenshot({ path: pictureOf(`join-refused-${lang}`), fullPage: true });
      await page.locator('#email').fill(`yu-${lang}@example.com`);
      await page.getByRole('button', { name: says.create }).click();
      await page.waitForURL((url) => !url.pathname.endsWith('/setup'));
      expect(await page.evaluate(`localStorage.getItem('kindling.language')`)).toBe(lang);
      const { rows } = await store.pool.query('select locale from user_account where email = $1', [
        `yu-${lang}@example.com`,
      ]);
      expect(rows).toEqual([{ locale: lang === 'zh' ? 'zh-CN' : 'en' }]);
      await page.goto('about:blank');
      await page.goto(`${base}/setup?lang=${lang}#invitation=${token}`);
      await page.locator('#worthless').getByRole('heading').waitFor();
      await page.screenshot({ path: pictureOf(`join-spent-${lang}`), fullPage: true });
      expect(said.filter((it) => !/status of 4/.test(it))).toEqual([]);
      await page.context().close();
    });

  test.each(['zh', 'en'] as const)('a link that leads nowhere says what to do: %s', async (lang) => {
    const says = {
      zh: {
        '/m/opt-out': '请告诉群管理员',
        '/m/no-such-link': '找最新的链接',
        '/s/no-such-link': '请直接打开 Kindling',
      },
      en: {
        '/m/opt-out': 'Tell an admin of the group',
        '/m/no-such-link': 'Look for the newest one',
        '/s/no-such-link': 'Open Kindling itself',
      },
    }[lang];
    const { page, said } = await openPage(browser, base, { width: 390, height: 844, dark: lang === 'zh' });
    for (const [path, what] of Object.entries(says)) {
      await page.goto(`${path}?lang=${lang}`);
      await page.getByText(what).waitFor();
      await page.screenshot({
        path: pictureOf(`nowhere${path.replaceAll('/', '-')}-${lang}`),
        fullPage: true,
      });
      await expect.poll(() => page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      expect([path, await barriersOn(page)]).toEqual([path, []]);
    }
    expect(said.filter((it) => !it.includes('404'))).toEqual([]);
    await page.context().close();
  });

  test.each(['zh', 'en'] as const)(
    'a member fills in a form, and is told what is missing: %s',
    async (lang) => {
      const says = {
        zh: { send: '提交', missing: '请填写这一项。', kept: '还有几项需要修改', thanks: '已收到，谢谢！' },
        en: {
          send: 'Send',
          missing: 'Please answer this.',
          kept: 'Some answers need a change',
          thanks: 'Thank you!',
        },
      }[lang];
      const { page, said } = await openPage(browser, base, { width: 390, height: 844, dark: lang === 'en' });
      const look = async (state: string) => {
        await page.screenshot({ path: pictureOf(`form-${lang}-${state}`), fullPage: true });
        await expect
          .poll(() => page.evaluate('document.documentElement.scrollWidth <= innerWidth'))
          .toBe(true);
        expect([state, await barriersOn(page)]).toEqual([state, []]);
      };
      const name = page.getByLabel({ zh: '怎么称呼您？', en: 'Your name?' }[lang]);
      const { form, at } = await openedForm();
      await page.goto(`${at}?lang=${lang}`);
      await name.fill('   ');
      await page.locator('input[type=radio][value=sat]').check();
      // The browser asks for what must be filled in; blanks pass it, and not the server.
      await page.getByRole('button', { name: says.send }).click();
      await page.getByText(says.missing).waitFor();
      await page.getByText(says.kept).waitFor();
      await look('missing');
      expect(await page.locator('input[type=radio][value=sat]').isChecked()).toBe(true);
      await name.fill('小林');
      await page.getByRole('button', { name: says.send }).click();
      await page.getByRole('heading', { name: says.thanks }).waitFor();
      await look('thanks');
      const { rows } = await store.pool.query('select values from answer where form_id = $1', [form]);
      expect(rows).toEqual([{ values: { name: '小林', part: 'sat' } }]);
      expect(said.filter((it) => !/status of 4/.test(it))).toEqual([]);
      await page.context().close();
    },
  );

  test('a member says that they want no more, and it is kept', async () => {
    const operator = await program(['operator']);
    const member = String((await operator('POST', '/api/members', { name: '小林' })).body['id']);
    const { body } = await operator('GET', `/api/members/${member}/page`);
    const { page, said } = await openPage(browser, base, { width: 390, height: 844 });
    const path = String(body['url']).slice(PUBLIC_URL.length);
    for (const [lang, more] of [
      ['en', 'Send me nothing'],
      ['zh', '保存'],
    ] as const) {
      await page.goto(`${path}?lang=${lang}`);
      await page.getByText(more).first().waitFor();
      await page.screenshot({ path: pictureOf(`member-${lang}-preferences`), fullPage: true });
    }
    await page.locator('input[type=radio][value=nothing]').check();
    await page.getByRole('button').click();
    await page.getByRole('status').waitFor();
    const { rows } = await store.pool.query('select scope from opt_out where member_id = $1', [member]);
    expect(rows).toEqual([{ scope: 'all' }]);
    expect(said).toEqual([]);
    await page.context().close();
  });
});
