// Whether channel accounts have handed over more than their budgets and limits allow (I11), by those that the gate saw.
// In code, because limits are data of an account and periods follow a calendar.
import { periodAround } from '../../../engine/effects/budget.ts';
import { limitsOf, type Limits } from '../../../engine/channels/limits.ts';
import type { Sql } from '../client.ts';
import { LET_THROUGH, type Breach, type Says } from './invariant.ts';

const BUDGET: Says = {
  zh: '渠道账号没有用超任何预算（I11）',
  en: 'no channel account has used up more than a budget grants (I11)',
};
const RATE: Says = {
  zh: '渠道账号没有超过任何速率限制（I11）',
  en: 'no channel account has handed over faster than its limits allow (I11)',
};

interface Account {
  readonly id: string;
  readonly kind: string;
  readonly own: Partial<Limits> | null;
}

/** The accounts that have done more than they may. */
export async function overBudget(sql: Sql, team: number | null): Promise<Breach[]> {
  const { rows: accounts } = await sql.query<Account>(
    `select id, kind::text, limits as own from channel where $1::int is null or team_id = $1`,
    [team],
  );
  const breaches: Breach[] = [];
  for (const { id, kind, own } of accounts) {
    const { budgets, rates } = limitsOf(kind, own);
    for (const budget of budgets)
      breaches.push(...(await spent(sql, id, budget)), ...(await overdrawn(sql, id, budget)));
    for (const rate of rates) breaches.push(...(await hurried(sql, id, rate)));
  }
  return breaches;
}

// Two records that have become one may have had, together, more than one of them.
async function spent(sql: Sql, channel: string, budget: Limits['budgets'][number]): Promise<Breach[]> {
  const own = `channel/${channel}`;
  const { rows } = await sql.query<{ key: string; day: number; count: number; seen: number | null }>(
    `with seen as (
       select c.value ->> 0 as key, (c.value ->> 1)::int as day, max((charges -> 'seen' -> 'budgets' ->> $3)::int) as most
       from delivery cross join jsonb_array_elements(charges -> 'counts') as c where channel_id = $4 group by 1, 2
     )
     select recipient as key, s.day, count, seen.most as seen from send_count s
     left join seen on seen.key = s.recipient and seen.day = s.day
     where case when $2 = 'account' then recipient = $1 when $2 = 'recipient' then recipient like $1 || '/%'
       else recipient like $1 || '/' || $2 || '/%' end and count > 0
       and not exists (select from member_merge g where recipient = $1 || '/member/' || g.into_id)`,
    [own, budget.of, budget.name, channel],
  );
  const used = new Map<
    string,
    { readonly count: number; readonly most: number; readonly seen: number | null }
  >();
  for (const { key, day, count, seen } of rows) {
    const { from, count: most } = periodAround(budget, day);
    const name = `${key} ${budget.name} ${from}`;
    const before = used.get(name);
    used.set(name, {
      count: (before?.count ?? 0) + count,
      most,
      seen: Math.max(before?.seen ?? 0, seen ?? 0) || null,
    });
  }
  return [...used]
    .map(([name, { count, most, seen }]) => ({ name, count, most: seen ?? most }))
    .filter(({ count, most }) => count > most)
    .map(({ name, count, most }) => ({
      invariant: 'I11-budget',
      says: BUDGET,
      what: `${name}: ${count} > ${most}`,
    }));
}

// Each message is asked how many of its period there were with it: by the budget that the gate saw just then, which may have been
// another one before and afterwards. Of those of one instant, the ones that saw less are taken to have come first.
async function overdrawn(sql: Sql, channel: string, budget: Limits['budgets'][number]): Promise<Breach[]> {
  const { rows } = await sql.query<{ key: string; place: number; most: number }>(
    `with charged as (
       select c.value ->> 0 as key, (charges -> 'seen' -> 'budgets' ->> $1)::int as most,
         date_trunc($2, date '1970-01-01' + (c.value ->> 1)::int) as period, coalesce(gated_at, requested_at, at) as at
       from delivery d cross join jsonb_array_elements(charges -> 'counts') as c
       where channel_id = $3 and state in ${LET_THROUGH} and charges -> 'seen' -> 'budgets' ->> $1 is not null
         and not exists (select from member_merge g where g.into_id = d.member_id)
     ), placed as (
       select *, row_number() over (partition by key, period order by at, most) as place from charged
       where case when $4 = 'account' then key = $5 when $4 = 'recipient' then key like $5 || '/%'
         else key like $5 || '/' || $4 || '/%' end)
     select key || ' ' || period::date as key, max(place)::int as place, min(most) as most
     from placed where place > most group by 1 limit 20`,
    [budget.name, budget.period, channel, budget.of, `channel/${channel}`],
  );
  return rows.map(({ key, place, most }) => ({
    invariant: 'I11-budget',
    says: BUDGET,
    what: `${key} ${budget.name}: ${place} > ${most}`,
  }));
}

// What was handed over again counts once, by its last time: so this finds less than there may be, and nothing that is not.
async function hurried(sql: Sql, channel: string, rate: Limits['rates'][number]): Promise<Breach[]> {
  const whom = rate.of === 'account' ? `''` : 'recipient';
  const { rows } = await sql.query<{ whom: string; count: number; most: number }>(
    `select whom, max(count)::int as count, max(most) as most from (
       select ${whom} as whom, count(*) over stretch as count,
         coalesce(max((charges -> 'seen' -> 'rates' ->> $5)::int) over stretch, $4) as most
       from delivery
       where channel_id = $1 and requested_of = 'provider' and requested_at is not null and state in ('sent', 'unknown')
         and ($3 in ('account', 'recipient') or recipient like $3 || '/%')
         and ($3 = 'account' or not exists (
           select from member_merge g where g.into_id = member_id and g.at >= requested_at))
       window stretch as (partition by ${whom} order by requested_at
         range between make_interval(secs => ($2 - 1) / 1000.0) preceding and current row)) as handed
     where count > most group by whom limit 20`,
    [channel, rate.perMs, rate.of, rate.count, rate.name],
  );
  return rows.map(({ whom: recipient, count, most }) => ({
    invariant: 'I11-rate',
    says: RATE,
    what: `channel/${channel} ${rate.name} ${recipient}: ${count} > ${most}`,
  }));
}
