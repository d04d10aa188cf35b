// What members do, reported from outside: one event or up to a thousand, each recognised by the number its source gives it.
// And the sources themselves, as the owner declares them.
import type { FastifyInstance } from 'fastify';
import { typed } from '../../engine/json.ts';
import { inTransaction } from '../../workers/store/client.ts';
import { takeIn, type Item } from '../events/intake.ts';
import {
  CLOUD_EVENT,
  CLOUD_EVENTS,
  cloudEventSchema,
  eventSchema,
  MOST_EVENTS,
  readRequest,
} from '../events/report.ts';
import { wrongValue } from '../refusal.ts';
import { route, type Deps } from '../route.ts';
import { tellShards } from '../runs/control.ts';

export function eventRoutes(app: FastifyInstance, deps: Deps): void {
  // A scope of its own: CloudEvents are taken here and nowhere else.
  void app.register((scope, _options, done) => {
    const parser = scope.getDefaultJsonParser('error', 'error');
    scope.addContentTypeParser([CLOUD_EVENT, CLOUD_EVENTS], { parseAs: 'string' }, parser);
    ingestRoute(scope, deps);
    done();
  });
}

function ingestRoute(app: FastifyInstance, deps: Deps): void {
  route(app, deps, 'POST /api/events', {
    tag: 'events',
    // Each event is looked at by itself: a bad one does not keep the others out.
    takesAnything: true,
    says: {
      zh: `上报事件：一个，或 { "events": [...] } 一次最多 ${MOST_EVENTS} 个；也接受 CloudEvents 1.0（结构化、批量、二进制模式）。同一来源的同一编号 30 天内只算一次。每个都有回执。`,
      en: `Reports events: one, or { "events": [...] } with up to ${MOST_EVENTS}; CloudEvents 1.0 in structured, batched and binary mode are taken as well. The same number of the same source counts once in 30 days. Each gets its answer.`,
    },
    body: typed<unknown>({
      anyOf: [
        // What is wrong is said by the handler, event by event; the rest is for the documentation.
        {},
        eventSchema,
        {
          type: 'object',
          additionalProperties: false,
          required: ['events'],
          properties: { events: { type: 'array', minItems: 1, maxItems: MOST_EVENTS, items: eventSchema } },
        },
        cloudEventSchema,
        { type: 'array', minItems: 1, maxItems: MOST_EVENTS, items: cloudEventSchema },
      ],
    }),
    limit: 5_000_000,
    perMinute: 6_000,
    status: 202,
    handle: async ({ body, who, now, language, request: { headers } }) => {
      const request = readRequest(headers, body);
      if ('pointer' in request) throw wrongValue(request.pointer || '/', request.zh, request.en);
      const { items, nudges } = await inTransaction(deps.store.pool, (sql) =>
        takeIn(sql, { team: who.team, request, now, language }),
      );
      await tellShards(deps, nudges);
      const [only] = items;
      // Who sends one event and nothing else looks at the status alone.
      if (request.isSingle && only?.status === 'refused')
        throw wrongValue(only.place, only.message, only.message);
      const count = (status: Item['status']) => items.filter((it) => it.status === status).length;
      return {
        accepted: count('accepted'),
        duplicates: count('duplicate'),
        refused: count('refused'),
        items,
      };
    },
  });
}
