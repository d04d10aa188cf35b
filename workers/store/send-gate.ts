// The counters behind the send gate: how many marketing messages each recipient has had, over all playbooks of a team.
// Not the decision: see engine/effects/send.ts. Whoever decides holds the counters' rows until the commit.
import type { Sql } from './client.ts';

/** A recipient's counter on a local day (days since 1970). */
export interface Counter {
  readonly recipient: string;
  readonly day: number;
}

/** What counts towards a recipient's caps. */
export interface Load {
  readonly today: number;
  readonly week: number;
}

export const counterKey = ({ recipient, day }: Counter): string => `${recipient}@${day}`;

/**
 * Takes the counters' rows and says what stands in them. Two gates that ask about one recipient follow each other:
 * the second sees what the first has let through. `week` is the day itself and the six before it.
 */
export async function lockLoads(
  sql: Sql,
  team: number,
  counters: readonly Counter[],
): Promise<Map<string, Load>> {
  if (counters.length === 0) return new Map();
  const asked = JSON.stringify(counters);
  // Always in the same order, so that no two gates wait for each other.
  await sql.query(
    `insert into send_count (team_id, recipient, day, count)
     select distinct $1::int, c.recipient, c.day, 0 from jsonb_to_recordset($2) as c (recipient text, day int)
     order by c.recipient, c.day
     on conflict (team_id, recipient, day) do update set count = send_count.count`,
    [team, asked],
  );
  const { rows } = await sql.query<Counter & Load>(
    `select c.recipient, c.day, sum(s.count) filter (where s.day = c.day) as today, sum(s.count) as week
     from (select distinct recipient, day from jsonb_to_recordset($2) as c (recipient text, day int)) as c
     join send_count s on s.team_id = $1 and s.recipient = c.recipient and s.day between c.day - 6 and c.day
     group by c.recipient, c.day`,
    [team, asked],
  );
  return new Map(rows.map(({ today, week, ...counter }) => [counterKey(counter), { today, week }]));
}

/** Counts what the gate has let through. */
export async function count(sql: Sql, team: number, counters: readonly Counter[]): Promise<void> {
  if (counters.length === 0) return;
  await sql.query(
    `insert into send_count (team_id, recipient, day, count)
     select $1, c.recipient, c.day, count(*) from jsonb_to_recordset($2) as c (recipient text, day int)
     group by c.recipient, c.day order by c.recipient, c.day
     on conflict (team_id, recipient, day) do update set count = send_count.count + excluded.count`,
    [team, JSON.stringify(counters)],
  );
}
