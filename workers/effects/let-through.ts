// One step of the gate for messages that go to a provider: some deliveries of an outbox are judged as of now, and those
// that may go are marked as let through, with everything that was counted for them. Nothing goes out from here.
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from '../store/client.ts';
import type { Charges } from '../store/delivery.ts';
import { shareRun } from '../store/ledger.ts';
import { holdMerges } from '../store/merged.ts';
import { isOver, type RunStatus } from '../store/run.ts';
import { count } from '../store/send-gate.ts';
import { judgeAll, type Judged } from './gate.ts';
import { nowOf, type Letter, type Mail } from './mail.ts';
import { GATED_MS, inTime, together, type Address } from './outbox.ts';
import { recipientsAgain, type Candidate } from './recipients.ts';
import { openTokens, type Pace } from './tokens.ts';

/** A delivery that may be handed over. */
export interface LetThrough extends Address {
  readonly letter: Letter;
  readonly to: Candidate;
  /** Under which its key is made. */
  readonly call: number;
  readonly charges: Charges;
}

/** What one step has brought about. */
export interface Step {
  readonly through: readonly LetThrough[];
  /** The account lets them go before `patience` is over: worth waiting for, the first of them until `soonAt`. */
  readonly soon: readonly Address[];
  readonly soonAt: Instant;
  /** From when on the account itself lets anything more go, behind all of these; undefined: now. */
  readonly pace: Pace | undefined;
  /** How far apart the account's limits hold its messages. */
  readonly stepMs: number;
  /** The run is paused, or over: nothing goes out. */
  readonly halt: 'held' | 'over' | undefined;
}

const NOTHING = { through: [], soon: [], soonAt: Infinity, pace: undefined, stepMs: 0 } as const;

interface Row extends Address {
  readonly groupId: string | null;
  readonly memberId: string | null;
  readonly call: number;
}

/** Judges some deliveries. Those whom another worker holds are left to it. */
export async function letThrough(
  sql: Sql,
  mail: Mail,
  letters: ReadonlyMap<string, Letter>,
  { some, patience }: { readonly some: readonly Address[]; readonly patience: Instant },
): Promise<Step> {
  const { batch, route, rank } = mail;
  await holdMerges(sql, batch.run.team, 'shared');
  await shareRun(sql, batch.run.id);
  const halt = await haltOf(sql, batch.run.id);
  if (halt !== undefined) return { ...NOTHING, halt };
  const rows = await hold(sql, some);
  const now = nowOf(batch, mail.letters[0]!.visit);
  const people = await recipientsAgain(
    sql,
    batch.run,
    { ...mail.nature, now },
    {
      groups: rows.flatMap(({ groupId }) => groupId ?? []),
      members: rows.flatMap(({ memberId }) => memberId ?? []),
    },
  );
  const known = rows.flatMap((row) => {
    const to = people.get(row.recipient);
    return to === undefined ? [] : [{ row, to }];
  });
  const desk = await openTokens(sql, route.account!, { whom: known.map(({ to }) => to), rank, now });
  const judged = await judgeAll(
    sql,
    mail,
    known.map(({ row, to }) => {
      const letter = letters.get(row.message)!;
      return { letter: { ...letter, now: nowOf(batch, letter.visit) }, to };
    }),
    desk,
  );
  const all = judged.map((it, index) => ({ ...it, row: known[index]!.row }));
  const through = all.filter(({ verdict }) => verdict.go === 'send');
  await mark(sql, through);
  const soon = all.filter(({ verdict }) => isSoon(verdict, patience));
  await note(
    sql,
    all.filter((it) => it.verdict.go !== 'send' && !soon.includes(it)),
  );
  await count(
    sql,
    batch.run.team,
    through.flatMap(({ counts }) => counts),
  );
  await desk.close(sql);
  return {
    through: through.map(({ row, letter, to, ...it }) => ({ ...row, letter, to, charges: chargesOf(it) })),
    soon: soon.map(({ row }) => row),
    soonAt: Math.min(...soon.map(({ verdict }) => ('until' in verdict ? verdict.until : Infinity))),
    pace: desk.pace,
    stepMs: desk.stepMs,
    halt: undefined,
  };
}

const isSoon = (verdict: Judged['verdict'], patience: Instant): boolean =>
  verdict.go === 'defer' && verdict.reason === 'rate' && verdict.until <= patience;

/** A run that is paused sends nothing until it is resumed; one that is over sends nothing any more. */
async function haltOf(sql: Sql, run: string): Promise<Step['halt']> {
  const { rows } = await sql.query<{ status: RunStatus }>('select status from run where id = $1', [run]);
  const { status } = rows[0]!;
  if (isOver(status)) return 'over';
  return status === 'paused' ? 'held' : undefined;
}

async function hold(sql: Sql, some: readonly Address[]): Promise<Row[]> {
  const { rows } = await sql.query<Row>(
    `select d.message_id as message, d.recipient, d.group_id as "groupId", d.member_id as "memberId", d.call
     from unnest($1::uuid[], $2::text[]) with ordinality as s (message, recipient, no)
     join delivery d on d.message_id = s.message and d.recipient = s.recipient
     where d.state in ('planned', 'confirmed') order by s.no for update of d skip locked`,
    [some.map(({ message }) => message), some.map(({ recipient }) => recipient)],
  );
  return rows;
}

const chargesOf = ({ counts, tokens, seen }: Pick<Judged, 'counts' | 'tokens' | 'seen'>): Charges => ({
  counts: counts.map(({ key, day }) => [key, day] as const),
  tokens: tokens.map(({ name, recipient, back }) => [name, recipient, back] as const),
  seen,
});

type JudgedRow = Judged & { readonly row: Row };

async function mark(sql: Sql, through: readonly JudgedRow[]): Promise<void> {
  if (through.length === 0) return;
  await sql.query(
    `update delivery d set state = 'gated', gated_at = instant_of(g.at), valid_until = instant_of(g.until), next_at = null,
       reason = null, charges = g.charges
     from jsonb_to_recordset($1) as g (message uuid, recipient text, at bigint, until bigint, charges jsonb)
     where d.message_id = g.message and d.recipient = g.recipient`,
    [
      JSON.stringify(
        through.map((it) => ({
          message: it.row.message,
          recipient: it.row.recipient,
          at: it.letter.now,
          until: Math.min(it.validUntil, it.letter.now + GATED_MS),
          charges: chargesOf(it),
        })),
      ),
    ],
  );
}

async function note(sql: Sql, others: readonly JudgedRow[]): Promise<void> {
  if (others.length === 0) return;
  await sql.query(
    `update delivery d set state = o.state::delivery_state, reason = o.reason, next_at = instant_of(o.next),
       at = instant_of(o.at)
     from jsonb_to_recordset($1) as o (message uuid, recipient text, state text, reason text, next bigint, at bigint)
     where d.message_id = o.message and d.recipient = o.recipient`,
    [
      JSON.stringify(
        others.map(({ row: { message, recipient }, verdict, letter }) => ({
          message,
          recipient,
          at: letter.now,
          ...changeOf(verdict, letter.gate.expires),
        })),
      ),
    ],
  );
}

function changeOf(
  verdict: Judged['verdict'],
  expires: Instant,
): { state: string; reason: string; next: Instant | null } {
  switch (verdict.go) {
    case 'defer': {
      const { until, reason } = verdict;
      const waitsForOthers = reason === 'rate' || reason === 'circuit';
      return { state: 'planned', reason, next: waitsForOthers ? inTime(together(until), expires) : until };
    }
    case 'skip':
      return { state: 'skipped', reason: verdict.reason, next: null };
    case 'expire':
      return { state: 'expired', reason: verdict.reason, next: null };
    case 'send':
    case 'ask':
      throw new Error('What may go is not noted as put off.');
  }
}
