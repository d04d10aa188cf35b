// Plans and versions as they are kept: immutable, a plan named by the hash of its content.
// Not their making: compile/ makes plans, the server decides what may be published.
import type { Playbook, Text } from '../../engine/document.ts';
import type { Instant } from '../../engine/instant.ts';
import type { Json } from '../../engine/json.ts';
import type { Plan } from '../../engine/plan.ts';
import type { Sql } from './client.ts';
import { newId } from './id.ts';

/** The most plans that a process keeps at hand. */
const CACHED = 200;

const cache = new Map<string, Plan>();

/** Says that a plan is named which the database does not hold. */
export class UnknownPlan extends Error {
  readonly hash: string;
  constructor(hash: string) {
    super(`There is no plan ${hash}.`);
    this.name = 'UnknownPlan';
    this.hash = hash;
  }
}

/** The plan of a hash. Plans never change, so a process fetches each once. @throws {UnknownPlan} */
export async function planOf(sql: Sql, hash: string): Promise<Plan> {
  const known = cache.get(hash);
  if (known !== undefined) return known;
  const { rows } = await sql.query<{ bytes: Buffer }>('select bytes from plan where hash = $1 limit 1', [
    hash,
  ]);
  if (rows[0] === undefined) throw new UnknownPlan(hash);
  const plan = JSON.parse(rows[0].bytes.toString('utf8')) as Plan;
  // The oldest goes: a map keeps the order in which its keys came.
  if (cache.size >= CACHED) cache.delete(cache.keys().next().value!);
  cache.set(hash, plan);
  return plan;
}

/** Keeps a plan; keeping it again changes nothing. `bytes` is its canonical JSON. */
export async function storePlan(
  sql: Sql,
  {
    team,
    plan,
    bytes,
    now,
  }: { readonly team: number; readonly plan: Plan; readonly bytes: string; readonly now: Instant },
): Promise<void> {
  await sql.query(
    `insert into plan (hash, team_id, semantics, bytes, created_at)
     values ($1, $2, $3, $4, instant_of($5)) on conflict do nothing`,
    [plan.hash, team, plan.semantics, Buffer.from(bytes), now],
  );
}

/** What is published as a version. */
export interface Publication {
  readonly team: number;
  readonly document: Playbook;
  /** Of the plan with its parameters open; stored before. */
  readonly planHash: string;
  readonly problems: Json;
  readonly note?: string;
  readonly by?: string;
  readonly now: Instant;
}

/** A published version. */
export interface Version {
  readonly id: string;
  readonly playbook: string;
  readonly number: number;
}

/**
 * Publishes the next version of a playbook, which is made when it is new.
 * Needs a transaction: the playbook's row is the lock that makes the numbers follow each other.
 */
export async function publishVersion(sql: Sql, publication: Publication): Promise<Version> {
  const { team, document, planHash, problems, note, by, now } = publication;
  const playbook = await playbookOf(sql, { team, key: document.id, title: document.title, now });
  await sql.query('select from playbook where id = $1 for update', [playbook]);
  const id = newId(now);
  const { rows } = await sql.query<{ number: number }>(
    `insert into playbook_version
       (id, team_id, playbook_id, number, document, plan_hash, problems, note, published_at, published_by)
     select $1, $2, $3, coalesce(max(number), 0) + 1, $4, $5, $6, $7, instant_of($8), $9
     from playbook_version where playbook_id = $3
     returning number`,
    [
      id,
      team,
      playbook,
      JSON.stringify(document),
      planHash,
      JSON.stringify(problems),
      note ?? null,
      now,
      by ?? null,
    ],
  );
  await sql.query('update playbook set title = $2 where id = $1', [playbook, JSON.stringify(document.title)]);
  return { id, playbook, number: rows[0]!.number };
}

/** The id of a team's playbook by the id inside its document; makes it when it is new. */
export async function playbookOf(
  sql: Sql,
  {
    team,
    key,
    title,
    now,
  }: { readonly team: number; readonly key: string; readonly title: Text; readonly now: Instant },
): Promise<string> {
  await sql.query(
    `insert into playbook (id, team_id, key, title, created_at)
     values ($1, $2, $3, $4, instant_of($5)) on conflict do nothing`,
    [newId(now), team, key, JSON.stringify(title), now],
  );
  const { rows } = await sql.query<{ id: string }>(
    'select id from playbook where team_id = $1 and key = $2',
    [team, key],
  );
  return rows[0]!.id;
}
