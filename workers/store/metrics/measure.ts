// Metrics as the database knows them: the facts are gathered over a frozen population, the formula gives the value,
// and a snapshot keeps all of it, so that the number can be computed again whatever has happened since.
import type { Instant } from '../../../engine/instant.ts';
import { meaningOf, measureMetric, windowOf, type Measured, type Meaning } from '../../../engine/metrics.ts';
import { SYNTHETIC, type Ask, type FactKind, type FactKinds } from '../../../engine/metrics/facts.ts';
import type { Sql } from '../client.ts';
import { newId } from '../id.ts';
import { runOf } from '../run.ts';
import { countsOf } from './counts.ts';
import { countDeeds, sightNow, type DeedKind, type Sight } from './deeds.ts';
import { freeze, type Population } from './population.ts';
import { countRecords, type RecordKind } from './records.ts';
import { scopeOfPlace, scopeOfRun, type Scope, type Window } from './scope.ts';

/** Which metric, of whom, up to when. */
export interface Question {
  readonly metric: string;
  readonly scope: Scope;
  /** Exact duration; absent: the metric's own, otherwise since the run began, otherwise a week. */
  readonly window?: string | undefined;
  readonly now: Instant;
}

/** An answer with everything that it was computed from. */
export interface Answer {
  readonly measured: Measured;
  readonly window: Window;
  readonly facts: FactKinds[FactKind] | undefined;
  readonly population: Population | undefined;
  readonly sight: Sight;
}

/** The value of a metric; nothing is kept but its population. */
export async function measure(sql: Sql, question: Question): Promise<Answer> {
  const { metric: name, scope, now } = question;
  const meaning = meaningOf(name);
  const window = windowFor(meaning, question);
  const sight = await sightNow(sql);
  const none = { measured: { n: 0 }, window, facts: undefined, population: undefined, sight };
  if (meaning === undefined) return none;
  const { ask, metric } = meaning;
  const isKnown =
    metric.scopes.includes(scope.kind) && (scope.synthetic === undefined || SYNTHETIC.has(ask.kind));
  if (!isKnown) return { ...none, measured: { n: 0, cannot: ask.kind } };
  const population =
    scope.synthetic === undefined ? await freeze(sql, scope, { ask, window, now }) : undefined;
  const facts = await factsOf(sql, { scope, window, ask, population, sight });
  return { measured: measureMetric(name, facts), window, facts, population, sight };
}

const WEEK_MS = 7 * 86_400_000;

function windowFor(meaning: Meaning | undefined, { scope, window, now }: Question): Window {
  const start = scope.run?.startAt ?? -Infinity;
  const asked = meaning === undefined ? undefined : windowOf(meaning.metric, window);
  const ms = asked ?? (scope.run === undefined ? WEEK_MS : undefined);
  if (ms === undefined) return { from: Math.min(start, now), to: now };
  // A run's own affairs begin with it; what its members do they did before as well.
  const isOwn = scope.synthetic !== undefined || OWN.has(meaning?.ask.kind ?? 'counts');
  return { from: isOwn ? Math.max(start, now - ms) : now - ms, to: now };
}

const OWN: ReadonlySet<FactKind> = new Set<FactKind>([
  'counts',
  'deliveries',
  'confirmations',
  'approvals',
  // Whom its members bring while it runs; those who could were there when it began.
  'invites',
  'response',
  'followed',
  'work',
  'punctuality',
  'split',
]);

const RECORDS: ReadonlySet<FactKind> = new Set<RecordKind>([
  'deliveries',
  'confirmations',
  'approvals',
  'flow',
  'departures',
  'lastMessages',
  'invites',
  'entries',
  'staffing',
  'work',
  'punctuality',
]);

interface Gathering {
  readonly scope: Scope;
  readonly window: Window;
  readonly ask: Ask;
  readonly population: Population | undefined;
  readonly sight: Sight;
}

async function factsOf(sql: Sql, gathering: Gathering): Promise<FactKinds[FactKind] | undefined> {
  const { scope, window, ask } = gathering;
  if (ask.kind === 'counts') return countsOf(sql, scope, window);
  return RECORDS.has(ask.kind)
    ? countRecords(sql, ask.kind as RecordKind, gathering)
    : countDeeds(sql, ask.kind as DeedKind, gathering);
}

/** {@link measure}, kept as a snapshot; gives its id as well. */
export async function measureAndKeep(
  sql: Sql,
  question: Question & {
    /** For what it was asked: run/<id>/<node>, user/<id>, key/<id> */
    readonly source: string;
    /** The time on the wall. */
    readonly wall: Instant;
  },
): Promise<Answer & { readonly snapshot: string }> {
  const answer = await measure(sql, { ...question });
  const { measured, window, facts, population, sight } = answer;
  const { metric, scope, source, wall } = question;
  const id = newId(wall);
  await sql.query(
    `insert into metric_snapshot (id, team_id, metric, scope_kind, scope_id, zone, "from", "to", groups, population_id, facts,
       sight, value, n, low, high, cannot, source, recorded_at)
     values ($1, $2, $3, $4, $5, $6, instant_of($7), instant_of($8), $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
       instant_of($19))`,
    [
      id,
      scope.team,
      metric,
      scope.kind,
      scope.id,
      scope.zone,
      window.from,
      window.to,
      scope.groups,
      population?.id ?? null,
      JSON.stringify(facts ?? null),
      JSON.stringify(sight),
      measured.value ?? null,
      measured.n,
      measured.low ?? null,
      measured.high ?? null,
      measured.cannot ?? null,
      source,
      wall,
    ],
  );
  return { ...answer, snapshot: id };
}

/** A snapshot as it was kept. */
export interface Snapshot {
  readonly id: string;
  readonly metric: string;
  readonly kind: Scope['kind'];
  readonly scope: string;
  readonly zone: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly population: string | null;
  readonly count: number | null;
  readonly facts: FactKinds[FactKind] | null;
  readonly value: number | null;
  readonly n: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly cannot: string | null;
  readonly source: string;
  readonly recorded: Instant;
}

interface SnapshotRow extends Snapshot {
  readonly sight: Sight;
  readonly groups: readonly string[];
}

const SNAPSHOT = `select s.id, s.metric, s.scope_kind as kind, s.scope_id as scope, s.zone, ms_of(s."from") as "from",
  ms_of(s."to") as "to", s.groups, s.population_id as population, p.count, s.facts, s.sight, s.value, s.n, s.low, s.high,
  s.cannot, s.source, ms_of(s.recorded_at) as recorded
  from metric_snapshot s left join metric_population p on p.id = s.population_id`;

/**
 * A snapshot together with its metric computed again: deeds from the frozen population and the events that were known
 * then, all else from the facts that were kept. Undefined when the team has none of this id.
 */
export async function recompute(
  sql: Sql,
  { team, id }: { readonly team: number; readonly id: string },
): Promise<{ readonly snapshot: Snapshot; readonly again: Measured } | undefined> {
  const { rows } = await sql.query<SnapshotRow>(`${SNAPSHOT} where s.team_id = $1 and s.id = $2`, [team, id]);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { sight, groups, ...snapshot } = row;
  const { ask } = meaningOf(row.metric) ?? {};
  if (row.facts === null || ask === undefined) return { snapshot, again: { n: 0, cannot: row.cannot ?? '' } };
  const scope = RECOUNTED.has(ask.kind) ? await scopeAgain(sql, team, { ...row, groups }) : undefined;
  if (scope === undefined) return { snapshot, again: measureMetric(row.metric, row.facts) };
  const population = row.population === null ? undefined : { id: row.population, count: row.count ?? 0 };
  const window = { from: row.from, to: row.to };
  const facts = await countDeeds(sql, ask.kind as DeedKind, { scope, window, ask, population, sight });
  // Whether somebody was still a member is known of the stays as they were then.
  const kept = 'still' in row.facts ? { still: row.facts.still } : {};
  return { snapshot, again: measureMetric(row.metric, { ...facts, ...kept } as FactKinds[FactKind]) };
}

/** Kinds whose facts follow from a frozen population and known events alone. */
const RECOUNTED: ReadonlySet<FactKind> = new Set<FactKind>([
  'activity',
  'recency',
  'voices',
  'event',
  'response',
  'followed',
  'penetration',
  'recall',
  'repeated',
  'afterwards',
  'activation',
  'retention',
]);

async function scopeAgain(
  sql: Sql,
  team: number,
  { kind, scope, groups, zone }: Pick<SnapshotRow, 'kind' | 'scope' | 'groups' | 'zone'>,
): Promise<Scope | undefined> {
  if (kind !== 'run') {
    const place = await scopeOfPlace(sql, { team, kind, id: scope });
    return place === undefined ? undefined : { ...place, groups, zone };
  }
  const run = await runOf(sql, scope);
  return run === undefined ? undefined : { ...(await scopeOfRun(sql, run)), groups };
}

/** Snapshots of a scope, latest first. */
export async function snapshotsOf(
  sql: Sql,
  {
    team,
    scope,
    metric,
    limit,
  }: {
    readonly team: number;
    readonly scope: string;
    readonly metric: string | undefined;
    readonly limit: number;
  },
): Promise<Snapshot[]> {
  const { rows } = await sql.query<SnapshotRow>(
    `${SNAPSHOT} where s.team_id = $1 and s.scope_id = $2 and ($3::text is null or s.metric = $3)
     order by s.id desc limit $4`,
    [team, scope, metric ?? null, limit],
  );
  return rows.map(({ sight: _sight, groups: _groups, ...snapshot }) => snapshot);
}
