// How many events a second are taken in while 100,000 members wait for them, over HTTP in batches of 1,000; and how long after its
// event a member has moved on, while they come at the rate that is promised. Beside it a bare set-based insert of the same rows.
import type { AddressInfo } from 'node:net';
import { buildApp } from '../server/app.ts';
import { makeKey } from '../server/identity/identity.ts';
import { Keyring } from '../workers/store/keyring.ts';
import type { Figure } from './figure.ts';
import { progress, rounded, Stand } from './stand.ts';
import { waiting } from './waiting.ts';

const MEMBERS = Number(process.env['INGEST_MEMBERS'] ?? 100_000);
const BATCH = 1_000;
/** Requests under way at a time while nobody holds them back. */
const SENDERS = 2;
/** Promised, per second. */
const RATE = 5_000;
const MOVES_WITHIN_MS = 2_000;
const LOOK_EVERY_MS = 50;

/** Has everybody wait, sends half of the events as fast as they are taken, and the other half at the promised rate. */
export async function bench(): Promise<Figure> {
  const stand = await Stand.start('bench-ingest');
  try {
    const api = await serve(stand);
    try {
      return await measure(stand, api.post);
    } finally {
      await api.close();
    }
  } finally {
    await stand.stop();
  }
}

type Post = (members: readonly string[]) => Promise<void>;

async function serve({ stage }: Stand): Promise<{ post: Post; close: () => Promise<void> }> {
  const { store, temporal } = stage;
  const keyring = new Keyring([Buffer.alloc(32, 1).toString('base64')]);
  const publicUrl = 'http://127.0.0.1';
  const app = await buildApp({ keyring, store, temporal, clock: Date.now, publicUrl, home: '/nonexistent' });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const team = await stage.team();
  const owner = { team, name: 'bench', roles: ['operator'], by: null, now: Date.now() } as const;
  const { token } = await makeKey(store.pool, owner);
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/api/events`;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const post: Post = async (members) => {
    const events = members.map((member) => ({
      name: 'order.paid',
      source: 'shop',
      sourceId: `order-${member}`,
      member,
      data: { amount: 100, currency: 'CNY' },
    }));
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ events }) });
    const { accepted } = (await answer.json()) as { readonly accepted?: number };
    if (accepted !== members.length) throw new Error(`${accepted} of ${members.length} events were taken.`);
  };
  return { post, close: () => app.close() };
}

async function measure(stand: Stand, post: Post): Promise<Figure> {
  const { stage } = stand;
  const run = await stand.prepare(waiting, { ...(await stand.members(MEMBERS)), startAt: Date.now() });
  progress(`${MEMBERS} members begin to wait`);
  await stage.begin(run);
  const listening = () => stage.count('listener where run_id = $1 and live', run);
  await stage.until('everybody waits', async () => (await listening()) === MEMBERS, 600_000);
  const batches = await batchesOf(stand, run);
  const half = Math.ceil(batches.length / 2);
  progress('events as fast as they are taken');
  const rate = await atOnce(batches.slice(0, half), post);
  await stage.until('they have moved', async () => (await listening()) <= MEMBERS / 2, 600_000);
  const sent = half * BATCH;
  const moved = () => stage.count(`subject where run_id = $1 and graph = 1 and end_reason = 'paid'`, run);
  await stage.until('they are through', async () => (await moved()) >= Math.min(sent, MEMBERS), 600_000);
  progress(`${RATE} events a second`);
  const delays = await paced(stand, run, { batches: batches.slice(half), post });
  await stage.until('everybody is through', async () => (await moved()) === MEMBERS, 600_000);
  progress('a bare insert of the same rows');
  return figureOf(rate, delays, await bareInsert(stand));
}

async function batchesOf({ stage }: Stand, run: string): Promise<string[][]> {
  // Across all shards alternately, as events come.
  const { rows } = await stage.store.pool.query<{ id: string }>(
    'select member_id as id from subject where run_id = $1 and graph = 1 order by ordinal % 1000, ordinal',
    [run],
  );
  return Array.from({ length: Math.ceil(rows.length / BATCH) }, (_, i) =>
    rows.slice(i * BATCH, (i + 1) * BATCH).map(({ id }) => id),
  );
}

/** Events a second. */
async function atOnce(batches: readonly (readonly string[])[], post: Post): Promise<number> {
  const began = performance.now();
  const left = [...batches];
  const send = async (): Promise<void> => {
    for (let batch = left.shift(); batch !== undefined; batch = left.shift()) await post(batch);
  };
  await Promise.all(Array.from({ length: SENDERS }, send));
  const events = batches.reduce((sum, { length }) => sum + length, 0);
  return events / ((performance.now() - began) / 1_000);
}

/** Sends at the promised rate. Milliseconds from the request until one member of each batch has visibly moved on. */
async function paced(
  { stage }: Stand,
  run: string,
  { batches, post }: { readonly batches: readonly (readonly string[])[]; readonly post: Post },
): Promise<number[]> {
  const open = new Map<string, number>();
  const delays: number[] = [];
  const watching = new AbortController();
  const look = async (): Promise<void> => {
    while (!watching.signal.aborted || open.size > 0) {
      const { rows } = await stage.store.pool.query<{ id: string }>(
        `select s.member_id as id from subject s where s.run_id = $1 and s.member_id = any($2)
           and exists (select from passed_by(s.run_id, s.ordinal) as p where p.port = 'paid')`,
        [run, [...open.keys()]],
      );
      for (const { id } of rows) {
        delays.push(performance.now() - open.get(id)!);
        open.delete(id);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  };
  const looking = look();
  const began = performance.now();
  const sending = batches.map(async (batch, index) => {
    const at = (index * BATCH * 1_000) / RATE;
    await new Promise((resolve) => setTimeout(resolve, at - (performance.now() - began)));
    open.set(batch.at(-1)!, performance.now());
    await post(batch);
  });
  await Promise.all(sending);
  watching.abort();
  await looking;
  return delays.sort((a, b) => a - b);
}

/** Rows per second when the same events are inserted, batch by batch, with nothing around it. */
async function bareInsert({ stage }: Stand): Promise<number> {
  const { pool } = stage.store;
  const { rows } = await pool.query<{ row: unknown }>('select to_jsonb(e) as row from event e order by id');
  await pool.query('create table bare_event (like event including defaults)');
  await pool.query('alter table bare_event add primary key (id)');
  const began = performance.now();
  for (let first = 0; first < rows.length; first += BATCH) {
    const some = rows.slice(first, first + BATCH).map(({ row }) => row);
    await pool.query('insert into bare_event select * from jsonb_populate_recordset(null::bare_event, $1)', [
      JSON.stringify(some),
    ]);
  }
  return rows.length / ((performance.now() - began) / 1_000);
}

function figureOf(rate: number, delays: readonly number[], bareRate: number): Figure {
  const slowest = delays.at(-1) ?? 0;
  const median = delays[Math.floor(delays.length / 2)] ?? 0;
  return {
    name: 'ingest-rate',
    value: Math.round(rate),
    unit: `events a second over HTTP in batches of ${BATCH}, ${MEMBERS} members waiting, each woken by its event; at ${RATE} a second a member has moved on ${rounded(median / 1_000)} s after its event (median of ${delays.length}), at the latest ${rounded(slowest / 1_000)} s; reference: a bare set-based insert of the same rows`,
    reference: Math.round(bareRate),
    ratio: rounded(rate / bareRate),
    goal: `>= ${RATE}, and everybody looked at has moved within ${MOVES_WITHIN_MS / 1_000} s`,
    ok: rate >= RATE && slowest <= MOVES_WITHIN_MS,
  };
}
