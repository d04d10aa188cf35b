// How each colleague wants to be told of what, and a test of a channel: both are only written here; workers/staff.ts sends.
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { isZone } from '../../engine/calendar/zone.ts';
import { channelKind } from '../../engine/channels/index.ts';
import { fits } from '../../engine/channels/kind.ts';
import { sayReason } from '../../engine/channels/reasons.ts';
import { noticeKinds, type NoticeKind } from '../../engine/notices.ts';
import { inTransaction, type Sql } from '../../workers/store/client.ts';
import { newId } from '../../workers/store/id.ts';
import { audit } from '../audit.ts';
import { Refusal, wrongValue } from '../refusal.ts';
import { byId, route, type Deps } from '../route.ts';

const time = { type: 'string', pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' } as const;
const preference = {
  type: 'object',
  additionalProperties: false,
  required: ['channel', 'kinds'],
  properties: {
    channel: { type: 'string', format: 'uuid', maxLength: 36 },
    address: { type: 'string', maxLength: 254 },
    kinds: {
      type: 'array',
      minItems: 1,
      maxItems: 20,
      uniqueItems: true,
      items: { enum: Object.keys(noticeKinds) as NoticeKind[] },
    },
    quiet: {
      type: 'object',
      additionalProperties: false,
      required: ['from', 'to'],
      properties: { from: time, to: time },
    },
    zone: { type: 'string', maxLength: 60 },
  },
} as const;

export function noticePreferenceRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps;
  route(app, deps, 'GET /api/me/notices', {
    tag: 'notices',
    says: { zh: '我想通过哪些渠道收到哪些提醒。', en: 'By which channels I want to be told of what.' },
    handle: async ({ who }) => {
      const { rows } = await store.pool.query(
        `select channel_id as channel, address, kinds, quiet, zone from notice_preference
         where team_id = $1 and user_id::text = $2 order by created_at, id`,
        [who.team, who.id],
      );
      return { kinds: noticeKinds, preferences: rows };
    },
  });
  route(app, deps, 'PUT /api/me/notices', {
    tag: 'notices',
    says: {
      zh: '设置提醒：渠道、地址、种类、免打扰时段（紧急的不等）。整份替换。',
      en: 'Says by which channels one wants to be told of what, and when not; what is urgent does not wait. Replaces all.',
    },
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['preferences'],
      properties: { preferences: { type: 'array', maxItems: 20, items: preference } },
    } as const,
    handle: ({ body, who, now }) => {
      if (who.kind !== 'user') throw new Refusal('needs-person');
      return inTransaction(store.pool, async (sql) => {
        await sql.query('delete from notice_preference where team_id = $1 and user_id = $2', [
          who.team,
          who.id,
        ]);
        for (const [index, { channel, address = '', kinds, quiet, zone }] of body.preferences.entries()) {
          const place = `/preferences/${index}`;
          if (zone !== undefined && !isZone(zone))
            throw wrongValue(
              `${place}/zone`,
              '不是时区名，例如 Asia/Shanghai',
              'it is no zone such as Asia/Shanghai',
            );
          refuseUnreachable(await channelOf(sql, who.team, channel), address, place);
          const { rowCount } = await sql.query(
            `insert into notice_preference (id, team_id, user_id, channel_id, address, kinds, quiet, zone, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, instant_of($9)) on conflict do nothing`,
            [
              newId(now),
              who.team,
              who.id,
              channel,
              address,
              kinds,
              quiet === undefined ? null : JSON.stringify(quiet),
              zone ?? null,
              now,
            ],
          );
          if (rowCount === 0)
            throw wrongValue(`${place}/channel`, '同一个渠道写了两次', 'the same channel stands there twice');
        }
        return {};
      });
    },
  });
  testRoute(app, deps);
}

interface Reachable {
  readonly kind: string;
  readonly audience: string;
}

async function channelOf(sql: Sql, team: number, id: string): Promise<Reachable> {
  const { rows } = await sql.query<Reachable>(
    'select kind::text, audience from channel where team_id = $1 and id = $2 and archived_at is null',
    [team, id],
  );
  if (rows[0] === undefined) throw wrongValue('/channel', '没有这个渠道', 'there is no such channel');
  return rows[0];
}

function refuseUnreachable({ kind: name, audience }: Reachable, address: string, place: string): void {
  const kind = channelKind(name);
  if (kind === undefined || kind.capabilities.sends !== 'auto' || name === 'simulator')
    throw wrongValue(`${place}/channel`, '这个渠道不能自动发送', 'this channel does not send by itself');
  const matches = (naming: { readonly pattern: string } | null) =>
    naming !== null && new RegExp(naming.pattern, 'u').test(address);
  const isMember = matches(kind.names.member);
  const isGroup =
    kind.names.group === null ? address === '' || matches(kind.mention) : matches(kind.names.group);
  if (!isMember && !isGroup) {
    const { example } = kind.names.member ?? kind.mention ?? { example: '' };
    throw wrongValue(
      `${place}/address`,
      `要写您在这个渠道上的名字，例如 ${example}`,
      `it must be your name on this channel, such as ${example}`,
    );
  }
  // What is said to colleagues must not be read by members.
  if (!isMember && audience !== 'staff')
    throw wrongValue(
      `${place}/channel`,
      '这个群不是内部群：先把渠道标为只给同事看',
      'this group is not the staff’s own: mark the channel as read by staff alone first',
    );
}

const WAIT_MS = 25_000;

function testRoute(app: FastifyInstance, deps: Deps): void {
  const { pool } = deps.store;
  route(app, deps, 'POST /api/channels/:id/test', {
    tag: 'channels',
    says: {
      zh: '发一条测试消息，等到结果：发出、失败和原因，或还没有工作进程来发。',
      en: 'Sends a test message and waits for what becomes of it: sent, failed and why, or that no worker has taken it up yet.',
    },
    params: byId,
    body: {
      type: 'object',
      additionalProperties: false,
      properties: {
        to: { type: 'string', maxLength: 254 },
        text: { type: 'string', minLength: 1, maxLength: 2_000 },
      },
    } as const,
    perMinute: 10,
    handle: async ({ params, body, who, now, language }) => {
      const text =
        body.text ??
        (language === 'zh' ? '这是 Kindling 薪火 的测试消息。' : 'This is a test message from Kindling.');
      const id = await inTransaction(pool, async (sql) => {
        const { rows } = await sql.query<{ kind: string }>(
          'select kind::text from channel where team_id = $1 and id = $2',
          [who.team, params.id],
        );
        if (rows[0] === undefined) throw new Refusal('not-found');
        const kind = channelKind(rows[0].kind);
        if (kind !== undefined && !fits(text, kind.capabilities))
          throw wrongValue('/text', '文字超过渠道允许的长度', 'it is longer than the channel takes');
        const made = await sql.query<{ id: number }>(
          `insert into staff_message (team_id, kind, key, channel_id, address, text, next_at, created_at)
           values ($1, 'test', $2, $3, $4, $5, instant_of($6), instant_of($6)) returning id`,
          [who.team, `test/${newId(now)}`, params.id, body.to ?? '', text, now],
        );
        await audit(sql, { who, action: 'channel.test', subject: `channel/${params.id}`, now });
        return made.rows[0]!.id;
      });
      for (const until = Date.now() + WAIT_MS; ; await sleep(250)) {
        const { rows } = await pool.query<{
          state: string;
          reason: string | null;
          providerId: string | null;
        }>('select state::text, reason, provider_id as "providerId" from staff_message where id = $1', [id]);
        const { state, reason, providerId } = rows[0]!;
        if (state !== 'waiting' || Date.now() > until)
          return { state, reason, says: reason === null ? null : sayReason(reason)[language], providerId };
      }
    },
  });
}
