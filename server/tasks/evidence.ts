// Files that people hand in with a task, such as a photograph of a screen: taken by their content, kept in the database.
// Not links and words, which stand in the answer itself.
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from '../../workers/store/client.ts';
import { newId } from '../../workers/store/id.ts';
import { voiceOf, type Identity } from '../identity/identity.ts';
import { Refusal } from '../refusal.ts';
import { mineOf, OPEN } from './task.ts';

/** The largest file, in bytes: a photograph of a telephone. */
export const EVIDENCE_LIMIT = 8_000_000;
/** Files of one task. */
const MOST = 20;
const PREFIX = 'file:';

/** How the files begin that are taken; what a browser calls them proves nothing. */
const KINDS: readonly { readonly type: string; readonly is: (bytes: Buffer) => boolean }[] = [
  { type: 'image/png', is: (it) => it.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex')) },
  { type: 'image/jpeg', is: (it) => it.subarray(0, 3).equals(Buffer.from('ffd8ff', 'hex')) },
  {
    type: 'image/webp',
    is: (it) => it.toString('latin1', 0, 4) === 'RIFF' && it.toString('latin1', 8, 12) === 'WEBP',
  },
  { type: 'application/pdf', is: (it) => it.toString('latin1', 0, 5) === '%PDF-' },
];

/** The media types that evidence can have. */
export const EVIDENCE_TYPES: readonly string[] = KINDS.map(({ type }) => type);

/** Keeps a file; answers with the word that stands for it among the evidence of an answer. */
export async function keepEvidence(
  sql: Sql,
  who: Identity,
  { task: id, bytes, now }: { readonly task: string; readonly bytes: Buffer; readonly now: Instant },
): Promise<string> {
  await sql.query('select from task where team_id = $1 and id = $2 for update', [who.team, id]);
  const task = await mineOf(sql, who, id);
  if (!OPEN.includes(task.state)) throw new Refusal('task-closed');
  const kind = KINDS.find(({ is }) => is(bytes));
  if (kind === undefined) throw new Refusal('evidence-type');
  const { rows } = await sql.query<{ count: number }>(
    'select count(*) as count from task_evidence where team_id = $1 and task_id = $2',
    [who.team, id],
  );
  if (rows[0]!.count >= MOST) throw new Refusal('too-much-evidence', { values: { most: MOST } });
  const made = newId(now);
  await sql.query(
    `insert into task_evidence (id, team_id, task_id, by, type, bytes, at)
     values ($1, $2, $3, $4, $5, $6, instant_of($7))`,
    [made, who.team, id, voiceOf(who), kind.type, bytes, now],
  );
  return `${PREFIX}${made}`;
}

/** A file of the team. */
export async function evidenceOf(
  sql: Sql,
  who: Identity,
  id: string,
): Promise<{ readonly type: string; readonly bytes: Buffer }> {
  const { rows } = await sql.query<{ type: string; bytes: Buffer }>(
    'select type, bytes from task_evidence where team_id = $1 and id = $2',
    [who.team, id],
  );
  if (rows[0] === undefined) throw new Refusal('not-found');
  return rows[0];
}

/** Refuses an answer that names a file which was not handed in with this task. */
export async function checkEvidence(
  sql: Sql,
  who: Identity,
  { task, evidence }: { readonly task: string; readonly evidence: readonly string[] },
): Promise<void> {
  const named = evidence.filter((it) => it.startsWith(PREFIX)).map((it) => it.slice(PREFIX.length));
  if (named.length === 0) return;
  const { rows } = await sql.query<{ id: string }>(
    'select id::text from task_evidence where team_id = $1 and task_id = $2',
    [who.team, task],
  );
  const known = new Set(rows.map(({ id }) => id));
  const stray = named.find((id) => !known.has(id));
  if (stray !== undefined)
    throw new Refusal('unknown-evidence', { place: '/evidence', values: { evidence: stray } });
}
