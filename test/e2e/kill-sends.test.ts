// kill -9 of the worker, of Temporal and of PostgreSQL in the middle of messages to a provider: counted where they arrive, each
// member has exactly one in the end, and what nobody could know was shown to a person.
import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hasEnded } from '../../server/start/process.ts';
import { Receiver } from '../support/receiver.ts';
import { OwnServers } from '../support/temporal-own.ts';
import { Stage } from '../support/temporal-play.ts';
import { startWorker } from '../support/worker.ts';
import '../support/bundle.ts';
import { ENCRYPTION_KEY, makePeople } from '../workers/send-stage.ts';
import { journeyPlaybook, launchRun } from '../workers/virtual-run.ts';

/** As many as a worker has in a provider's hands at a time. */
const AT_ONCE = 16;

let servers: OwnServers;
let stage: Stage;
let receiver: Receiver;
let worker: ChildProcess | undefined;

beforeAll(async () => {
  servers = await OwnServers.start();
  receiver = await Receiver.start();
  stage = new Stage({ temporal: servers.temporal, databaseUrl: servers.databaseUrl, taskQueue: 'kindling' });
  worker = await startWorker(servers, { KINDLING_ENCRYPTION_KEY: ENCRYPTION_KEY });
});

afterAll(async () => {
  worker?.kill('SIGKILL');
  receiver.stop();
  await stage.close();
  await servers.stop();
});

/** What can be killed, how many members have messages coming then, and whether nobody is left who knows what became of some. */
const parts = {
  worker: {
    members: 1_000,
    leavesDoubts: true,
    kill: async () => {
      worker?.kill('SIGKILL');
      await hasEnded(worker?.pid ?? 0, 10_000);
    },
    restart: async () => {
      worker = await startWorker(servers, { KINDLING_ENCRYPTION_KEY: ENCRYPTION_KEY });
    },
  },
  temporal: {
    members: 400,
    leavesDoubts: false,
    kill: () => servers.kill('temporal'),
    restart: () => servers.restart('temporal'),
  },
  postgres: {
    members: 400,
    leavesDoubts: false,
    kill: () => servers.kill('postgres'),
    restart: () => servers.restart('postgres'),
  },
} as const;

for (const [name, part] of Object.entries(parts)) {
  test(
    `messages to many, and ${name} is killed among them: everybody has exactly one`,
    () => killedAmong(part),
    240_000,
  );
}

async function killedAmong({
  members,
  leavesDoubts,
  kill,
  restart,
}: (typeof parts)[keyof typeof parts]): Promise<void> {
  receiver.clear();
  const people = await makePeople(stage.store, members, { kind: 'webhook', config: { url: receiver.url } });
  const document = journeyPlaybook({
    in: ['enter', {}, { out: 'm' }],
    m: [
      'send-message',
      { channel: 'sim', audience: { subject: true }, text: { 'zh-CN': '你好' }, class: 'service' },
      { sent: 'z', failed: 'z' },
    ],
    z: ['end', { reason: 'told' }],
  });
  // From the middle on the answers take so long that some have been heard and not answered when the kill comes.
  receiver.delayMs = 10;
  const isMiddle = (): boolean => receiver.arrived.length > members / 4;
  receiver.manner = () => {
    if (isMiddle()) receiver.delayMs = 3_000;
    return 'take';
  };
  const launched = { document, startAt: Date.now(), mode: 'real', groups: [people.group] } as const;
  const { run } = await launchRun(stage.store, people.team, launched);
  await stage.begin(run);
  await expect.poll(isMiddle, { timeout: 120_000, interval: 10 }).toBe(true);
  await kill();
  expect(receiver.arrived.length).toBeLessThan(members);
  Object.assign(receiver, { manner: () => 'take', delayMs: 10 });
  await restart();

  const told = `subject where run_id = $1 and graph = 1 and end_reason = 'told'`;
  const parked = `stuck_visit where run_id = $1 and reason = 'doubt' and resolved_at is null`;
  const settled = async (): Promise<boolean> =>
    (await stage.count(told, run)) + (await stage.count(parked, run)) === members;
  await stage.until('everybody has it or is in doubt', settled);
  const hearers = receiver.arrived.map(({ to }) => to);
  expect(new Set(hearers).size).toBe(hearers.length);
  const doubtful = await stage.count(parked, run);
  expect(doubtful).toBeLessThanOrEqual(AT_ONCE);
  expect(doubtful > 0).toBe(leavesDoubts);
  expect(await stage.count(`delivery where run_id = $1 and state = 'unknown'`, run)).toBe(doubtful);
  expect(await stage.count(`delivery where run_id = $1 and state = 'sent'`, run)).toBe(members - doubtful);

  // A person looks up at the other side who has it, and decides about each.
  const { rows } = await stage.store.pool.query<{
    node: number;
    ordinal: number;
    lap: number;
    member: string;
  }>(
    `select v.node, v.ordinal, v.lap, s.member_id as member from stuck_visit v
     join subject s on s.run_id = v.run_id and s.graph = 1 and s.ordinal = v.ordinal
     where v.run_id = $1 and v.resolved_at is null`,
    [run],
  );
  if (leavesDoubts) expect(rows.filter(({ member }) => hearers.includes(member))).not.toEqual([]);
  for (const { member, ...visit } of rows)
    await stage.command(run, { do: hearers.includes(member) ? 'skip' : 'retry', ...visit });
  await stage.finished(run);
  expect(await stage.status(run)).toBe('completed');
  expect(receiver.arrived.map(({ to }) => to).toSorted()).toEqual(people.members.toSorted());
}
