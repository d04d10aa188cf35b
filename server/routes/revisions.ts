// What a draft was, for whoever wants to look or go back. Going back is a save like every other, so nothing is lost by it.
import type { FastifyInstance } from 'fastify';
import { draftOf } from '../playbooks/store.ts';
import { revisionOf, revisionsOf } from '../playbooks/revisions.ts';
import { Refusal } from '../refusal.ts';
import { byId, counted, route, type Deps } from '../route.ts';

export function revisionRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/playbooks/:id/revisions', {
    tag: 'playbooks',
    says: {
      zh: '草稿以前的样子，最新的在前；越旧的留得越稀。',
      en: 'What the draft was, newest first; the older, the fewer are kept.',
    },
    params: byId,
    handle: async ({ params, who }) => {
      const about = { team: who.team, playbook: params.id };
      const { revision } = await draftOf(store.pool, about);
      return { revision, revisions: await revisionsOf(store.pool, about) };
    },
  });

  route(app, deps, 'GET /api/playbooks/:id/revisions/:revision', {
    tag: 'playbooks',
    says: { zh: '草稿在某一次保存时的内容。', en: 'The draft as it was saved once.' },
    params: {
      type: 'object',
      required: ['id', 'revision'],
      properties: { ...byId.properties, revision: counted },
    } as const,
    handle: async ({ params, who }) => {
      const found = await revisionOf(store.pool, {
        team: who.team,
        playbook: params.id,
        revision: params.revision,
      });
      if (found === undefined) throw new Refusal('not-found');
      return found;
    },
  });
}
