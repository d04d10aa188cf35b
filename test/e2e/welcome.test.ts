// The welcome playbook for real: members who join are reported over HTTP and greeted once each, counted where the greetings
// arrive, although events come twice, the worker is killed among them and a newer version takes over.
import type { ChildProcess } from 'node:child_process';
import { afterAll, expect, test } from 'vitest';
import { hasEnded } from '../../server/start/process.ts';
import { shipped } from '../../playbooks/index.ts';
import { audit } from '../../workers/store/audit/audit.ts';
import { stand } from '../support/app.ts';
import { Receiver } from '../support/receiver.ts';
import { OwnServers } from '../support/temporal-own.ts';
import { Stage } from '../support/temporal-play.ts';
import { startWorker } from '../support/worker.ts';
import '../support/bundle.ts';
import { ENCRYPTION_KEY, makePeople } from '../workers/send-stage.ts';

const servers = await OwnServers.start();
afterAll(() => servers.stop());
const { temporal, databaseUrl } = servers;
const { program } = await stand(databaseUrl, { taskQueue: 'kindling', address: temporal.address });
const stage = new Stage({ temporal, databaseUrl, taskQueue: 'kindling' });
afterAll(() => stage.close());
const receiver = await Receiver.start();
afterAll(() => receiver.stop());
const startOwnWorker = (): Promise<ChildProcess> =>
  startWorker(servers, {
    KINDLING_ENCRYPTION_KEY: ENCRYPTION_KEY,
    KINDLING_PUBLIC_URL: 'http://127.0.0.1:7373',
  });
let worker: ChildProcess | undefined = await startOwnWorker();
afterAll(() => void worker?.kill('SIGKILL'));

async function killWorker(): Promise<void> {
  const { pid = 0 } = worker ?? {};
  worker?.kill('SIGKILL');
  worker = undefined;
  await hasEnded(pid, 10_000);
}

test('everybody who joins is welcomed once', async () => {
  const people = await makePeople(stage.store, 90, { kind: 'webhook', config: { url: receiver.url } });
  const owner = await program(['owner'], people.team);
  const made = async (route: string, body: object) => {
    const said = await owner('POST', route, body);
    expect([said.status, said.body['code']]).toEqual([201, undefined]);
    return said.body;
  };
  const { playbook, params } = shipped['welcome']!;
  const id = String((await made('/api/playbooks', { document: playbook }))['id']);
  await made(`/api/playbooks/${id}/publish`, { revision: 1 });
  const run = String(
    (
      await made('/api/runs', {
        playbook: id,
        params: { ...params, channel: 'sim' },
        groups: [people.group],
      })
    )['id'],
  );
  const isOpen = (which: string) =>
    stage.count(
      `entrance where run_id = $1 and event = 'member.joined' and closed_at is null and opened_at is not null`,
      which,
    );
  await stage.until('the door is open', async () => (await isOpen(run)) === 1);

  let serial = 0;
  const join = async (members: readonly string[], source = 'wecom') => {
    const events = members.map((member) => ({
      name: 'member.joined',
      source,
      sourceId: `${source}-${member}`,
      member,
      group: people.group,
      at: new Date().toISOString(),
      data: { serial: (serial += 1) },
    }));
    const { status } = await owner('POST', '/api/events', { events });
    expect(status).toBe(202);
  };
  const greeted = () => receiver.arrived.map(({ to }) => to);
  const inside = (which: string) => stage.count(`subject where run_id = $1 and member_id is not null`, which);
  /** Those of whom nobody can know whether they were greeted; some of them were. */
  const doubtful = async () => {
    const { rows } = await stage.store.pool.query<{ member: string }>(
      `select s.member_id as member from stuck_visit v
       join subject s on s.run_id = v.run_id and s.graph > 0 and s.ordinal = v.ordinal and s.member_id is not null
       where v.run_id = $1 and v.reason = 'doubt' and v.resolved_at is null`,
      [run],
    );
    return rows.map(({ member }) => member);
  };
  const seenTo = async () => new Set([...greeted(), ...(await doubtful())]).size;

  // The first thirty, twice each; the worker dies while it greets them, and the next thirty join while nobody works.
  receiver.delayMs = 20;
  const [first, second, third] = [0, 30, 60].map((from) => people.members.slice(from, from + 30)) as [
    string[],
    string[],
    string[],
  ];
  await Promise.all([join(first.slice(0, 15)), join(first.slice(15)), join(first)]);
  await stage.until('some are greeted', async () => receiver.arrived.length >= 5);
  await killWorker();
  await Promise.all([join(second), join(second), join(first, 'app'), join(second, 'app')]);
  expect(await inside(run)).toBe(60);
  worker = await startOwnWorker();
  await stage.until('everybody is greeted, or nobody can know', async () => (await seenTo()) === 60);
  // Only who was being greeted when the worker died: of those who came later nothing is in doubt.
  expect(first).toEqual(expect.arrayContaining(await doubtful()));
  expect(new Set(greeted()).size).toBe(greeted().length);

  // A new version, while sixty are under way; whoever joins from now on is greeted by it.
  const hello = playbook.journeys!['welcome']!.graph.nodes.find((node) => node.id === 'hello')!;
  const text = {
    'zh-CN': '第二版：欢迎！{{ links.rules }}',
    en: 'Second version: welcome! {{ links.rules }}',
  };
  const changed = {
    ...playbook,
    journeys: {
      ...playbook.journeys,
      welcome: {
        ...playbook.journeys!['welcome']!,
        graph: {
          ...playbook.journeys!['welcome']!.graph,
          nodes: playbook.journeys!['welcome']!.graph.nodes.map((node) =>
            node === hello ? { ...node, config: { ...node.config, text } } : node,
          ),
        },
      },
    },
  };
  await owner('PUT', `/api/playbooks/${id}/draft`, { document: changed, revision: 1 });
  const { runs } = await made(`/api/playbooks/${id}/publish`, { revision: 2 });
  const { followed } = runs as { followed: { run: string; follows: string }[] };
  expect(followed).toEqual([{ run: expect.any(String), follows: run }]);
  const next = followed[0]!.run;
  // Some join before the new run has got so far, the others after.
  await join(third.slice(0, 10));
  await stage.until('the door has changed hands', async () => (await isOpen(next)) === 1);
  expect(await isOpen(run)).toBe(0);
  await Promise.all([join(third.slice(10)), join(third), join(second, 'late')]);
  expect((await inside(run)) + (await inside(next))).toBe(90);
  await stage.until('the last are greeted too', async () => (await seenTo()) === 90);
  expect(new Set(greeted()).size).toBe(greeted().length);
  const bySecond = receiver.arrived.filter((it) => it.text.startsWith('第二版')).map(({ to }) => to);
  expect(bySecond).toHaveLength(await inside(next));
  expect(third).toEqual(expect.arrayContaining(bySecond));
  expect(bySecond.length).toBeGreaterThanOrEqual(20);
  expect((await audit(stage.store, null)).breaches).toEqual([]);

  // Those who are under way stay on theirs; a run that is cancelled lets nobody in and ends.
  expect(await stage.count(`subject where run_id = $1 and graph > 0 and ended_at is null`, run)).toBe(
    await inside(run),
  );
  for (const which of [run, next]) {
    await owner('POST', `/api/runs/${which}/control`, { do: 'cancel', reason: '测试结束' });
    await stage.until('it is over', async () => (await stage.status(which)) === 'cancelled');
  }
});
