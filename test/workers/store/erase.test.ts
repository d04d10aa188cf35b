// Erasing a member in the middle of a journey: no table holds a word of theirs any more, and every sum is what it was.
import { afterAll, expect, test } from 'vitest';
import { seed } from '../../../prisma/seed.ts';
import { inTransaction, openStore } from '../../../workers/store/client.ts';
import { erase } from '../../../workers/store/erase.ts';
import { ingest } from '../../../workers/store/event.ts';
import { freshDatabase } from '../../support/database.ts';
import { depsOf, journeyPlaybook, launchRun, VirtualRun } from '../virtual-run.ts';

const { url } = await freshDatabase();
const START = Date.UTC(2026, 11, 1, 4);
const DAY = 86_400_000;
await seed(url, START - 1_000);
const store = openStore(url);
afterAll(() => store.close());
const { pool } = store;
const team = (await pool.query<{ id: number }>('select id from team')).rows[0]!.id;
const groups = (await pool.query<{ id: string }>('select id from community_group')).rows.map(({ id }) => id);
const WORD = '哨兵Sentinel"7';
const text = (words: string) => ({ 'zh-CN': words });

/** Every text and every JSON of the database that holds the word: table and column. */
async function holding(word: string): Promise<string[]> {
  const { rows } = await pool.query<{ table: string; column: string }>(
    `select c.table_name as "table", c.column_name as "column" from information_schema.columns c
     join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.data_type in ('text', 'json', 'jsonb', 'ARRAY', 'character varying')`,
  );
  const found: string[] = [];
  for (const { table, column } of rows) {
    const { rows: hits } = await pool.query<{ n: number }>(
      `select count(*) as n from "${table}" where "${column}"::text like $1 or "${column}"::text like $2`,
      [`%${word}%`, `%${JSON.stringify(word).slice(1, -1).replaceAll('\\', '\\\\')}%`],
    );
    if (hits[0]!.n > 0) found.push(`${table}.${column}`);
  }
  return found;
}

const SUMS = [
  'member',
  'membership',
  'consent',
  'opt_out',
  'event',
  'event_seen',
  'ledger',
  'passed',
  'message',
  'delivery',
  'task',
  'task_decision',
  'answer',
  'subject',
  'send_count',
  'metric_point',
  'segment_snapshot_member',
];
const sums = async () =>
  Object.fromEntries(
    await Promise.all(
      SUMS.map(
        async (table) =>
          [
            table,
            (await pool.query<{ n: number }>(`select count(*) as n from ${table}`)).rows[0]!.n,
          ] as const,
      ),
    ),
  );

test(
  'leaves no word and changes no sum, ends the journey, and can be done again',
  { timeout: 60_000 },
  async () => {
    const { rows } = await pool.query<{ id: string }>(
      `select m.id from member m join consent c on c.member_id = m.id order by m.id limit 1`,
    );
    const member = rows[0]!.id;
    await pool.query(
      `update member set display_name = $2, external_key = $2 || 'key', tags = array[$2], attributes = attributes || jsonb_build_object('city', $2::text) where id = $1`,
      [member, WORD],
    );
    await pool.query(`update member_identity set external_id = $2 where member_id = $1`, [member, WORD]);
    await pool.query(
      `update consent set evidence = jsonb_build_object('ip', $2::text) where member_id = $1`,
      [member, WORD],
    );
    await pool.query(
      `insert into member_tag (member_id, tag, team_id, source, at) values ($1, $2, $3, 'api', now())`,
      [member, WORD, team],
    );
    const message = (to: string) =>
      [
        'send-message',
        {
          channel: 'simulator',
          audience: { subject: true },
          text: text('{{ member.name }}，来自{{ member.city }}'),
          class: 'service',
        },
        { sent: to, partial: to, skipped: to, expired: to, failed: to },
      ] as const;
    const document = journeyPlaybook(
      {
        in: ['enter', {}, { out: 'first' }],
        first: message('mark'),
        mark: ['set-attribute', { name: 'level', value: 2 }, { done: 'wait' }],
        wait: [
          'wait-for-event',
          { topics: [{ event: 'member.signed-up', port: 'up' }], within: 'P3D' },
          { up: 'second', timeout: 'second' },
        ],
        second: message('done'),
        done: ['end', { reason: 'through' }],
      },
      {
        rehearsal: {
          attributes: { city: { 上海: 1 } },
          rates: { optOut: 0, reply: 1, signUp: 0, read: 1, click: 0 },
        },
      },
    );
    const { run, plan } = await launchRun(store, team, { document, startAt: START, groups, seed: 3 });
    const virtual = new VirtualRun(depsOf(store, START), run, plan, { startAt: START, seed: 3 });
    await virtual.runUntil(START + DAY);
    await ingest(
      store,
      team,
      [
        {
          name: 'member.replied',
          source: 'wecom',
          sourceId: `${WORD}-1`,
          at: START + DAY,
          member,
          data: { text: WORD },
        },
      ],
      START + DAY,
    );
    const before = await holding(WORD);
    for (const place of [
      'member.display_name',
      'member_identity.external_id',
      'event.data',
      'event.source_id',
      'event_seen.source_id',
      'message.text',
      'consent.evidence',
      'member_tag.tag',
    ])
      expect(before, place).toContain(place);
    const counted = await sums();

    const done = await inTransaction(pool, (sql) =>
      erase(sql, { team, member, by: 'somebody', now: START + DAY }),
    );
    expect(done).toMatchObject({ before: false });
    expect(done!.nudges.length).toBeGreaterThan(0);
    expect(await holding(WORD)).toEqual([]);
    const { member_tag: _tag, ...same } = { ...counted, member_tag: 0 };
    expect(await sums()).toEqual(same);

    // The journey of the member ends, the others go on; nobody writes to the member again.
    await virtual.runUntil();
    const { rows: ends } = await pool.query<{ reason: string; n: number }>(
      `select end_reason as reason, count(*) as n from subject where run_id = $1 and graph = 1 and member_id = $2 group by 1`,
      [run, member],
    );
    expect(ends).toHaveLength(1);
    expect(ends[0]!.reason).not.toBe('through');
    const { rows: sent } = await pool.query<{ n: number }>(
      `select count(*) as n from delivery where run_id = $1 and member_id = $2`,
      [run, member],
    );
    expect(sent[0]!.n).toBe(1);
    expect(
      await inTransaction(pool, (sql) => erase(sql, { team, member, by: 'somebody', now: START + 9 * DAY })),
    ).toEqual({ before: true, nudges: [] });
    expect(
      await inTransaction(pool, (sql) => erase(sql, { team: team + 1, member, by: 'x', now: START })),
    ).toBeUndefined();
  },
);

test('is the only way to change what is append-only, and changes words alone', async () => {
  await expect(pool.query(`update event set data = '{"a":1}'`)).rejects.toThrow(/append-only/);
  await inTransaction(pool, async (sql) => {
    await sql.query(`select set_config('kindling.erasing', 'on', true)`);
    await expect(sql.query(`update ledger set code = 7`)).rejects.toThrow(/append-only/);
  }).catch(() => {});
  await expect(pool.query(`update ledger set why = null where why is not null`)).rejects.toThrow(
    /append-only/,
  );
});
