// Three actions and two waits for 10,000 members: history events and seconds for a step of a member, and how fast the ledger grows.
// Reference: the same journey as one workflow for each of 200 members, on the same servers, after it; and a bare insert.
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { Playbook } from '../engine/document.ts';
import { graphOf, playbook } from '../test/support/temporal-play.ts';
import type { MemberJourneyActivities } from './reference/member-journey.ts';
import type { Figure } from './figure.ts';
import { between, progress, rounded, Stand } from './stand.ts';

const MEMBERS = 10_000;
const BY_HAND = 200;
/** Actions and waits of the journey. */
const STEPS = 5;
/** Both are measured so many times, and the median is told: code is slower when it runs for the first time. */
const ROUNDS = 3;
const ACTIONS = 3;
const WAITS = 2;
const PAUSE_MS = 1_000;
/** As in a batch of the journey. */
const ROWS_AT_ONCE = 2_000;

/** Every member is welcomed, waits, is noted, waits, and is done. */
const journey: Playbook = playbook(
  {
    start: ['start', {}, { out: 'go' }],
    go: ['journey', { journey: 'members', wait: true, within: 'P1D' }, { done: 'end' }],
    end: ['end'],
  },
  {
    journeys: {
      members: {
        title: { 'zh-CN': '旅程', en: 'Journey' },
        graph: graphOf({
          in: ['enter', {}, { out: 'welcome' }],
          welcome: ['tag', { add: ['welcomed'] }, { done: 'pause' }],
          pause: ['wait', { for: 'PT1S' }, { done: 'note' }],
          note: ['set-attribute', { name: 'stage', value: 'second' }, { done: 'rest' }],
          rest: ['wait', { for: 'PT1S' }, { done: 'finish' }],
          finish: ['tag', { add: ['finished'], remove: ['welcomed'] }, { done: 'out' }],
          out: ['end', { reason: 'finished' }],
        }),
      },
    },
  },
);

/** Measures the cohort, then one workflow for each member, then the bare insert. */
export async function bench(): Promise<readonly Figure[]> {
  const stand = await Stand.start('bench-cohort');
  try {
    await ours(stand, 500);
    progress(`${MEMBERS} members in one shard, ${ROUNDS} times`);
    const own = await medianOf(() => ours(stand, MEMBERS));
    progress(`${BY_HAND} members with a workflow each, ${ROUNDS} times`);
    const reference = await byHand(stand);
    progress('a bare insert of the same rows');
    const bareRate = await bareInsert(stand, own.run);
    const written = await writtenBy(stand, own.run);
    progress('the rows of all tables written once more, bare');
    const bareOfAll = sumOf(written) / (await bareSeconds(stand, own.run));
    return figuresOf(own, reference, { bareRate, bareOfAll, written });
  } finally {
    await stand.stop();
  }
}

interface Measured {
  readonly events: number;
  readonly steps: number;
  readonly seconds: number;
}

async function medianOf<Round extends Measured>(measure: (round: number) => Promise<Round>): Promise<Round> {
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await measure(round));
  return rounds.toSorted((a, b) => a.seconds - b.seconds)[Math.floor(ROUNDS / 2)]!;
}

async function ours(stand: Stand, members: number): Promise<Measured & { run: string; cpu: string }> {
  const { stage } = stand;
  const run = await stand.prepare(journey, { ...(await stand.members(members)), startAt: Date.now() });
  const before = await stand.usage();
  await stage.begin(run);
  await stage.finished(run);
  const used = between(before, await stand.usage());
  const finished = await stage.count(
    "subject where run_id = $1 and graph = 1 and end_reason = 'finished'",
    run,
  );
  const rows = await stage.count(
    'ledger where run_id = $1 and ordinal < $2 and effect <> $3',
    run,
    members,
    'launch-journey',
  );
  if (finished !== members || rows !== ACTIONS * members) {
    throw new Error(`${finished} of ${members} members have finished, with ${rows} rows in the ledger.`);
  }
  return {
    run,
    events: await stand.events(run),
    steps: STEPS * members,
    seconds: used.wall,
    cpu: `CPU ${rounded(used.worker, 1)} s worker, ${rounded(used.postgres, 1)} s PostgreSQL, ${rounded(used.temporal, 1)} s Temporal`,
  };
}

async function byHand({ stage, servers }: Stand): Promise<Measured> {
  const { pool } = stage.store;
  await pool.query('create table by_hand (member int, step int, primary key (member, step))');
  const activities: MemberJourneyActivities = {
    act: async (member, step) => {
      await pool.query('insert into by_hand values ($1, $2) on conflict do nothing', [member, step]);
    },
  };
  const connection = await NativeConnection.connect({ address: servers.temporal.address });
  const worker = await Worker.create({
    connection,
    namespace: servers.temporal.namespace,
    taskQueue: 'bench-by-hand',
    workflowsPath: path.join(import.meta.dirname, 'reference', 'member-journey.ts'),
    activities: { ...activities },
  });
  const over = worker.run();
  const measured = await medianOf((round) => workflowEach(stage.temporal.client, round * BY_HAND));
  worker.shutdown();
  await over;
  await connection.close();
  return measured;
}

async function workflowEach({ workflow }: Client, first: number): Promise<Measured> {
  const began = performance.now();
  const handles = await Promise.all(
    Array.from({ length: BY_HAND }, (_, n) =>
      workflow.start('memberJourney', {
        taskQueue: 'bench-by-hand',
        workflowId: `by-hand-${first + n}`,
        args: [first + n, PAUSE_MS],
      }),
    ),
  );
  await Promise.all(handles.map((handle) => handle.result()));
  const seconds = (performance.now() - began) / 1_000;
  const lengths = await Promise.all(handles.map(async (handle) => (await handle.describe()).historyLength));
  return { events: lengths.reduce((sum, length) => sum + length, 0), steps: STEPS * BY_HAND, seconds };
}

/** Seconds but for the waits of a journey, in which nothing happens. */
const busyOf = ({ seconds }: Measured): number => seconds - (WAITS * PAUSE_MS) / 1_000;

/** Rows per second when the run's ledger is written once more, set by set, with nothing around it. */
async function bareInsert({ stage }: Stand, run: string): Promise<number> {
  const { pool } = stage.store;
  const { rows } = await pool.query<{ row: unknown }>(
    'select to_jsonb(l) as row from ledger l where run_id = $1 order by node, ordinal',
    [run],
  );
  await pool.query('create table bare_ledger (like ledger including defaults)');
  await pool.query('alter table bare_ledger add primary key (run_id, node, ordinal, lap, call)');
  const began = performance.now();
  for (let first = 0; first < rows.length; first += ROWS_AT_ONCE) {
    const some = rows.slice(first, first + ROWS_AT_ONCE).map(({ row }) => row);
    await pool.query(
      'insert into bare_ledger select * from jsonb_populate_recordset(null::bare_ledger, $1)',
      [JSON.stringify(some)],
    );
  }
  return rows.length / ((performance.now() - began) / 1_000);
}

/**
 * Seconds that the same rows of all tables take when they are written once more, set by set, under the same keys and other
 * indexes, with nothing around them: a copy of each table, and of the members for what was changed of them.
 */
async function bareSeconds({ stage }: Stand, run: string): Promise<number> {
  const { pool } = stage.store;
  const ofRun = (table: string) => ({ table, rows: `select t.* from ${table} t where run_id = $1` });
  const subjects = 'select member_id from subject where run_id = $1 and graph = 1';
  const tags = `select t.* from member_tag t where member_id in (${subjects})`;
  const inserts = [
    ...['ledger', 'passed_alone', 'passed_together', 'subject', 'stay'].map(ofRun),
    { table: 'member_tag', rows: tags },
    // The tag that was taken off again.
    {
      table: 'member_tag',
      rows: tags.replace('t.*', `member_id, 'welcomed' as tag, team_id, source, at, expires_at`),
    },
  ];
  let seconds = 0;
  for (const table of new Set(inserts.map((insert) => insert.table)))
    await pool.query(`create table all_${table} (like ${table} including defaults including indexes)`);
  for (const { table, rows } of inserts) {
    const found = await pool.query<{ row: unknown }>(`select to_jsonb(r) as row from (${rows}) as r`, [run]);
    seconds += await inBatches(found.rows, (some) =>
      pool.query(`insert into all_${table} select * from jsonb_populate_recordset(null::all_${table}, $1)`, [
        JSON.stringify(some.map(({ row }) => row)),
      ]),
    );
  }
  await pool.query('create table all_member (like member including defaults including indexes)');
  await pool.query(`insert into all_member select * from member where id in (${subjects})`, [run]);
  const members = await pool.query<{ id: string }>('select id from all_member order by id');
  for (let action = 0; action < ACTIONS; action++) {
    seconds += await inBatches(members.rows, (some) =>
      pool.query(
        `update all_member set attributes = attributes || jsonb_build_object('stage', $2::int) where id = any($1)`,
        [some.map(({ id }) => id), action],
      ),
    );
  }
  return seconds;
}

async function inBatches<Row>(
  rows: readonly Row[],
  write: (some: readonly Row[]) => Promise<unknown>,
): Promise<number> {
  const began = performance.now();
  for (let first = 0; first < rows.length; first += ROWS_AT_ONCE)
    await write(rows.slice(first, first + ROWS_AT_ONCE));
  return (performance.now() - began) / 1_000;
}

const sumOf = (written: Readonly<Record<string, number>>): number =>
  Object.values(written).reduce((sum, count) => sum + count, 0);

/** Rows that a run has written, by table: what else its actions cost beside the ledger. */
async function writtenBy({ stage }: Stand, run: string): Promise<Readonly<Record<string, number>>> {
  return {
    ledger: await stage.count('ledger where run_id = $1', run),
    // The trace: who leaves a step together is one row.
    passed_alone: await stage.count('passed_alone where run_id = $1', run),
    passed_together: await stage.count('passed_together where run_id = $1', run),
    subject: await stage.count('subject where run_id = $1', run),
    stay: await stage.count('stay where run_id = $1', run),
    // One tag was put on and taken off again, one was left on; members were changed by each action.
    member_tag: 2 * MEMBERS,
    member: ACTIONS * MEMBERS,
  };
}

const trace = ({ passed_alone = 0, passed_together = 0 }: Readonly<Record<string, number>>): number =>
  passed_alone + passed_together;

interface Bare {
  /** Rows of the ledger per second. */
  readonly bareRate: number;
  /** Rows of all tables per second. */
  readonly bareOfAll: number;
  readonly written: Readonly<Record<string, number>>;
}

function figuresOf(
  own: Awaited<ReturnType<typeof ours>>,
  reference: Measured,
  { bareRate, bareOfAll, written }: Bare,
): readonly Figure[] {
  const events = own.events / own.steps;
  const eventsByHand = reference.events / reference.steps;
  const rate = own.steps / own.seconds;
  const rateByHand = reference.steps / reference.seconds;
  const ledgerRate = (ACTIONS * MEMBERS) / busyOf(own);
  const rowsRate = sumOf(written) / busyOf(own);
  const needed = (bareRate / 2) * (sumOf(written) / (ACTIONS * MEMBERS));
  return [
    {
      name: 'events-per-member-step',
      value: rounded(events, 4),
      unit: `history events, ${MEMBERS} members; reference: a workflow for each of ${BY_HAND} members, ${Math.round(eventsByHand / events)} times as many`,
      reference: rounded(eventsByHand, 1),
      ratio: rounded(events / eventsByHand, 5),
      goal: '< 0.05 and at least 200 times fewer',
      ok: events < 0.05 && eventsByHand >= 200 * events,
    },
    {
      name: 'member-steps-per-second',
      value: Math.round(rate),
      unit: `with the ledger written, ${MEMBERS} members, launch to end with both waits of a second; ${own.cpu}`,
      reference: rounded(rateByHand, 1),
      ratio: Math.round(rate / rateByHand),
      goal: '>= 5000 and at least 100 times the reference',
      ok: rate >= 5_000 && rate >= 100 * rateByHand,
      because: [
        `Two of the seconds are the journey's own waits, of both; a hundred times the reference would leave ${rounded((STEPS * MEMBERS) / (100 * rateByHand) - 2, 1)} s for everything else. Without the waits, in which neither does anything, it is ${Math.round(own.steps / busyOf(own))} member-steps per second, ${Math.round(own.steps / busyOf(own) / (reference.steps / busyOf(reference)))} times the reference's ${Math.round(reference.steps / busyOf(reference))}.`,
        'The CPU that is used, on two cores, is the floor below that: it is spent on the rows (see ledger-rate) and on the workflow itself.',
      ],
    },
    {
      name: 'ledger-rate',
      value: Math.round(ledgerRate),
      unit: `ledger rows per second from launch to end but for the waits, in which the run also enrols, keeps its trace and changes its members: ${Math.round(rowsRate)} rows of all tables per second (below, and see all-rows-rate); reference: a bare set-based insert of the ledger's rows alone, under the same key`,
      reference: Math.round(bareRate),
      ratio: rounded(ledgerRate / bareRate),
      goal: 'at least half of the reference',
      ok: ledgerRate >= bareRate / 2,
      because: [
        `The ledger is one row in ${Math.round(sumOf(written) / (ACTIONS * MEMBERS))} of those that the run writes: subjects and stays, tags with where they come from, and three new versions of each member; the trace of all visits is ${trace(written)} rows, since members who leave a step together are one. The reference writes the ledger alone.`,
        `Half of the reference would be ${Math.round(needed)} rows of all tables per second, ${rounded(needed / bareOfAll, 1)} times as many as one connection writes bare (all-rows-rate), while PostgreSQL, Temporal and the worker share two cores.`,
      ],
      table: Object.entries(written).map(([table, count]) => ({ table, 'rows written': count })),
    },
    {
      name: 'all-rows-rate',
      value: Math.round(rowsRate),
      unit: 'rows of all tables per second, as in ledger-rate; reference: the same rows of the same tables written bare, set by set, one connection, under the same keys and indexes',
      reference: Math.round(bareOfAll),
      ratio: rounded(rowsRate / bareOfAll),
      goal: 'told beside ledger-rate, which counts the rows of one table: at least half of the reference',
      ok: rowsRate >= bareOfAll / 2,
    },
  ];
}
