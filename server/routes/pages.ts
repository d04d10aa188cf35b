// The page that stands before the editor: the form behind a set-up or invitation link.
// The link's token stays behind the #, so it reaches no log; the form sends it to the API.
import type { FastifyInstance } from 'fastify';
import { route, type Deps } from '../route.ts';

const FORM = `<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Kindling 薪火</title>
<style>
body { font: 16px/1.6 system-ui, sans-serif; max-width: 26rem; margin: 10vh auto; padding: 0 1rem }
label { display: block; margin: 1rem 0 } input { font: inherit; width: 100%; box-sizing: border-box; padding: .4rem }
button { font: inherit; padding: .5rem 1.5rem } output { display: block; margin-top: 1rem }
</style>
<h1>Kindling 薪火</h1>
<form>
<label>姓名 Name <input name="name" autocomplete="name" required maxlength="100"></label>
<label>邮箱 E-mail <input name="email" type="email" autocomplete="username" required></label>
<label>密码（至少 10 个字符） Password (10 characters or more)
<input name="password" type="password" autocomplete="new-password" minlength="10" required></label>
<button>创建账号 Create the account</button>
<output></output>
</form>
<script src="/setup.js"></script></html>`;

const SCRIPT = `// Sends the form together with the token of the link.
const [, kind, token] = /^#(setup|invitation)=(.+)$/.exec(location.hash) ?? [];
const form = document.querySelector('form');
const output = document.querySelector('output');
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const path = kind === 'setup' ? '/api/setup' : '/api/invitations/accept';
  const body = JSON.stringify({ token: token ?? 'no-token-in-link', ...Object.fromEntries(new FormData(form)) });
  const answer = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  if (answer.ok) location.assign('/');
  else {
    const { message, advice } = await answer.json();
    output.textContent = message + ' ' + advice;
  }
});
`;

export function pageRoutes(app: FastifyInstance, deps: Deps): void {
  const page =
    (type: string, content: string) =>
    async ({ reply }: { reply: import('fastify').FastifyReply }) =>
      reply
        .type(type)
        .header('cache-control', 'no-store')
        .serializer((text: string) => text)
        .send(content);
  route(app, deps, 'GET /setup', {
    tag: 'pages',
    media: ['text/html'],
    says: { zh: '首次设置和接受邀请的页面。', en: 'The page behind set-up and invitation links.' },
    handle: page('text/html; charset=utf-8', FORM),
  });
  route(app, deps, 'GET /setup.js', {
    tag: 'pages',
    media: ['text/javascript'],
    says: { zh: '上面页面的脚本。', en: 'Its script.' },
    handle: page('text/javascript; charset=utf-8', SCRIPT),
  });
}
