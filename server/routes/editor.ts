// The editor: the static files that its build has made, as they are. Before there are any, a page says that they are coming.
// Not what the editor says to the server: that is the API.
import { spawn } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import path from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { page } from '../pages/html.ts';
import { saying } from '../pages/sayings.ts';
import { Refusal } from '../refusal.ts';
import { route, type Deps } from '../route.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

const COMING = {
  zh: { title: '编辑器马上就好', text: '正在准备编辑器，几秒钟后会自动打开。' },
  en: {
    title: 'The editor is nearly ready',
    text: 'It is being prepared and opens by itself in a few seconds.',
  },
} as const;

export function editorRoutes(app: FastifyInstance, deps: Deps): void {
  const { editor } = deps;
  const isThere = (): boolean => editor !== undefined && existsSync(path.join(editor, 'index.html'));
  if (editor !== undefined && !isThere()) build();
  route(app, deps, 'GET /', {
    tag: 'editor',
    media: ['text/html'],
    says: { zh: '编辑器。', en: 'The editor.' },
    handle: ({ request, reply, language }) => {
      if (editor === undefined) return reply.redirect('/docs');
      if (isThere()) return file(request, reply, path.join(editor, 'index.html'));
      return reply
        .type(TYPES['.html']!)
        .header('refresh', '2')
        .serializer((text: string) => text)
        .send(page({ title: COMING[language].title, language }, saying(COMING[language])));
    },
  });
  route(app, deps, 'GET /assets/:name', {
    tag: 'editor',
    media: Object.values(TYPES).map((type) => type.replace(/;.*/, '')),
    says: { zh: '编辑器的文件。', en: 'A file of the editor.' },
    params: {
      type: 'object',
      additionalProperties: false,
      required: ['name'],
      properties: { name: { type: 'string', maxLength: 200, pattern: '^[\\w-]+(\\.[\\w-]+)+$' } },
    } as const,
    handle: ({ params, request, reply }) => {
      const found = editor === undefined ? '' : path.join(editor, 'assets', params.name);
      if (!existsSync(found)) throw new Refusal('not-found');
      // Its name changes with its content.
      return file(request, reply.header('cache-control', 'public, max-age=31536000, immutable'), found);
    },
  });
}

/** A file as it is, or as its build has compressed it, for whoever takes that. */
function file(request: FastifyRequest, reply: FastifyReply, name: string): FastifyReply {
  const packed = `${name}.gz`;
  const takesPacked = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? '')) && existsSync(packed);
  void reply.header('vary', 'accept-encoding').type(TYPES[path.extname(name)] ?? 'application/octet-stream');
  return takesPacked
    ? reply.header('content-encoding', 'gzip').send(createReadStream(packed))
    : reply.send(createReadStream(name));
}

/** In a process of its own, so that the server answers meanwhile and gives its memory back. */
function build(): void {
  const script = path.resolve(import.meta.dirname, '../../scripts/editor.mjs');
  spawn(process.execPath, [script], { stdio: ['ignore', 'ignore', 'inherit'] }).on('error', () => {});
}
