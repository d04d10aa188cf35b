// The counters behind the send gate: how many messages each recipient and each channel account has had on each day,
// over all playbooks of a team. Not the decision: see engine/effects/send-gate.ts. Whoever decides holds the counters'
// rows until the commit.
import type { Sql } from './client.ts';

/** A counter on a local day (days since 1970). */
export interface Counter {
  readonly key: string;
  readonly day: number;
}

/** A counter, and the day from which on one asks. */
export interface Stretch extends Counter {
  readonly from: number;
  /** The day has only just begun: somebody may still be counting for the one before. */
  readonly isYoung: boolean;
}

/** A counter of one day as one word. Days are counted from 1970. */
export const counterKey = ({ key, day }: Counter): string => `${key}@${day}`;

/**
 * Takes the counters' rows and says what stands in them: counts by day, that of `day` first, back to `from`. Two gates
 * that ask about one recipient follow each other: the second sees what the first has let through.
 */
export async function lockCounts(
  sql: Sql,
  team: number,
  stretches: readonly Stretch[],
): Promise<Map<string, number[]>> {
  if (stretches.length === 0) return new Map();
  const asked = distinct(stretches);
  const locked = [
    ...asked,
    ...asked.filter(({ isYoung }) => isYoung).map((it) => ({ ...it, day: it.day - 1 })),
  ];
  // Always in the same order, so that no two gates wait for each other.
  await sql.query(
    `insert into send_count (team_id, recipient, day, count)
     select distinct $1::int, c.key, c.day, 0 from unnest($2::text[], $3::int[]) as c (key, day) order by c.key, c.day
     on conflict (team_id, recipient, day) do update set count = send_count.count`,
    [team, locked.map(({ key }) => key), locked.map(({ day }) => day)],
  );
  const { rows } = await sql.query<{ no: number; ago: number; count: number }>(
    `select c.no, c.day - s.day as ago, s.count
     from unnest($2::text[], $3::int[], $4::int[]) with ordinality as c (key, day, "from", no)
     cross join lateral (
       select day, count from send_count
       where team_id = $1 and recipient = c.key and day between c.from and c.day and count > 0 offset 0) as s`,
    [team, asked.map(({ key }) => key), asked.map(({ day }) => day), asked.map(({ from }) => from)],
  );
  const counts = asked.map((): number[] => []);
  for (const { no, ago, count } of rows) counts[no - 1]![ago] = count;
  return new Map(
    asked.map((it, index) => [counterKey(it), Array.from(counts[index]!, (count) => count ?? 0)]),
  );
}

/** One stretch for each counter and day: the longest. */
function distinct(stretches: readonly Stretch[]): Stretch[] {
  const longest = new Map<string, Stretch>();
  for (const it of stretches) {
    const known = longest.get(counterKey(it));
    if (known === undefined || it.from < known.from) longest.set(counterKey(it), it);
  }
  return [...longest.values()];
}

/** Counts what the gate has let through. */
export const count = (sql: Sql, team: number, counters: readonly Counter[]): Promise<void> =>
  change(sql, team, counters, COUNT);

/** Takes back what was counted for messages that did not go out after all. */
export const giveBack = (sql: Sql, team: number, counters: readonly Counter[]): Promise<void> =>
  change(sql, team, counters, GIVE_BACK);

const COUNT = `
  insert into send_count (team_id, recipient, day, count)
  select $1, c.key, c.day, count(*) from unnest($2::text[], $3::int[]) as c (key, day)
  group by c.key, c.day order by c.key, c.day
  on conflict (team_id, recipient, day) do update set count = send_count.count + excluded.count`;

const GIVE_BACK = `
  with back as (
    select c.key, c.day, count(*) as count from unnest($2::text[], $3::int[]) as c (key, day) group by c.key, c.day
  ), held as (
    select s.recipient, s.day, b.count as back from back b
    join send_count s on s.team_id = $1 and s.recipient = b.key and s.day = b.day
    order by s.recipient, s.day for update of s
  )
  update send_count s set count = greatest(s.count - h.back, 0)
  from held h where s.team_id = $1 and s.recipient = h.recipient and s.day = h.day`;

async function change(
  sql: Sql,
  team: number,
  counters: readonly Counter[],
  statement: string,
): Promise<void> {
  if (counters.length === 0) return;
  await sql.query(statement, [team, counters.map(({ key }) => key), counters.map(({ day }) => day)]);
}
