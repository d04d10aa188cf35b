// What members do, reported from outside: one event or up to a thousand, each recognised by the number its source gives it.
// An answer for each: a bad one does not keep the others out.
import type { FastifyInstance } from 'fastify';
import { parseInstant, type Instant } from '../../engine/instant.ts';
import { typed, type JsonObject } from '../../engine/json.ts';
import { inTransaction, type Sql } from '../../workers/store/client.ts';
import { ingestIn, type IncomingEvent } from '../../workers/store/event.ts';
import type { Language } from '../refusal.ts';
import { route, type Deps } from '../route.ts';
import { tellShards } from '../runs/control.ts';
import { unstorable } from '../storable.ts';
import { makeCheck } from '../validate.ts';

/** The most events in one request. */
export const MOST_EVENTS = 1_000;

/** An event as it is reported. */
interface Reported {
  readonly name: string;
  readonly source: string;
  readonly sourceId: string;
  readonly at?: string;
  readonly member?: string;
  readonly group?: string;
  readonly community?: string;
  readonly data?: JsonObject;
}

const uuid = { type: 'string', format: 'uuid' };
const event = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'source', 'sourceId'],
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 100, pattern: '^[\\w.-]+$' },
    source: { type: 'string', minLength: 1, maxLength: 100, not: { pattern: '^(run/|(form|page|link)$)' } },
    sourceId: { type: 'string', minLength: 1, maxLength: 200 },
    at: { type: 'string', format: 'date-time' },
    member: uuid,
    group: uuid,
    community: uuid,
    data: { type: 'object', maxProperties: 50 },
  },
};

/** What became of one event. */
type Item =
  | { readonly status: 'accepted' | 'duplicate' }
  | { readonly status: 'refused'; readonly place: string; readonly message: string };

/** A clock may be ahead of ours; what lies further in the future is a mistake. */
const AHEAD_MS = 10 * 60_000;
const MOST_DATA = 10_000;

const WORDS = {
  future: { zh: '时间在未来', en: 'it lies in the future' },
  data: { zh: `data 超过 ${MOST_DATA} 个字符`, en: `data is longer than ${MOST_DATA} characters` },
  unknown: { zh: '团队里没有', en: 'the team has none of this id' },
  characters: {
    zh: '有不能保存的字符，或嵌套太深',
    en: 'it holds characters that cannot be stored, or is nested too deeply',
  },
};

export function eventRoutes(app: FastifyInstance, deps: Deps): void {
  const check = makeCheck(event);
  route(app, deps, 'POST /api/events', {
    tag: 'events',
    // Each event is looked at by itself: a bad one does not keep the others out.
    takesAnything: true,
    says: {
      zh: `上报事件：一个，或 { "events": [...] } 一次最多 ${MOST_EVENTS} 个。同一来源的同一编号 30 天内只算一次。每个都有回执。`,
      en: `Reports events: one, or { "events": [...] } with up to ${MOST_EVENTS}. The same number of the same source counts once in 30 days. Each gets its answer.`,
    },
    body: typed<Reported | { readonly events: readonly unknown[] }>({
      type: 'object',
      oneOf: [
        event,
        {
          type: 'object',
          additionalProperties: false,
          required: ['events'],
          properties: { events: { type: 'array', minItems: 1, maxItems: MOST_EVENTS } },
        },
      ],
    }),
    limit: 5_000_000,
    perMinute: 6_000,
    status: 202,
    handle: async ({ body, who, now, language }) => {
      const reported: readonly unknown[] = 'events' in body ? body.events : [body];
      const { items, nudges } = await inTransaction(deps.store.pool, (sql) =>
        takeIn(sql, { team: who.team, reported, now, language, check }),
      );
      await tellShards(deps, nudges);
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

interface Batch {
  readonly team: number;
  readonly reported: readonly unknown[];
  readonly now: Instant;
  readonly language: Language;
  readonly check: ReturnType<typeof makeCheck>;
}

async function takeIn(sql: Sql, batch: Batch) {
  const { team, reported, now, language, check } = batch;
  const known = await knownIds(sql, team, reported);
  const faults = reported.map((it) => check(it) ?? faultOf(it as Reported, known, now));
  const good = reported.flatMap((it, index) =>
    faults[index] === undefined ? [{ index, event: incoming(it as Reported, now) }] : [],
  );
  const { fresh, nudges } = await ingestIn(sql, { team, now, events: good.map((it) => it.event) });
  const accepted = new Set([...fresh].map((place) => good[place]!.index));
  const items = faults.map((fault, index): Item => {
    if (fault !== undefined)
      return { status: 'refused', place: fault.pointer || '/', message: fault[language] };
    return { status: accepted.has(index) ? 'accepted' : 'duplicate' };
  });
  return { items, nudges };
}

function faultOf(
  { at, data, member, group, community, name, source, sourceId }: Reported,
  known: ReadonlySet<string>,
  now: Instant,
) {
  if (at !== undefined && (parseInstant(at) ?? Infinity) > now + AHEAD_MS)
    return { pointer: '/at', ...WORDS.future };
  if (unstorable({ name, source, sourceId, data }) !== undefined)
    return { pointer: '/', ...WORDS.characters };
  const text = JSON.stringify(data ?? {});
  if (text.length > MOST_DATA) return { pointer: '/data', ...WORDS.data };
  const ids = { member, group, community };
  const stranger = Object.entries(ids).find(([, id]) => id !== undefined && !known.has(id.toLowerCase()));
  return stranger === undefined ? undefined : { pointer: `/${stranger[0]}`, ...WORDS.unknown };
}

function incoming({ at, ...event }: Reported, now: Instant): IncomingEvent {
  return { ...event, at: at === undefined ? now : Math.min(parseInstant(at) ?? now, now) };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The ids among what was reported that the team has. */
async function knownIds(sql: Sql, team: number, reported: readonly unknown[]): Promise<Set<string>> {
  const ids = reported.flatMap((it) => {
    const { member, group, community } = (typeof it === 'object' && it !== null ? it : {}) as Reported;
    return [member, group, community].filter((id): id is string => typeof id === 'string' && UUID.test(id));
  });
  if (ids.length === 0) return new Set();
  const { rows } = await sql.query<{ id: string }>(
    `select id from member where team_id = $1 and id = any($2)
     union all select id from community_group where team_id = $1 and id = any($2)
     union all select id from community where team_id = $1 and id = any($2)`,
    [team, [...new Set(ids)]],
  );
  return new Set(rows.map(({ id }) => id));
}
