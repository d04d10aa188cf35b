// Chaos: parts of an installation of its own are killed at random while playbooks run; in the end every invariant is looked at.
// Seeded: the same seed kills the same parts in the same order. What was done is counted where it arrives, at web servers of its own.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { chance } from '../../engine/chance.ts';
import { audit, type Breach } from '../../workers/store/audit/audit.ts';
import { Receiver } from './receiver.ts';
import { CHAOS_ENV, Clients } from './temporal-chaos-clients.ts';
import { PARTS, Parts } from './temporal-chaos-parts.ts';
import { Stage } from './temporal-play.ts';

/** After the last kill everything must have come to its end by then. */
const PATIENCE_MS = 240_000;

/** How it went. */
export interface Outcome {
  readonly runs: number;
  readonly kills: Readonly<Record<string, number>>;
  /** How many have joined and applied, and how many forms were thanked for. */
  readonly people: { readonly joined: number; readonly applied: number; readonly answered: number };
  /** What had not come to its end in time: runs, and subjects of the one that stays open. */
  readonly unfinished: number;
  /** Requests and messages that arrived, how many different ones, and the visits that were tried again because they were in doubt. */
  readonly arrived: number;
  readonly served: number;
  readonly retried: number;
  /** What does not agree with what was acknowledged. */
  readonly wrong: readonly string[];
  readonly breaches: readonly Breach[];
}

/** Runs chaos for a while. `say` is told what happens. */
export async function chaos(
  { minutes, seed }: { readonly minutes: number; readonly seed: number },
  say: (line: string) => void,
): Promise<Outcome> {
  const called = await Calls.start();
  const messages = await Receiver.start();
  const parts = await Parts.start(CHAOS_ENV);
  const stage = new Stage({
    temporal: parts.servers.temporal,
    databaseUrl: parts.servers.databaseUrl,
    taskQueue: 'kindling',
  });
  try {
    const clients = await Clients.open(parts, stage, { calls: called.url, messages: messages.url });
    messages.manner = (it) => {
      clients.hear(it);
      return 'take';
    };
    let isOver = false;
    const working = clients.work(() => isOver);
    const began = Date.now();
    const until = began + minutes * 60_000;
    // Whoever comes last has time to be shot at too, and nobody waits long for them afterwards.
    const last = began + 0.8 * (until - began);
    const [kills] = await Promise.all([killing(parts, { seed, until, say }), clients.comeUntil(last)]);
    say('no more kills');
    const unfinished = await atRest(stage, clients);
    say('everything has come to its end');
    isOver = true;
    await working;
    await clients.rest();
    await parts.must('POST', `/api/runs/${clients.welcoming}/control`, { do: 'cancel', reason: '结束' });
    const unended = () => stage.count(`run where status not in ('completed', 'cancelled')`);
    await stage.until('the open run is over', async () => (await unended()) === 0, 60_000).catch(() => {});
    const { breaches } = await audit(stage.store, null);
    return {
      runs: clients.launched,
      kills,
      people: peopleOf(clients),
      unfinished: unfinished + (await unended()),
      ...(await compare({ stage, clients, parts, called, messages })),
      breaches,
    };
  } finally {
    await stage.close();
    await parts.stop();
    messages.stop();
    called.stop();
  }
}

/** Requests of webhook steps, by the last part of their address. */
class Calls {
  readonly arrived: { readonly to: string; readonly key: string }[] = [];
  url = '';
  readonly #server = createServer((request, response) => {
    this.arrived.push({
      to: (request.url ?? '').slice(1),
      key: String(request.headers['idempotency-key']),
    });
    setTimeout(() => response.end(), 10);
  });

  static async start(): Promise<Calls> {
    const calls = new Calls();
    calls.#server.listen(0, '127.0.0.1');
    await once(calls.#server, 'listening');
    calls.url = `http://127.0.0.1:${(calls.#server.address() as AddressInfo).port}/`;
    return calls;
  }

  /** The different ones to one address. */
  count(to: string): number {
    return new Set(this.arrived.filter((it) => it.to === to).map(({ key }) => key)).size;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

async function killing(
  parts: Parts,
  {
    seed,
    until,
    say,
  }: { readonly seed: number; readonly until: number; readonly say: (line: string) => void },
): Promise<Record<string, number>> {
  const kills: Record<string, number> = {};
  for (let no = 0; Date.now() < until; no += 1) {
    await sleep(2_000 + 4_000 * chance(seed, no, 'pause'));
    const name = PARTS[Math.floor(chance(seed, no, 'part') * PARTS.length)]!;
    const awayMs = Math.round(3_000 * chance(seed, no, 'away'));
    say(`${name} is killed, and back after ${awayMs} ms`);
    kills[name] = (kills[name] ?? 0) + 1;
    await parts.kill(name);
    await sleep(awayMs);
    await parts.restart(name);
  }
  return kills;
}

/** Waits until everything has come to its end; returns how much has not. */
async function atRest(stage: Stage, { welcoming }: Clients): Promise<number> {
  const open = async (): Promise<number> =>
    (await stage.count(`run where status not in ('completed', 'cancelled') and id <> $1`, welcoming)) +
    (await stage.count('subject where run_id = $1 and graph > 0 and ended_at is null', welcoming));
  const deadline = Date.now() + PATIENCE_MS;
  for (; (await open()) > 0 && Date.now() < deadline; await sleep(500));
  return open();
}

const peopleOf = ({ due: { joined, applied, answered } }: Clients): Outcome['people'] => ({
  joined: joined.size,
  applied: applied.size,
  answered: answered.size,
});

/** What arrived beside what was acknowledged. */
async function compare({
  stage,
  clients,
  parts,
  called,
  messages,
}: {
  readonly stage: Stage;
  readonly clients: Clients;
  readonly parts: Parts;
  readonly called: Calls;
  readonly messages: Receiver;
}): Promise<Pick<Outcome, 'arrived' | 'served' | 'retried' | 'wrong'>> {
  const { due } = clients;
  const wrong: string[] = [];
  const equal = (what: string, found: number, wanted: number) => {
    if (found !== wanted) wrong.push(`${what}: ${found} instead of ${wanted}`);
  };
  for (const to of ['calls', 'approved', 'rejected'] as const) equal(to, called.count(to), due[to]);

  const heard = messages.arrived;
  const keys = new Set(heard.map(({ key }) => key)).size;
  // Links are made anew each time.
  const said = new Set(heard.map(({ to, text }) => `${to} ${text.replaceAll(/\/m\/\S+/g, '')}`));
  equal('different messages', said.size, keys);
  const greeted = new Set(heard.filter(({ text }) => text.startsWith('欢迎')).map(({ to }) => to));
  equal('greeted', greeted.size, due.joined.size);
  equal('greeted who has joined', [...due.joined].filter((who) => greeted.has(who)).length, due.joined.size);

  const people = new Set([...due.joined, ...due.applied]);
  equal('members', await stage.count('member'), people.size);
  const { entrances } = await parts.must<{ entrances: { journey: string; entered: number }[] }>(
    'GET',
    `/api/runs/${clients.welcoming}/entrances`,
  );
  for (const { journey, entered } of entrances)
    equal(`entered ${journey}`, entered, (journey === 'apply' ? due.applied : due.joined).size);
  const answers = await stage.count('answer');
  if (answers < due.answered.size)
    wrong.push(`answers: ${answers}, though ${due.answered.size} were thanked for`);

  // Nothing goes out twice but what was in doubt and tried again.
  const arrived = called.arrived.length + heard.length;
  const served = new Set(called.arrived.map(({ key }) => key)).size + keys;
  const retried = await retriedOf(stage);
  if (arrived - served > retried) wrong.push(`${arrived - served} repeated, ${retried} tried again`);
  return { arrived, served, retried, wrong };
}

async function retriedOf(stage: Stage): Promise<number> {
  const { rows } = await stage.store.pool.query<{ n: number }>(
    `select coalesce(sum((detail ->> 'visits')::int), 0)::int as n from audit_log where action = 'run.retry'`,
  );
  return rows[0]!.n;
}
