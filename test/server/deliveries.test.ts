// What became of every message, as people look it up; and what they say of those that nobody knows about.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adapters } from '../../workers/channels/index.ts';
import { command } from '../../workers/store/control.ts';
import { stand, type Speaker } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';
import { Receiver } from '../support/receiver.ts';
import { launch, makePeople, movingClock, posting, type People, type Sender } from '../workers/send-stage.ts';

const { url } = await freshDatabase();
const { store, program } = await stand(url);
const receiver = await Receiver.start();
afterAll(() => receiver.stop());

const clock = movingClock();
let people: People;
let sender: Sender;
let operator: Speaker;
let designer: Speaker;

interface Listed {
  readonly message: string;
  readonly recipient: string;
  readonly state: string;
  readonly reason: string | null;
  readonly why: Record<string, string> | null;
}

const list = async (query = ''): Promise<{ deliveries: Listed[]; next: string | null }> => {
  const { status, body } = await operator('GET', `/api/deliveries?${query}`);
  expect(status).toBe(200);
  return body as never;
};

beforeAll(async () => {
  people = await makePeople(store, 5, { kind: 'webhook', config: { url: receiver.url } });
  operator = await program(['operator'], people.team);
  designer = await program(['designer'], people.team);
  const [silent, lost] = people.members;
  await store.pool.query('delete from consent where member_id = $1', [silent]);
  receiver.manner = ({ to }) => (to === lost ? 'drop' : 'take');
  sender = await launch(store, people, posting('segment'), { clock: clock.now, adapters });
  expect((await sender.send(clock.now())).code).toBe('doubt');
});

describe('deliveries', () => {
  test('are listed by run with state and reason, in both languages', async () => {
    const { deliveries, next } = await list(`run=${sender.run}`);
    expect(next).toBeNull();
    expect(deliveries.map(({ state }) => state).toSorted()).toEqual([
      'sent',
      'sent',
      'sent',
      'skipped',
      'unknown',
    ]);
    expect(deliveries.find(({ state }) => state === 'skipped')).toMatchObject({
      recipient: `member/${people.members[0]}`,
      memberName: 'x',
      node: 'm',
      channel: 'sim',
      class: 'marketing',
      mode: 'auto',
      priority: 'campaign',
      reason: 'consent',
      why: { 'zh-CN': '没有同意接收营销消息', en: 'Has not agreed to marketing' },
    });
    const sent = deliveries.find(({ state }) => state === 'sent');
    expect(sent).toMatchObject({ why: null, attempts: 1, requestedOf: 'provider' });
  });

  test('are found by member, channel, step, state and reason', async () => {
    const one = await list(`member=${people.members[2]}`);
    expect(one.deliveries).toMatchObject([{ memberId: people.members[2], state: 'sent' }]);
    expect((await list(`channel=${people.channel}&state=sent`)).deliveries).toHaveLength(3);
    expect((await list(`run=${sender.run}&node=m&reason=consent`)).deliveries).toHaveLength(1);
    expect((await list(`run=${sender.run}&node=elsewhere`)).deliveries).toEqual([]);
    expect((await list(`group=${people.group}`)).deliveries).toEqual([]);
  });

  test('come page by page, each once', async () => {
    const seen: string[] = [];
    let after = '';
    for (let page = 0; page < 10; page += 1) {
      const { deliveries, next } = await list(`limit=2${after}`);
      seen.push(...deliveries.map(({ recipient }) => recipient));
      if (next === null) break;
      after = `&after=${encodeURIComponent(next)}`;
    }
    expect(seen.toSorted()).toEqual(people.members.map((id) => `member/${id}`).toSorted());
  });

  test('are counted by step with the same reasons', async () => {
    const { body } = await operator('GET', `/api/runs/${sender.run}/deliveries`);
    expect(body['deliveries']).toContainEqual(
      expect.objectContaining({
        node: 'm',
        state: 'skipped',
        recipients: 1,
        why: expect.objectContaining({ en: 'Has not agreed to marketing' }),
      }),
    );
  });

  test.each([
    'after=nonsense',
    `after=${Buffer.from('[1]').toString('base64url')}`,
    'state=lost',
    'node=m',
    'run=x',
  ])('refuse %s by name', async (query) => {
    const { status } = await operator('GET', `/api/deliveries?${query}`);
    expect(status).toBe(400);
  });

  test('of another team are not there', async () => {
    const other = await program(['owner']);
    expect((await other('GET', `/api/deliveries?run=${sender.run}`)).body).toEqual({
      deliveries: [],
      next: null,
    });
    expect((await other('GET', `/api/deliveries?run=${sender.run}&node=m`)).body).toEqual({
      deliveries: [],
      next: null,
    });
    const [doubtful] = (await list('state=unknown')).deliveries;
    const { status } = await other('POST', `/api/deliveries/${doubtful!.message}/resolve`, {
      recipient: doubtful!.recipient,
      outcome: 'sent',
    });
    expect(status).toBe(404);
  });
});

test('somebody finds out that a message in doubt has arrived, and the visit goes on without sending it again', async () => {
  const [doubtful] = (await list('state=unknown')).deliveries;
  const say = (who: Speaker, outcome: string) =>
    who('POST', `/api/deliveries/${doubtful!.message}/resolve`, { recipient: doubtful!.recipient, outcome });
  expect((await say(designer, 'sent')).status).toBe(404);
  expect((await say(operator, 'perhaps')).status).toBe(400);
  expect((await say(operator, 'sent')).status).toBe(200);
  // Once it is known it is known.
  expect((await say(operator, 'failed')).status).toBe(404);
  expect((await list(`state=unknown`)).deliveries).toEqual([]);
  const retry = { do: 'retry', node: sender.node, ordinal: 0, lap: 0 } as const;
  await command(store.pool, { run: sender.run, control: retry, by: 'x', now: clock.now() });
  const before = receiver.arrived.length;
  expect((await sender.send(clock.now(), { call: 1 })).code).toBe('partial');
  expect(receiver.arrived).toHaveLength(before);
  const { rows } = await store.pool.query(
    `select detail from audit_log where team_id = $1 and action = 'delivery.resolve'`,
    [people.team],
  );
  expect(rows).toEqual([{ detail: { recipient: doubtful!.recipient, outcome: 'sent' } }]);
});
