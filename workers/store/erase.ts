// Erasure of a member: everything personal goes, what is counted stays under an id that names nobody any more (I23).
// One transaction, however much there is. Not the request and its audit, which are the server's.
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from './client.ts';
import { command } from './control.ts';
import type { Nudge } from './inbox.ts';
import { asTheyAre } from './merged.ts';
import { eraseQuotations } from './quotations.ts';
import { runOf } from './run.ts';

/** What was done. */
export interface Erased {
  /** Who: not the record that was named, when it had been merged. */
  readonly member: string;
  /** It had been done before: nothing has changed. */
  readonly before: boolean;
  readonly nudges: readonly Nudge[];
}

interface Erasing {
  readonly team: number;
  readonly member: string;
  readonly by: string;
  readonly now: Instant;
}

interface Entered {
  readonly run: string;
  readonly graph: number;
  readonly ordinal: number;
  readonly over: boolean;
}

/** Erases the person whom an id names, undefined when the team has nobody of it. Again changes nothing. */
export async function erase(sql: Sql, asked: Erasing): Promise<Erased | undefined> {
  const { team } = asked;
  const member = await asTheyAre(sql, team, asked.member);
  const erasing = { ...asked, member };
  const { rows } = await sql.query<{ status: string }>(
    'select status::text from member where team_id = $1 and id = $2 for update',
    [team, member],
  );
  if (rows[0] === undefined) return undefined;
  if (rows[0].status === 'erased') return { member, before: true, nudges: [] };
  await sql.query(`select set_config('kindling.erasing', 'on', true)`);
  const { rows: entered } = await sql.query<Entered>(
    `select s.run_id as run, s.graph, s.ordinal, s.ended_at is not null or r.finished_at is not null as over
     from subject s join run r on r.id = s.run_id where s.team_id = $1 and s.member_id = $2 order by 1, 2, 3`,
    [team, member],
  );
  const said = await wordsOf(sql, erasing);
  const nudges = await endJourneys(sql, erasing, entered);
  for (const it of entered) await eraseVisits(sql, it);
  for (const statement of OF_MEMBER) await sql.query(statement, [team, member]);
  await eraseQuotations(sql, team, { words: said, runs: await runsOf(sql, member) });
  await sql.query(
    `update member set display_name = '–', external_key = null, attributes = '{}', tags = '{}', zone = null, locale = null,
       status = 'erased', erased_at = instant_of($3), links_after = instant_of($3)
     where team_id = $1 and id = $2`,
    [team, member, erasing.now],
  );
  await sql.query(`select set_config('kindling.erasing', 'off', true)`);
  return { member, before: false, nudges };
}

/**
 * What would tell who it was, wherever it was written: name, key, accounts, and texts of attributes that nobody shares.
 * A city that a hundred members live in names none of them.
 */
async function wordsOf(sql: Sql, { team, member }: Pick<Erasing, 'team' | 'member'>): Promise<string[]> {
  const { rows } = await sql.query<{ word: string }>(
    `select display_name as word from member where id = $2
     union select external_key from member where id = $2 and external_key is not null
     union select external_key from member_merge where into_id = $2 and external_key is not null
     union select external_id from member_identity where member_id = $2
     union select a.value #>> '{}' from member m cross join jsonb_each(m.attributes) as a
       where m.id = $2 and jsonb_typeof(a.value) = 'string' and not exists (
         select from member o where o.team_id = $1 and o.id <> $2 and o.attributes -> a.key = a.value)`,
    [team, member],
  );
  return rows.map(({ word }) => word);
}

/** The runs that may tell of the member: entered, written to, answered, or turned away from. */
async function runsOf(sql: Sql, member: string): Promise<string[]> {
  const { rows } = await sql.query<{ run: string }>(
    `select run_id as run from subject where member_id = $1 union select run_id from delivery where member_id = $1
     union select run_id from turned_away where member_id = $1
     union select f.run_id from answer a join form f on f.id = a.form_id where a.member_id = $1`,
    [member],
  );
  return rows.map(({ run }) => run);
}

/** Every visit that the member may stand on ends; an entry for one that is not live any more is ignored. */
async function endJourneys(
  sql: Sql,
  { member, by, now }: Erasing,
  entered: readonly Entered[],
): Promise<Nudge[]> {
  const nudges: Nudge[] = [];
  for (const { run, graph, ordinal, over } of entered) {
    if (over) continue;
    const { rows } = await sql.query<{ node: number; lap: number }>(
      `select node, lap from ledger where run_id = $1 and ordinal = $2
       union select node, lap from listener where run_id = $1 and ordinal = $2 and graph = $3 and member_id = $4
       except select node, lap from passed_by($1, $2) order by 1, 2`,
      [run, ordinal, graph, member],
    );
    const facts = await runOf(sql, run);
    for (const { node, lap } of rows) {
      if (facts?.plan.nodes[node]?.graph !== graph) continue;
      nudges.push(...(await command(sql, { run, control: { do: 'end', node, ordinal, lap }, by, now })));
    }
  }
  return nudges;
}

/** What was recorded of the member's visits: reasons with the values seen, texts of messages and tasks. */
async function eraseVisits(sql: Sql, { run, graph, ordinal }: Entered): Promise<void> {
  const facts = await runOf(sql, run);
  const nodes = (facts?.plan.nodes ?? []).flatMap((node, index) => (node.graph === graph ? [index] : []));
  for (const statement of OF_VISITS) await sql.query(statement, [run, ordinal, nodes]);
}

const OF = 'run_id = $1 and ordinal = $2 and node = any($3)';
const GONE = `'{"zh-CN": "（已删除）", "en": "(erased)"}'`;

const OF_VISITS: readonly string[] = [
  `update ledger set why = null where ${OF} and why is not null and state in ('done', 'doubt', 'released', 'intended')`,
  `update message set text = ${GONE}, posted = '' where ${OF}`,
  `update task set title = ${GONE}, script = '{}' where ${OF}`,
  `update task_decision set note = null, evidence = '[]' where task_id in (select id from task where ${OF})`,
  `delete from task_evidence where task_id in (select id from task where ${OF})`,
  `delete from task_evidence where task_id in (select id from task where ${OF})`,
  `update task_note set detail = '{}' where task_id in (select id from task where ${OF})`,
];

const OF_MEMBER: readonly string[] = [
  `update event_seen set source_id = 'erased/' || md5(source_id)
   where team_id = $1 and event_id in (select id from event where team_id = $1 and member_id = $2)`,
  `update event set data = '{}', source_id = 'erased/' || md5(source_id) where team_id = $1 and member_id = $2`,
  `update answer set values = '{}' where team_id = $1 and (member_id = $2 or by = 'member/' || $2::text)`,
  `delete from due where team_id = $1 and member = $2`,
  `update delivery set provider_id = null, reason = case when reason is null then null else 'erased' end
   where team_id = $1 and member_id = $2`,
  `delete from import_row where team_id = $1 and (member_id = $2 or key = (select external_key from member where id = $2)
     or accounts && array(select external_id from member_identity where member_id = $2))`,
  `update audit_log set detail = '{}' where team_id = $1 and subject = 'member/' || $2::text and detail <> '{}'`,
  `update turned_away set why = null where team_id = $1 and member_id = $2`,
  `update stay set key = 'erased/' || md5(key) where team_id = $1 and who = $2::text and key <> ''`,
  `update consent set evidence = '{}' where team_id = $1 and member_id = $2`,
  'update member_merge set external_key = null where team_id = $1 and into_id = $2',
  `delete from member_tag where team_id = $1 and member_id = $2`,
  `delete from member_identity where team_id = $1 and member_id = $2`,
];
