// A check-in of 21 days for 1,000, 10,000 and 100,000 members, in compressed time: what it costs, and how the cost grows.
// Each shard skips on a clock of its own, which is why only a benchmark may do this: nothing here asks how shards compare in time.
import type { Playbook } from '../engine/document.ts';
import { entranceRule } from '../engine/entrance.ts';
import { launch } from '../workers/client.ts';
import { workflowId } from '../workers/contract.ts';
import { inTransaction } from '../workers/store/client.ts';
import { enrol } from '../workers/store/enrol.ts';
import { runOf, type RunFacts } from '../workers/store/run.ts';
import { Binder } from '../workers/store/segments/binder.ts';
import { challenge, DAYS, START } from './rehearse-10k-21d.ts';
import type { Figure } from './figure.ts';
import { between, progress, rounded, Stand, type Usage } from './stand.ts';

/** Ascending; for a quick look say `GROWTH_SIZES=500,1000`. */
const SIZES = (process.env['GROWTH_SIZES'] ?? '1000,10000,100000').split(',').map(Number);
/** How much more a member of the largest run may cost than one of the run before. */
const GROWS_BY = 1.5;

/** Nobody does anything but check in, so that every member's way can be counted. */
const silent = { read: 0, click: 0, signUp: 0, optOut: 0, complain: 0, fail: 0 };

/** The challenge, its members woken together at full hours. */
function checkIn(members: number): Playbook {
  const { journeys, rehearsal } = challenge;
  return {
    ...challenge,
    // The campaign launches nobody: members are enrolled by the benchmark, more than compressed time allows otherwise.
    graph: {
      nodes: [
        { id: 'start', step: 'start', config: { trigger: 'manual' } },
        { id: 'end', step: 'end', config: {} },
      ],
      edges: [{ id: 'e1', from: 'start', port: 'out', to: 'end' }],
    },
    journeys: { daily: { ...journeys.daily, tolerance: 'PT1H' } },
    rehearsal: { ...rehearsal, members, rates: { ...silent, ...rehearsal.rates } },
  } as unknown as Playbook;
}

interface Measured {
  readonly members: number;
  readonly shards: number;
  readonly events: number;
  readonly steps: number;
  readonly used: Usage;
  readonly peakMb: number;
}

/** Runs it at each size on the same servers. */
export async function bench(): Promise<readonly Figure[]> {
  const stand = await Stand.start('bench-growth');
  try {
    // The product refuses more than a shard in compressed time: it promises one clock to a run.
    await stand.stage.store.pool.query('alter table run drop constraint compressed_fits_one_shard');
    const measured: Measured[] = [];
    for (const members of SIZES) {
      progress(`${members} members, ${DAYS} days`);
      measured.push(await runWith(stand, members));
    }
    return figuresOf(measured);
  } finally {
    await stand.stop();
  }
}

async function runWith(stand: Stand, members: number): Promise<Measured> {
  const { stage } = stand;
  const id = await stand.prepare(checkIn(members), { mode: 'fast', members, startAt: START });
  const run = (await runOf(stage.store.pool, id))!;
  const before = await stand.usage();
  await enrolAll(stand, run, members);
  const shards = Array.from({ length: Math.ceil(members / 10_000) }, (_, shard) => shard);
  await Promise.all(shards.map((shard) => launch(stage.temporal, run, { shard })));
  const { workflow } = stage.temporal.client;
  await Promise.all(shards.map((shard) => workflow.getHandle(workflowId(id, shard)).result()));
  const used = between(before, await stand.usage());
  const steps = await audit(stand, id, members);
  const events = await Promise.all(shards.map((shard) => stand.events(id, shard)));
  return {
    members,
    shards: shards.length,
    events: events.reduce((sum, some) => sum + some, 0),
    steps,
    used,
    // The highest that this process, which does the worker's work, ever took.
    peakMb: process.resourceUsage().maxRSS / 1_024,
  };
}

async function enrolAll({ stage }: Stand, run: RunFacts, members: number): Promise<void> {
  const binder = new Binder();
  const query = `select person::text as who, null::uuid as member, person, 'member'::member_kind as kind,
      true as fits, null::jsonb as why
    from generate_series(0, ${binder.bind(members - 1, 'int')}) as person`;
  const { config } = run.plan.nodes[run.plan.graphs[1]!.start]!;
  const { entered } = await inTransaction(stage.store.pool, (sql) =>
    enrol(sql, {
      run,
      graph: 1,
      rule: entranceRule(config),
      candidates: { binder, query },
      visit: { node: 0, ordinal: 0, lap: 0, at: START },
      wall: Date.now(),
    }),
  );
  if (entered !== members) throw new Error(`${entered} of ${members} members have entered.`);
}

/** Nobody lost, nobody doubled: everybody has ended once, with a message, an answer or its lack, and a note, for every day. */
async function audit({ stage }: Stand, run: string, members: number): Promise<number> {
  const { pool } = stage.store;
  const ended = await stage.count(`subject where run_id = $1 and graph = 1 and end_reason = 'finished'`, run);
  const { rows } = await pool.query<{ messages: number; fewest: number; most: number }>(
    `select coalesce(sum(n), 0)::int as messages, min(n)::int as fewest, max(n)::int as most
     from (select recipient, count(*) as n from delivery where run_id = $1 and state = 'sent' group by recipient) as d`,
    [run],
  );
  const plan = (await runOf(pool, run))!.plan;
  const { rows: passed } = await pool.query<{ node: number; visits: number }>(
    'select node, sum(visits)::int as visits from passed_alike where run_id = $1 group by node',
    [run],
  );
  const at = (id: string): number =>
    passed.find(({ node }) => plan.nodes[node]!.graph === 1 && plan.nodes[node]!.id === id)?.visits ?? 0;
  const { messages = 0, fewest = 0, most = 0 } = rows[0] ?? {};
  const days = members * DAYS;
  const seen = {
    ended,
    messages,
    fewest,
    most,
    checks: at('check-in'),
    level: at('level'),
    miss: at('miss'),
  };
  const holds =
    ended === members &&
    messages === days &&
    fewest === DAYS &&
    most === DAYS &&
    seen.checks === days &&
    seen.level + seen.miss === days;
  if (!holds) throw new Error(`Somebody is lost or doubled: ${JSON.stringify(seen)} of ${members}.`);
  return passed.reduce((sum, { visits }) => sum + visits, 0);
}

const cpu = ({ worker, postgres, temporal }: Usage): number => worker + postgres + temporal;

const rowOf = ({ members, shards, events, steps, used, peakMb }: Measured) => ({
  members,
  shards,
  'member-steps': steps,
  'wall s': rounded(used.wall, 1),
  'worker CPU s': rounded(used.worker, 1),
  'PostgreSQL CPU s': rounded(used.postgres, 1),
  'Temporal CPU s': rounded(used.temporal, 1),
  'peak MB': Math.round(peakMb),
  'database MB': Math.round(used.databaseMb),
  'history events': events,
  'events a member-step': rounded(events / steps, 5),
  'CPU µs a member-step': rounded((cpu(used) / steps) * 1e6, 0),
});

function figuresOf(measured: readonly Measured[]): readonly Figure[] {
  const table = measured.map(rowOf);
  const [last, before = last] = measured.toReversed();
  const costs = [last!, before!].map(({ used, steps }) => (cpu(used) / steps) * 1e6);
  const [value = 0, reference = 0] = costs;
  const { members, used, steps } = last!;
  return [
    {
      name: 'hundred-thousand',
      value: Math.round(used.wall),
      unit: `s for ${members} members through ${DAYS} days of check-ins (${steps} member-steps), each of ${last!.shards} shards in compressed time on its own, where every skip of Temporal takes a second; CPU ${Math.round(used.worker)} s worker, ${Math.round(used.postgres)} s PostgreSQL, ${Math.round(used.temporal)} s Temporal; worker at most ${Math.round(last!.peakMb)} MB; database ${Math.round(used.databaseMb)} MB`,
      reference: null,
      ratio: null,
      goal: 'finishes, nobody lost or doubled (counted: it fails otherwise)',
      ok: members >= 100_000,
    },
    {
      name: 'growth',
      value: rounded(value, 0),
      unit: `µs of CPU for a step of a member with ${members} of them; reference: with ${before!.members}`,
      reference: rounded(reference, 0),
      ratio: rounded(value / reference),
      goal: `ratio <= ${GROWS_BY}`,
      ok: value <= GROWS_BY * reference,
      table,
    },
  ];
}
