// Erasing a member in the middle of a journey: no table holds a word of theirs any more, and every sum is what it was.
import { afterAll, expect, test } from 'vitest';
import { seed } from '../../../prisma/seed.ts';
import { inTransaction, openStore } from '../../../workers/store/client.ts';
import { erase } from '../../../workers/store/erase.ts';
import { newId } from '../../../workers/store/id.ts';
import { ingest } from '../../../workers/store/event.ts';
import { PLACES } from '../../../workers/store/quotations.ts';
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
// With what means something elsewhere: in JSON, in regular expressions, in addresses.
const WORD = '哨兵Anne-Marie (7"';
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

/** Rows that quote the member, in every table that may: an approved review, a closed audit, somebody else's event. */
async function quoteEverywhere({
  run,
  member,
  word,
}: {
  run: string;
  member: string;
  word: string;
}): Promise<void> {
  const json = (value: unknown) => JSON.stringify(value);
  const said = json({ 'zh-CN': `谢谢${word}` });
  const id = () => newId(START);
  const [task, form, made, channel] = [
    id(),
    id(),
    id(),
    (await pool.query<{ id: string }>('select id from channel limit 1')).rows[0]!.id,
  ];
  const other = (
    await pool.query<{ id: string }>('select id from member where id <> $1 order by id limit 1', [member])
  ).rows[0]!.id;
  const at = new Date(START);
  for (const [text, values] of [
    [
      `insert into audit_log (team_id, at, actor_kind, action, subject, reason, detail) values ($1, $2, 'system', 'quote', 'run/x', $3, $4)`,
      [team, at, `因为${word}`, json({ count: 12, list: ['甲', word] })],
    ],
    [
      `insert into notice (team_id, run_id, kind, at, recorded_at, text, detail) values ($1, $5, 'alert', $2, $2, $3, $4)`,
      [team, at, said, json({ who: word }), run],
    ],
    [
      `insert into staff_message (team_id, kind, key, channel_id, text, next_at, created_at) values ($1, 'test', 'test/1', $2, $3, $4, $4)`,
      [team, channel, word, at],
    ],
    [
      `insert into report (id, team_id, run_id, node, ordinal, lap, state, data, markdown, drafted_at, due_at, approved_at, approved_by)
       values ($1, $2, $3, 0, 0, 0, 'approved', $4, $5, $6, $6, $6, 'x')`,
      [id(), team, run, json({ best: word }), json({ 'zh-CN': `谢谢${word}带来 12 人，${word}辛苦了` }), at],
    ],
    [
      `insert into event (team_id, name, source, source_id, member_id, at, recorded_at, data) values ($1, 'member.joined', 'wecom', 'x1', $2, $3, $3, $4)`,
      [team, other, at, json({ inviter: word })],
    ],
    [
      `insert into message (id, team_id, run_id, node, ordinal, lap, channel, class, mode, text, posted, at)
       values ($1, $2, $3, 88, 0, 0, 'simulator', 'service', 'auto', $4, $5, $6)`,
      [id(), team, run, said, word, at],
    ],
    [
      `insert into counted_link (id, team_id, run_id, node, url) values ($1, $2, $3, 77, $4)`,
      [id(), team, run, `https://example.org/?who=${encodeURIComponent(word)}&n=12`],
    ],
    [
      `insert into counted_link (id, team_id, run_id, node, url) values ($1, $2, $3, 78, $4)`,
      [id(), team, run, word],
    ],
    [
      `insert into task (id, team_id, run_id, node, ordinal, lap, kind, role, title, script, outcomes, opened_at, due_at)
       values ($1, $2, $3, 88, 0, 0, 'task', 'operator', $4, $4, '[]', $5, $5)`,
      [task, team, run, said, at],
    ],
    [
      `insert into task_decision (team_id, task_id, by, outcome, note, evidence, at, recorded_at) values ($1, $2, 'x', 'done', $3, $4, $5, $5)`,
      [team, task, word, json([word]), at],
    ],
    [
      `insert into task_note (team_id, task_id, kind, at, call, detail) values ($1, $2, 'reminded', $3, 0, $4)`,
      [team, task, at, json({ who: word })],
    ],
    [
      `insert into form (id, team_id, run_id, node, ordinal, lap, title, fields, opened_at, closes_at) values ($1, $2, $3, 88, 0, 0, $4, '[]', $5, $5)`,
      [form, team, run, said, at],
    ],
    [
      `insert into answer (id, team_id, form_id, by, member_id, at, values) values ($1, $2, $3, 'member/' || $4::text, $4::uuid, $5, $6)`,
      [id(), team, form, other, at, json({ friend: word })],
    ],
    [
      `update run set attributes = $2, tags = array[$3], text_overrides = $4, status_reason = $3 where id = $1`,
      [run, json({ winner: word }), word, json({ hello: { 'zh-CN': word } })],
    ],
    [
      `insert into run_event (run_id, team_id, at, recorded_at, kind, data) values ($1, $2, $3, $3, 'note', $4)`,
      [run, team, at, json({ who: word })],
    ],
    [
      `insert into member_merge (from_id, team_id, into_id, external_key, at) values ($1, $2, $3, $4 || 'old', $5)`,
      [id(), team, member, word, at],
    ],
    [`update membership set join_source = $2 where member_id = $1`, [other, word]],
    [
      `insert into opt_out (id, team_id, member_id, scope, at, source) values ($1, $2, $3, 'all', $4, $5)`,
      [id(), team, other, at, word],
    ],
    [
      `insert into import (id, team_id, format, dry_run, good_only, created_at, updated_at) values ($1, $2, 'csv', false, false, $3, $3)`,
      [made, team, at],
    ],
    [
      `insert into import_fault (import_id, team_id, line, code, values) values ($1, $2, 1, 'x', $3)`,
      [made, team, json({ got: word })],
    ],
    [
      `insert into import_row (import_id, line, team_id, id, key, name, tags, attributes, channels, accounts, groups, consents)
       values ($1, 1, $2, $3, $4 || 'key', $4, '{}', '{}', '{}', '{}', '{}', '{}')`,
      [made, team, id(), word],
    ],
    [
      `insert into turned_away (run_id, graph, who, team_id, at, reason, why) values ($1, 9, 'x', $2, $3, 'full', $4)`,
      [run, team, at, json({ name: word })],
    ],
    [
      `insert into stay (scope, journey, who, key, team_id, run_id, graph, ordinal, at) values ($1, 'j', $2, $3, $4, $1, 1, 0, $5)`,
      [run, member, word, team, at],
    ],
  ] as const)
    await pool.query(text, [...values]);
}

/** A screenshot that was handed in with a task about the member. */
async function fileOfOwnTask({ run, member }: { run: string; member: string }): Promise<string> {
  const [task, file] = [newId(START), newId(START)];
  await pool.query(
    `insert into task (id, team_id, run_id, node, ordinal, lap, kind, role, title, outcomes, opened_at, due_at)
     select $1, $2, $3, l.node, s.ordinal, 999, 'task', 'operator', '{}', '[]', instant_of($5), instant_of($5)
     from subject s join ledger l on l.run_id = s.run_id and l.ordinal = s.ordinal
     where s.run_id = $3 and s.member_id = $4 and s.graph = 1 and l.effect = 'send' limit 1`,
    [task, team, run, member, START],
  );
  await pool.query(
    `insert into task_evidence (id, team_id, task_id, by, type, bytes, at) values ($1, $2, $3, 'x', 'image/png', 'x', instant_of($4))`,
    [file, team, task, START],
  );
  return file;
}

// Columns with texts that erasure need not look at, and why: a new column has to be put somewhere before this passes.
const NO_WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'ids, codes, numbers and hashes': {
    answer: 'by',
    api_key: 'name token_hash prefix roles',
    audit_log: 'actor_kind actor_id action subject',
    channel_bucket: 'name recipient out',
    channel_health: 'closed_by failure',
    consent: 'purpose basis text_version',
    delivery: 'recipient charges reconciled_by requested_of',
    event: 'name source',
    event_seen: 'source',
    import: 'format options reason by',
    import_fault: 'field code',
    inbox: 'entry',
    launch: 'id',
    ledger: 'effect',
    listener: 'event',
    member_tag: 'source',
    membership: 'role',
    message: 'channel mode',
    metric_point: 'name source',
    metric_population: 'hash members instants',
    metric_snapshot: 'metric scope_kind zone groups facts sight cannot source',
    notice: 'kind role key',
    opt_out: 'scope value',
    node_count: 'port',
    passed_alone: 'port skipped',
    passed_together: 'port skipped',
    report: 'approved_by',
    run: 'plan_hash roles groups launched_by launch_key',
    run_event: 'kind',
    secret: 'name parts key_id nonce sealed',
    send_count: 'recipient',
    shard: 'counts',
    shard_checkpoint: 'state',
    shard_tick: 'results',
    staff_message: 'kind key reason provider_id',
    stay: 'journey who',
    stuck_visit: 'reason resolution resolved_by',
    subject: 'launch_id end_reason',
    task: 'kind role outcome',
    task_decision: 'by outcome numbers',
    task_evidence: 'by type',
    task_note: 'kind',
    trigger_launch: 'reason',
    turned_away: 'who reason',
    turned_count: 'reason',
    _prisma_migrations: 'id checksum migration_name logs',
    login_attempt: 'key',
    session: 'token_hash',
    entrance: 'event launch_id',
  },
  'what staff wrote for everybody, or about themselves': {
    attribute: 'key label choices',
    channel: 'name config secret_ref identity limits verified_by audience label',
    community: 'name purpose value',
    community_group: 'name external_id zone',
    draft: 'document',
    draft_revision: 'document',
    template: 'key title document origin',
    event_source: 'name channels',
    event_trigger: 'params roles audience',
    form: 'fields counts consent token_hash',
    invitation: 'token_hash roles email',
    notice_preference: 'address kinds quiet zone',
    plan: 'hash bytes',
    playbook: 'key title',
    playbook_version: 'document plan_hash problems note',
    run: 'params param_overrides script',
    schedule: 'cron zone params roles audience',
    segment: 'name rule',
    segment_snapshot: 'name cel source',
    staff_message: 'address',
    task: 'outcomes fields',
    team: 'name locale zone quiet caps currency',
    user_account: 'email name password_hash roles locale',
  },
  'nobody real': { person: 'tags attributes' },
};
// Erased as a whole, or deleted with the rows.
const WHOLE: Readonly<Record<string, string>> = {
  consent: 'evidence',
  delivery: 'reason provider_id',
  due: 'key payload event',
  event: 'source_id',
  event_seen: 'source_id',
  import_row: 'key name kind status zone locale tags attributes channels accounts groups consents opt_outs',
  ledger: 'why',
  member: 'display_name attributes tags zone locale external_key',
  member_identity: 'external_id',
  member_merge: 'external_key',
  member_tag: 'tag',
  stay: 'key',
  // Files of the member's own tasks; what others show nobody can tell.
  task_evidence: 'bytes',
};

test('every column that can hold words has its place in erasure', async () => {
  const { rows } = await pool.query<{ place: string }>(
    `select c.table_name || '.' || c.column_name as place from information_schema.columns c
     join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
       and c.table_name not in (select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid)
       and c.data_type in ('text', 'json', 'jsonb', 'ARRAY', 'character varying', 'character', 'bytea')`,
  );
  const placed = new Set(
    [
      ...Object.values(NO_WORDS),
      WHOLE,
      Object.fromEntries(PLACES.map((it) => [it.table, it.columns.join(' ')])),
    ].flatMap((tables) =>
      Object.entries(tables).flatMap(([table, columns]) => columns.split(' ').map((it) => `${table}.${it}`)),
    ),
  );
  expect(rows.map(({ place }) => place).filter((place) => !placed.has(place))).toEqual([]);
  expect([...placed].filter((place) => !rows.some((it) => it.place === place))).toEqual([]);
});

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
    await quoteEverywhere({ run, member, word: WORD });
    const file = await fileOfOwnTask({ run, member });
    const before = await holding(WORD);
    for (const { table, columns } of PLACES)
      for (const column of columns) expect(before, `${table}.${column}`).toContain(`${table}.${column}`);
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
    expect((await pool.query('select from task_evidence where id = $1', [file])).rowCount).toBe(0);
    // Around the words everything stays, and is still what it was.
    const { rows: quotes } = await pool.query<{ markdown: object; detail: object; url: string }>(
      `select (select markdown from report where run_id = $1), (select detail from audit_log where action = 'quote'),
         (select url from counted_link where run_id = $1 and node = 77)`,
      [run],
    );
    expect(quotes[0]).toEqual({
      markdown: { 'zh-CN': '谢谢（已删除）带来 12 人，（已删除）辛苦了' },
      detail: { count: 12, list: ['甲', '（已删除）'] },
      url: 'https://example.org/?who=（已删除）&n=12',
    });
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
    ).toEqual({ member, before: true, nudges: [] });
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
