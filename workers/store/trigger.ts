// Events that launch playbooks: which armed triggers an event sets off, written down in the transaction that takes it in.
// Not the launching: workers/triggers.ts works the orders off, however long Temporal is away.
import { awaitedAtStart, type Awaits } from '../../engine/awaited.ts';
import { datedParams } from '../../engine/calendar/moments.ts';
import { paramsContext } from '../../engine/context.ts';
import type { Playbook } from '../../engine/document.ts';
import { anchorsIn } from '../../engine/effects/instant.ts';
import { evaluateCondition } from '../../engine/language/condition.ts';
import { compile } from '../../engine/index.ts';
import type { Instant } from '../../engine/instant.ts';
import type { Plan } from '../../engine/plan.ts';
import type { Problem } from '../../engine/problem.ts';
import { productOf } from './attributes.ts';
import type { Sql } from './client.ts';
import type { StoredEvent } from './stored-event.ts';
import { membersAt } from './segments/values.ts';
import { NEWEST, ORDER, type StandingOrder } from './standing-order.ts';
import { tellRefused, type Start } from './refused-start.ts';

/** With the document that says which of the order's parameters are dates. */
interface Awaited extends Awaits {
  readonly document: Playbook;
  /** As bound once: what the order leaves out has its default there. */
  readonly plan: Pick<Plan, 'params' | 'zone'>;
  /** Why the version cannot be launched with the order's parameters; empty when it can. */
  readonly problems: readonly Problem[];
}

interface Armed extends Pick<StandingOrder, 'team' | 'playbook' | 'version' | 'number' | 'params'> {
  readonly id: string;
}

/** Orders a launch for each of these events that an armed trigger waits for. Ordering it again changes nothing. */
export async function orderLaunches(
  sql: Sql,
  {
    team,
    events,
    now,
  }: { readonly team: number; readonly events: readonly StoredEvent[]; readonly now: Instant },
): Promise<void> {
  // What happens inside of a run sets off nothing outside of it: that is the affair of its own steps.
  const outside = events.filter(({ run }) => run === undefined);
  if (outside.length === 0) return;
  const { rows: armed } = await sql.query<Armed>(
    `select o.id, o.team_id as team, o.playbook_id as playbook, v.id as version, v.number, o.params
     from event_trigger o ${NEWEST}
     where o.team_id = $1 and o.stopped_at is null`,
    [team],
  );
  const orders: { readonly trigger: string; readonly event: number }[] = [];
  for (const trigger of armed) {
    const awaited = await awaitedBy(sql, trigger, now);
    if (awaited === undefined) continue;
    const named = outside.filter(({ name }) => name === awaited.event);
    const { problems } = awaited;
    // A filter that names a parameter lets nobody through then, so nobody else would tell.
    if (problems.length > 0 && named.length > 0)
      await tellRefused(sql, startOf(trigger, now), { reasons: problems, now });
    const params = { ...awaited.plan.params, ...datedParams(awaited.document, trigger.params, now) };
    const { zone } = awaited.plan;
    for (const event of await fitting(sql, named, { ...awaited, params, zone }))
      orders.push({ trigger: trigger.id, event });
  }
  if (orders.length === 0) return;
  await sql.query(
    `insert into trigger_launch (trigger_id, event_id, team_id, at)
     select trigger, event, $1, instant_of($2) from unnest($3::uuid[], $4::bigint[]) as o (trigger, event)
     on conflict do nothing`,
    [team, now, orders.map(({ trigger }) => trigger), orders.map(({ event }) => event)],
  );
}

/** Neither a trigger's parameters nor a version ever change, so a process binds each pair once; what cannot be bound is tried again. */
const known = new Map<string, { readonly awaits: Awaited | undefined; readonly again: Instant }>();
const KEPT = 500;
const AGAIN_MS = 60_000;

/** What the newest version's start waits for; undefined when it waits for no event, or cannot be launched so. */
async function awaitedBy(
  sql: Sql,
  { id, version, team, params }: Armed,
  now: Instant,
): Promise<Awaited | undefined> {
  const key = `${id}/${version}`;
  const before = known.get(key);
  if (before !== undefined && now < before.again) return before.awaits;
  const { rows } = await sql.query<Pick<StandingOrder, 'document'>>(
    'select document from playbook_version where id = $1',
    [version],
  );
  const { document } = rows[0]!;
  const registry = await productOf(sql, team);
  const { plan: bound, problems } = compile(document, datedParams(document, params, now), registry);
  // Whatever its parameters are, it says what it waits for.
  const plan = bound ?? compile(document, undefined, registry).plan;
  const found = plan === undefined ? undefined : awaitedAtStart(plan);
  const awaits =
    plan === undefined || found === undefined
      ? undefined
      : {
          ...found,
          document,
          plan: { params: bound?.params ?? {}, zone: plan.zone },
          problems: bound === undefined ? problems : [],
        };
  if (known.size >= KEPT) known.clear();
  known.set(key, { awaits, again: bound === undefined ? now + AGAIN_MS : Infinity });
  return awaits;
}

/** A launch of a trigger's version, as notices name it. */
export const startOf = (
  { id, team, playbook, number }: Pick<Armed, 'id' | 'team' | 'playbook' | 'number'>,
  at: Instant,
): Start => ({ team, playbook, by: 'trigger', key: `trigger/${id}/${number}`, at });

async function fitting(
  sql: Sql,
  events: readonly StoredEvent[],
  { where, params, zone }: Awaits & Pick<Plan, 'params' | 'zone'>,
): Promise<number[]> {
  if (where === '') return events.map(({ id }) => id);
  const shown = paramsContext(params, anchorsIn(params, zone));
  const concerned = where.includes('member') ? events : [];
  const valuesOf = await membersAt(
    sql,
    concerned.flatMap(({ member, at }) => (member === undefined ? [] : [{ member, at }])),
    [where],
  );
  return events.flatMap(({ id, name, at, member = null, data }) => {
    const context = { event: { name, at, ...data }, member: valuesOf(member, at), params: shown };
    return evaluateCondition(where, context) === true ? [id] : [];
  });
}

/** How many launches one round takes up for one trigger. */
const PAGE = 20;

/** A launch that waits for its turn, with where its event happened. */
export interface Waiting {
  readonly event: number;
  readonly at: Instant;
  readonly community: string | null;
  readonly group: string | null;
}

/** Triggers for which launches are waiting. */
export async function triggersWaiting(sql: Sql): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select distinct trigger_id as id from trigger_launch where state = 'waiting' limit 100`,
  );
  return rows.map(({ id }) => id);
}

/** A trigger that this transaction holds, so that nobody else launches for it meanwhile. */
export interface Held extends StandingOrder {
  readonly id: string;
  readonly stopped: boolean;
  /** How many may still be launched in this hour. */
  readonly room: number;
}

/** Takes hold of a trigger; undefined when somebody else has it, or its playbook is archived. */
export async function holdTrigger(sql: Sql, id: string, now: Instant): Promise<Held | undefined> {
  const { rows } = await sql.query<Held>(
    `select o.id, ${ORDER}, o.stopped_at is not null as stopped,
       greatest(0, o.per_hour - (select count(*) from trigger_launch l where l.trigger_id = o.id
         and l.state = 'launched' and l.decided_at > instant_of($2) - interval '1 hour')) as room
     from event_trigger o ${NEWEST} where o.id = $1 for update of o skip locked`,
    [id, now],
  );
  return rows[0];
}

/** The launches that are next: the oldest, as many as there is room for. */
export async function nextLaunches(sql: Sql, { id, room }: Held): Promise<Waiting[]> {
  const { rows } = await sql.query<Waiting>(
    `select l.event_id as event, ms_of(l.at) as at, e.community_id as community, e.group_id as "group"
     from trigger_launch l join event e on e.id = l.event_id
     where l.trigger_id = $1 and l.state = 'waiting' order by l.at, l.event_id limit $2`,
    [id, Math.min(room, PAGE)],
  );
  return rows;
}

/** Notes which run a launch has become. */
export async function launched(
  sql: Sql,
  {
    trigger,
    event,
    run,
    now,
  }: { readonly trigger: string; readonly event: number; readonly run: string; readonly now: Instant },
): Promise<void> {
  await sql.query(
    `update trigger_launch set state = 'launched', run_id = $3, decided_at = instant_of($4)
     where trigger_id = $1 and event_id = $2`,
    [trigger, event, run, now],
  );
}

/** Refuses one waiting launch, or all that were ordered before an instant; gives how many. */
export async function refuseLaunches(
  sql: Sql,
  {
    trigger,
    reason,
    event,
    before,
    now,
  }: {
    readonly trigger: string;
    readonly reason: 'late' | 'stopped' | 'audience';
    readonly event?: number;
    readonly before?: Instant;
    readonly now: Instant;
  },
): Promise<number> {
  const { rowCount } = await sql.query(
    `update trigger_launch set state = 'refused', reason = $2, decided_at = instant_of($3)
     where trigger_id = $1 and state = 'waiting' and ($4::bigint is null or event_id = $4)
       and ($5::bigint is null or at < instant_of($5))`,
    [trigger, reason, now, event ?? null, before ?? null],
  );
  return rowCount ?? 0;
}
