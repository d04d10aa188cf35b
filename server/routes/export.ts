// The export of members: a file that an import takes again, of all of them or of a segment. Audited, as every copy of personal data.
// Not how the file is made: see server/members/export.ts.
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { audit } from '../audit.ts';
import { countMembers } from '../members/list.ts';
import { exported } from '../members/export.ts';
import { segmentOf } from '../members/segments.ts';
import { byId, route, type Deps } from '../route.ts';

/** How many members the file will hold. */
const MEMBERS_HEADER = 'kindling-members';

export function exportRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/members/export', {
    tag: 'members',
    media: ['text/csv', 'application/x-ndjson'],
    says: {
      zh: '导出成员（csv 或 jsonl），可限定一个分群；可以再导入。应答头 kindling-members 是人数。',
      en: 'Exports members as csv or jsonl, of a segment where one is named; an import takes it again. The header `kindling-members` says how many.',
    },
    query: {
      type: 'object',
      additionalProperties: false,
      required: ['format'],
      properties: { format: { enum: ['csv', 'jsonl'] }, segment: byId.properties.id },
    } as const,
    perMinute: 20,
    handle: async ({ query, who, now, reply }) => {
      const { format, segment: id } = query;
      const segment = id === undefined ? undefined : await segmentOf(store.pool, who.team, id);
      const subject = id === undefined ? 'members' : `segment/${id}`;
      await audit(store.pool, { who, action: 'member.export', subject, detail: { format }, now });
      const wanted = { team: who.team, now, segment };
      const file = exported(store.pool, { ...wanted, format });
      return (
        reply
          .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson; charset=utf-8')
          // For whoever shows how far it is.
          .header(MEMBERS_HEADER, await countMembers(store.pool, { ...wanted, limit: 1 }))
          .header('content-disposition', `attachment; filename="members.${format}"`)
          .send(Readable.from(file))
      );
    },
  });
}
