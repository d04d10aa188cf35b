// The page that stands before the editor: behind a set-up or invitation link. What it shows is in pages/joining-page.ts.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { JOINING_SCRIPT, joiningPage } from '../pages/joining-page.ts';
import { spoken } from '../pages/opening.ts';
import { route, type Deps } from '../route.ts';

export function pageRoutes(app: FastifyInstance, deps: Deps): void {
  const send = (reply: FastifyReply, type: string, content: string): FastifyReply =>
    reply
      .type(`${type}; charset=utf-8`)
      .header('cache-control', 'no-store')
      .serializer((text: string) => text)
      .send(content);
  route(app, deps, 'GET /setup', {
    tag: 'pages',
    media: ['text/html'],
    says: { zh: '首次设置和接受邀请的页面。', en: 'The page behind set-up and invitation links.' },
    query: { type: 'object', properties: { lang: { type: 'string', maxLength: 20 } } } as const,
    handle: ({ query, reply, language }) =>
      send(reply, 'text/html', joiningPage(spoken(query.lang, null, language))),
  });
  route(app, deps, 'GET /setup.js', {
    tag: 'pages',
    media: ['text/javascript'],
    says: { zh: '上面页面的脚本。', en: 'Its script.' },
    handle: ({ reply }) => send(reply, 'text/javascript', JOINING_SCRIPT),
  });
}
