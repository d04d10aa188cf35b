// Forms and their answers: one per person, a later one is a correction.
// Not the page that shows them. In a journey the member's own answer reaches the visit; in a campaign answers are counted.
import { saidIn, type FormField } from '../../engine/effects/form.ts';
import type { Text } from '../../engine/document.ts';
import type { Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import { inTransaction, type Sql, type Store } from './client.ts';
import { ingestIn, lockTopics } from './event.ts';
import { newId } from './id.ts';
import { append, lockShard, type Nudge, type Recorded } from './inbox.ts';
import { asTheyAre } from './merged.ts';
import { planOf } from './plan.ts';
import { shardOf } from './shard.ts';
import { answerTopic } from './topics.ts';
import { OF_VISIT, ofVisit, type OfVisit } from './visit.ts';

/** What the forms of a node have in common. */
export interface FormKind {
  readonly team: number;
  readonly run: string;
  readonly node: number;
  readonly title: Text;
  readonly fields: readonly FormField[];
  readonly counts: string | null;
  readonly consent: { readonly purpose: string; readonly text: Text } | null;
}

/** A form, when an effect opens it. */
export interface NewForm {
  readonly ordinal: number;
  readonly lap: number;
  readonly openedAt: Instant;
  readonly closesAt: Instant;
}

/** The event that an answer is, by what the form counts. */
export const nameOfAnswers = (counts: string | null): string =>
  counts === null ? 'form.submitted' : `counted.${counts}`;

/** Opens forms of a node; one that is open already gets the new end. Gives those that are new, by {@link ofVisit}. */
export async function openForms(sql: Sql, kind: FormKind, forms: readonly NewForm[]): Promise<Set<string>> {
  const ids = new Map(forms.map((form) => [ofVisit(form), newId()]));
  const { rows } = await sql.query<{ id: string; ordinal: number; lap: number }>(
    `insert into form (id, team_id, run_id, node, title, fields, counts, consent, ordinal, lap, opened_at, closes_at)
     select f.id, $1, $2, $3, $4, $5, $6, $7, f.ordinal, f.lap, instant_of(f.opened), instant_of(f.closes)
     from unnest($8::uuid[], $9::int[], $10::bigint[], $11::bigint[], $12::bigint[])
       as f (id, ordinal, lap, opened, closes)
     on conflict (run_id, node, ordinal, lap) do update set closes_at = excluded.closes_at
     returning id, ordinal, lap`,
    [
      kind.team,
      kind.run,
      kind.node,
      JSON.stringify(kind.title),
      JSON.stringify(kind.fields),
      kind.counts,
      kind.consent === null ? null : JSON.stringify(kind.consent),
      [...ids.values()],
      forms.map(({ ordinal }) => ordinal),
      forms.map(({ lap }) => lap),
      forms.map(({ openedAt }) => openedAt),
      forms.map(({ closesAt }) => closesAt),
    ],
  );
  return new Set(rows.flatMap((row) => (ids.get(ofVisit(row)) === row.id ? [ofVisit(row)] : [])));
}

/** Closes the forms of visits of a node and says how many answered each, by {@link ofVisit}. */
export async function closeForms(
  sql: Sql,
  { run, node }: Pick<FormKind, 'run' | 'node'>,
  visits: readonly (OfVisit & { readonly at: Instant })[],
): Promise<Map<string, number>> {
  const { rows } = await sql.query<OfVisit & { readonly submissions: number }>(
    `with closed as (
       update form t set closed_at = coalesce(t.closed_at, instant_of(v.at))
       from (
         select $1::uuid as run, $2::int as node, v.*
         from unnest($3::int[], $4::bigint[], $5::bigint[]) as v (ordinal, lap, at) offset 0) as v
       where ${OF_VISIT}
       returning t.id, t.ordinal, t.lap)
     select ordinal, lap, (select count(*) from answer a where a.form_id = closed.id) as submissions from closed`,
    [
      run,
      node,
      visits.map(({ ordinal }) => ordinal),
      visits.map(({ lap }) => lap),
      visits.map(({ at }) => at),
    ],
  );
  return new Map(rows.map(({ submissions, ...visit }) => [ofVisit(visit), submissions]));
}

/** What somebody filled in. */
export interface FormAnswer {
  readonly team: number;
  readonly form: string;
  readonly member?: string;
  /** One of a synthetic community. */
  readonly person?: number;
  /** Whoever else: a key that the form's page keeps. */
  readonly visitor?: string;
  readonly values: JsonObject;
  /** Gives the consent that the form asks for. Default: sending it is agreeing, and its text says so. */
  readonly agrees?: boolean;
  readonly now: Instant;
}

/** What became of it. */
export type Submitted =
  | { readonly as: 'stored' | 'corrected'; readonly nudges: readonly Nudge[] }
  | { readonly as: 'unknown' | 'closed' | 'incomplete' };

/** Takes in an answer. The first of a person counts; a later one replaces its values. */
export function submitForm(store: Store, answer: FormAnswer): Promise<Submitted> {
  return inTransaction(store.pool, (sql) => submitFormIn(sql, answer, 'soon'));
}

interface FormRow {
  readonly run: string;
  readonly node: number;
  readonly ordinal: number;
  readonly lap: number;
  readonly plan_hash: string;
  readonly fields: readonly FormField[];
  readonly counts: string | null;
  readonly consent: { readonly purpose: string } | null;
  readonly closes: Instant;
  readonly closed: boolean;
  readonly community: string | null;
  readonly at: Instant;
}

/** {@link submitForm} inside the caller's transaction; `recordedAt` as for inbox entries. */
export async function submitFormIn(
  sql: Sql,
  filled: FormAnswer,
  recordedAt: Recorded['at'],
): Promise<Submitted> {
  const { rows: places } = await sql.query<{ run: string; ordinal: number; counts: string | null }>(
    'select run_id as run, ordinal, counts from form where team_id = $1 and id = $2',
    [filled.team, filled.form],
  );
  const [place] = places;
  if (place === undefined) return { as: 'unknown' };
  const member = filled.member === undefined ? undefined : await asTheyAre(sql, filled.team, filled.member);
  const answer = member === undefined ? filled : { ...filled, member };
  await lockTopics(sql, { team: answer.team, names: [nameOfAnswers(place.counts)], exclusive: false });
  await lockShard(sql, { run: place.run, shard: shardOf(place.ordinal) });
  const { rows } = await sql.query<FormRow>(
    `select f.run_id as run, f.node, f.ordinal, f.lap, r.plan_hash, f.fields, f.counts, f.consent,
       ms_of(f.closes_at) as closes, f.closed_at is not null as closed, r.community_id as community,
       coalesce($3::bigint, case r.mode when 'fast' then
         (select ms_of(coalesce(s.horizon, r.start_at)) from shard s where s.run_id = r.id and s.no = 0) else $4 end) as at
     from form f join run r on r.id = f.run_id
     where f.team_id = $1 and f.id = $2 for update of f`,
    [answer.team, answer.form, recordedAt === 'soon' ? null : recordedAt, answer.now],
  );
  const form = rows[0];
  if (form === undefined) return { as: 'unknown' };
  if (form.closed || form.at > form.closes) return { as: 'closed' };
  const isComplete = form.fields.every(
    ({ key, required }) => required !== true || (answer.values[key] ?? '') !== '',
  );
  if (!isComplete) return { as: 'incomplete' };
  const first = await storeAnswer(sql, form, answer);
  const nudges = first ? await tell(sql, form, answer, recordedAt) : [];
  return { as: first ? 'stored' : 'corrected', nudges };
}

const personOf = ({ member, person, visitor, form }: FormAnswer): string =>
  member !== undefined
    ? `member/${member}`
    : person !== undefined
      ? `person/${person}`
      : `visitor/${visitor ?? form}`;

async function storeAnswer(sql: Sql, form: FormRow, answer: FormAnswer): Promise<boolean> {
  const id = newId();
  const { rows } = await sql.query<{ id: string }>(
    `insert into answer (id, team_id, form_id, by, member_id, at, values)
     values ($1, $2, $3, $4, $5, instant_of($6), $7)
     on conflict (form_id, by) do update set values = excluded.values
     returning id`,
    [
      id,
      answer.team,
      answer.form,
      personOf(answer),
      answer.member ?? null,
      form.at,
      JSON.stringify(answer.values),
    ],
  );
  if (rows[0]!.id !== id) return false;
  const agrees = answer.agrees ?? true;
  if (agrees && form.consent?.purpose === 'marketing' && answer.person !== undefined) {
    await sql.query(
      `insert into person (run_id, person, team_id, attributes) values ($1, $2, $3, '{"consent": true}')
       on conflict (run_id, person) do update set attributes = person.attributes || excluded.attributes`,
      [form.run, answer.person, answer.team],
    );
  }
  if (agrees && form.consent !== null && answer.member !== undefined) {
    await sql.query(
      `insert into consent (id, team_id, member_id, purpose, basis, text_version, granted_at, evidence)
       values ($1, $2, $3, $4, 'form', $5, instant_of($6), $7)`,
      [
        newId(),
        answer.team,
        answer.member,
        form.consent.purpose,
        answer.form,
        form.at,
        JSON.stringify(form.consent),
      ],
    );
  }
  return true;
}

// The answer counts as an event of its own name, and goes to the visit when the visit waits for this very person.
async function tell(
  sql: Sql,
  form: FormRow,
  answer: FormAnswer,
  recordedAt: Recorded['at'],
): Promise<Nudge[]> {
  const { run, node, ordinal, lap } = form;
  const sourceId = `${answer.form}/${personOf(answer)}`;
  const { nudges } = await ingestIn(sql, {
    team: answer.team,
    now: answer.now,
    due: recordedAt !== 'soon',
    events: [
      {
        name: nameOfAnswers(form.counts),
        source: 'form',
        sourceId,
        at: form.at,
        run,
        ...(answer.member === undefined ? {} : { member: answer.member }),
        ...(answer.person === undefined ? {} : { person: answer.person }),
        ...(form.community === null ? {} : { community: form.community }),
        data: saidIn(form.fields, answer.values),
      },
    ],
  });
  const plan = await planOf(sql, form.plan_hash);
  const graph = plan.nodes[node]?.graph ?? 0;
  if (graph === 0) return [...nudges];
  // The steps that follow know the answers as the event that has brought their subject there.
  await sql.query(
    `update subject set event_id = coalesce((select event_id from event_seen
       where team_id = $1 and source = 'form' and source_id = $2), event_id)
     where run_id = $3 and graph = $4 and ordinal = $5`,
    [answer.team, sourceId, run, graph, ordinal],
  );
  const topic = answerTopic(plan, node, 'submitted');
  if (topic < 0) return [...nudges];
  const entry = { kind: 'arrived', node, ordinal, lap, topic } as const;
  const shard = shardOf(ordinal);
  const nudge = await append(sql, { run, shard }, [{ entry, at: recordedAt }], answer.now);
  return nudge ? [...nudges, { run, shard }] : [...nudges];
}
