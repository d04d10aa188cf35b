// The page behind a set-up or invitation link: what the link is for, the form of a new account, and what to do with a link that
// is worth nothing any more. The token stays behind the #, so it reaches no log; the page's one script sends it to the API.
// Not who may come in: identity/invitations.ts.
import type { Language } from '../refusal.ts';
import { markup, page } from './html.ts';
import { otherOf } from './opening.ts';

const WORDS = {
  zh: {
    title: '创建账号',
    looking: '正在查看链接…',
    needsScript: '这个页面需要 JavaScript，请在浏览器里允许它。',
    setup: ['欢迎使用 Kindling 薪火', '先创建负责人的账号。之后您可以在「团队」里邀请同事。'],
    invitation: ['加入团队', '填好下面几项，就有了自己的账号。'],
    roles: '您的角色：',
    until: '链接有效到：',
    name: '姓名',
    nameHelp: '同事会看到。',
    email: '邮箱',
    emailHelp: '登录用。',
    emailFixed: '邀请是发给这个邮箱的。',
    password: '密码',
    passwordHelp: '至少 10 个字符。几个不相干的词连在一起，好记又难猜。',
    show: '显示密码',
    go: '创建账号',
    going: '正在创建…',
    away: '连不上服务器。您填的都还在，请稍后再试。',
    signIn: '去登录',
  },
  en: {
    title: 'Create an account',
    looking: 'Looking at the link…',
    needsScript: 'This page needs JavaScript: please allow it in your browser.',
    setup: [
      'Welcome to Kindling 薪火',
      'First, the account of the owner. Colleagues can be invited afterwards, under Team.',
    ],
    invitation: ['Join the team', 'Fill this in, and you have an account of your own.'],
    roles: 'Your roles: ',
    until: 'The link is good until ',
    name: 'Name',
    nameHelp: 'Colleagues see it.',
    email: 'E-mail',
    emailHelp: 'For signing in.',
    emailFixed: 'The invitation is for this address.',
    password: 'Password',
    passwordHelp:
      '10 characters or more. A few words that have nothing to do with each other are easy to keep and hard to guess.',
    show: 'Show the password',
    go: 'Create the account',
    going: 'Creating…',
    away: 'The server does not answer. What you have filled in is still here: try again later.',
    signIn: 'Sign in',
  },
} as const;

/** The page in a language. What is shown of it depends on the link, which only the browser knows. */
export function joiningPage(language: Language): string {
  const words = WORDS[language];
  const head = ([title, text]: readonly [string, string], kind: string) =>
    markup`<header data-kind="${kind}" hidden><h1>${title}</h1><p>${text}</p></header>`;
  return page(
    { title: words.title, language, other: otherOf(language) },
    markup`<noscript><p class="note bad">${words.needsScript}</p></noscript>
      <p id="looking" role="status">${words.looking}</p>
      <section id="worthless" role="alert" hidden>
        <h1></h1>
        <p></p>
        <p><a class="way" href="./">${words.signIn}</a></p>
      </section>
      <section id="joining" hidden data-away="${words.away}" data-fixed="${words.emailFixed}">
        ${head(words.setup, 'setup')} ${head(words.invitation, 'invitation')}
        <p class="soft" data-kind="invitation" hidden>
          ${words.roles}<b id="roles"></b><br />
          ${words.until}<time id="until"></time>
        </p>
        <form>
          <div class="field">
            <label class="ask" for="name">${words.name}</label>
            <input id="name" name="name" type="text" autocomplete="name" required maxlength="100" aria-describedby="name-help" />
            <p class="soft" id="name-help">${words.nameHelp}</p>
          </div>
          <div class="field">
            <label class="ask" for="email">${words.email}</label>
            <input id="email" name="email" type="email" autocomplete="username" required maxlength="254" aria-describedby="email-help" />
            <p class="soft" id="email-help">${words.emailHelp}</p>
          </div>
          <div class="field">
            <label class="ask" for="password">${words.password}</label>
            <input id="password" name="password" type="password" autocomplete="new-password" required minlength="10" maxlength="200"
              aria-describedby="password-help" />
            <p class="soft" id="password-help">${words.passwordHelp}</p>
            <label class="option"><input id="show" type="checkbox" /> ${words.show}</label>
          </div>
          <p class="note bad" id="refused" role="alert" hidden></p>
          <button data-busy="${words.going}">${words.go}</button>
        </form>
      </section>
      <script src="setup.js" defer></script>`,
  );
}

/** Its script: asks what the link is worth, shows what follows from it, and sends the form. */
export const JOINING_SCRIPT = `const language = document.documentElement.lang;
const [, kind, token] = /^#(setup|invitation)=(.+)$/.exec(location.hash) ?? [];
const find = (id) => document.querySelector('#' + id);
const joining = find('joining');

/** An answer of the API in the language of the page; undefined when the server is away. */
async function ask(path, body) {
  try {
    const answer = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-language': language },
      body: JSON.stringify(body),
    });
    return { isGood: answer.ok, ...(await answer.json()) };
  } catch {
    return undefined;
  }
}

function show(id) {
  find('looking').hidden = true;
  find(id).hidden = false;
}

function tell({ message, advice }) {
  const [title, text] = find('worthless').querySelectorAll('h1, p');
  title.textContent = message;
  text.textContent = advice;
  show('worthless');
}

async function look() {
  const link = await ask('api/invitations/look', { token: token ?? 'no token in the link' });
  if (link === undefined) tell({ message: joining.dataset.away, advice: '' });
  else if (!link.isGood) tell(link);
  else {
    for (const it of document.querySelectorAll('[data-kind]')) it.hidden = it.dataset.kind !== kind;
    find('roles').textContent = link.roles.map((it) => it[language === 'en' ? 'en' : 'zh']).join(language === 'en' ? ', ' : '、');
    find('until').textContent = new Date(link.expiresAt).toLocaleString(language, { dateStyle: 'long', timeStyle: 'short' });
    if (link.email !== null) {
      Object.assign(find('email'), { value: link.email, readOnly: true });
      find('email-help').textContent = joining.dataset.fixed;
    }
    show('joining');
    find('name').focus();
  }
}

const form = document.querySelector('form');
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = form.querySelector('button');
  const words = button.textContent;
  Object.assign(button, { disabled: true, textContent: button.dataset.busy });
  find('refused').hidden = true;
  const path = kind === 'setup' ? 'api/setup' : 'api/invitations/accept';
  const joined = await ask(path, { token, locale: language, ...Object.fromEntries(new FormData(form)) });
  if (joined?.isGood) {
    // The editor goes on in the language in which somebody has come in.
    localStorage.setItem('kindling.language', language === 'en' ? 'en' : 'zh');
    location.assign('./');
    return;
  }
  Object.assign(button, { disabled: false, textContent: words });
  const { message, advice } = joined ?? { message: joining.dataset.away, advice: '' };
  find('refused').textContent = language === 'en' ? message + ' ' + advice : message + advice;
  find('refused').hidden = false;
});
find('show').addEventListener('change', ({ target }) => {
  find('password').type = target.checked ? 'text' : 'password';
});
const other = document.querySelector('.other');
other.href += location.hash;
addEventListener('hashchange', () => location.reload());
void look();
`;
