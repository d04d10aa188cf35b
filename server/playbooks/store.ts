// Playbooks, drafts and versions as the routes read them; every question names the team.
// Publishing and plans are kept by workers/store/plan.ts.
import type { Instant } from '../../engine/instant.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import type { Playbook } from '../../engine/document.ts';
import type { Sql } from '../../workers/store/client.ts';
import { NAMES } from '../../engine/compile/schema.ts';
import { Refusal } from '../refusal.ts';
import { keepFirst, keepRevision } from './revisions.ts';

/** A draft as it is kept. */
export interface Draft {
  readonly revision: number;
  readonly document: JsonObject;
  readonly updatedAt: Date;
  readonly updatedBy: string | null;
}

/** A published version. */
export interface VersionRow {
  readonly id: string;
  readonly playbook: string;
  readonly number: number;
  readonly document: Playbook;
  readonly planHash: string;
}

/** The draft of a playbook; `lock` holds it to the end of the transaction. */
export async function draftOf(
  sql: Sql,
  {
    team,
    playbook,
    lock = false,
  }: { readonly team: number; readonly playbook: string; readonly lock?: boolean },
): Promise<Draft> {
  const { rows } = await sql.query<Draft>(
    `select revision, document, updated_at as "updatedAt", updated_by as "updatedBy"
     from draft where team_id = $1 and playbook_id = $2 ${lock ? 'for update' : ''}`,
    [team, playbook],
  );
  if (rows[0] === undefined) throw new Refusal('not-found');
  return rows[0];
}

/** A version by its number, or the newest; undefined when nothing was published. */
export async function versionOf(
  sql: Sql,
  {
    team,
    playbook,
    number,
  }: { readonly team: number; readonly playbook: string; readonly number?: number | undefined },
): Promise<VersionRow | undefined> {
  const { rows } = await sql.query<VersionRow>(
    `select id, playbook_id as playbook, number, document, plan_hash as "planHash" from playbook_version
     where team_id = $1 and playbook_id = $2 and number = coalesce($3, number) order by number desc limit 1`,
    [team, playbook, number ?? null],
  );
  return rows[0];
}

/** Saves a draft that began from `base`; a stale one is refused with both versions, and nothing is overwritten. */
export async function saveDraft(
  sql: Sql,
  save: {
    readonly team: number;
    readonly playbook: string;
    readonly base: number;
    readonly document: JsonObject;
    readonly by: string | null;
    readonly now: Instant;
  },
): Promise<number> {
  const { team, playbook, base, document, by, now } = save;
  const current = await draftOf(sql, { team, playbook, lock: true });
  if (current.revision !== base) refuseStale(current, base, document);
  await keepFirst(sql, { team, playbook });
  await sql.query(
    `update draft set document = $3, revision = revision + 1, updated_at = instant_of($4), updated_by = $5
     where team_id = $1 and playbook_id = $2`,
    [team, playbook, JSON.stringify(document), now, by],
  );
  await keepRevision(sql, { team, playbook, now });
  return base + 1;
}

/** Refuses a save or a publication that began from a revision which is not the last. */
export function refuseStale({ revision, document }: Draft, base: number, yours?: Json): never {
  throw new Refusal('stale-draft', {
    place: '/revision',
    values: { revision, base },
    extra: () => ({ revision, theirs: document, ...(yours === undefined ? {} : { yours }) }),
  });
}

const ID = new RegExp(NAMES.id);

/** What the server must be able to read of a document before it keeps it; everything else may be unfinished. */
export function headOf(document: JsonObject): {
  readonly key: string;
  readonly title: Readonly<Record<string, string>>;
} {
  const { id, title } = document;
  const texts = Object.entries(typeof title === 'object' && title !== null ? title : {}).filter(
    (entry): entry is [string, string] =>
      typeof entry[1] === 'string' && entry[1].trim() !== '' && entry[1].length <= 500,
  );
  if (typeof id !== 'string' || !ID.test(id) || texts.length === 0)
    throw new Refusal('no-id', { place: '/document/id' });
  return { key: id, title: Object.fromEntries(texts) };
}
