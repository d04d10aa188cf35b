// The way of a message to one recipient is kept by the database itself: no code can leave it, whoever writes it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../../workers/store/client.ts';
import { newId } from '../../../workers/store/id.ts';
import { freshDatabase } from '../../support/database.ts';
import { playbook } from '../../support/temporal-play.ts';
import { launchRun, makeTeam } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url);
afterAll(() => store.close());

/** Where a delivery may go from each state; everything else is refused. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  planned: ['gated', 'requested', 'sent', 'skipped', 'expired', 'failed'],
  gated: ['planned', 'requested', 'skipped', 'expired', 'failed'],
  requested: ['planned', 'confirmed', 'sent', 'skipped', 'expired', 'failed', 'unknown'],
  confirmed: ['planned', 'gated', 'sent', 'skipped', 'expired', 'failed'],
  sent: [],
  skipped: [],
  expired: [],
  failed: [],
  unknown: [],
};
const STATES = Object.keys(WAYS);

let message = '';
let team = 0;
let run = '';
beforeAll(async () => {
  team = await makeTeam(store);
  const document = playbook({ start: ['start', {}, { out: 'z' }], z: ['end', {}] });
  ({ run } = await launchRun(store, team, { document, startAt: 0, mode: 'real' }));
  message = newId();
  await store.pool.query(
    `insert into message (id, team_id, run_id, node, ordinal, lap, channel, class, mode, text, posted, at)
     values ($1, $2, $3, 0, 0, 0, 'c', 'service', 'auto', '{}', '', instant_of(0))`,
    [message, team, run],
  );
});

/** A delivery of its own in some state, with everything noted that any state asks for. */
async function delivery(state: string): Promise<string> {
  const recipient = `member/${newId()}`;
  await store.pool.query(
    `insert into delivery (message_id, team_id, run_id, recipient, state, reason, at, gated_at, requested_at,
       requested_of, valid_until)
     values ($1, $2, $3, $4, $5::delivery_state, 'cap', instant_of(0), instant_of(0), instant_of(0), 'provider',
       instant_of(0))`,
    [message, team, run, recipient, state],
  );
  return recipient;
}

const change = (recipient: string, set: string): Promise<unknown> =>
  store.pool.query(`update delivery set ${set} where recipient = $1`, [recipient]);

describe('a delivery', () => {
  test.each(STATES.flatMap((from) => STATES.map((to) => [from, to] as const)))(
    'that is %s becomes %s only where the way leads there',
    async (from, to) => {
      const moved = await change(await delivery(from), `state = '${to}'`).then(
        () => true,
        () => false,
      );
      expect(moved).toBe(from === to || WAYS[from]!.includes(to));
    },
  );

  test('in doubt moves when it is said who found out', async () => {
    for (const to of ['sent', 'failed', 'planned'])
      await change(await delivery('unknown'), `state = '${to}', reconciled_at = now(), reconciled_by = 'x'`);
    const refused = change(await delivery('unknown'), `state = 'skipped', reconciled_at = now()`);
    await expect(refused).rejects.toThrow('does not go from unknown to skipped');
  });

  test('that has failed is planned again under a later call only', async () => {
    await change(await delivery('failed'), `state = 'planned', call = call + 1`);
    await expect(change(await delivery('failed'), `state = 'planned'`)).rejects.toThrow('from failed');
  });

  test.each(['gated', 'requested', 'confirmed', 'sent', 'unknown'])(
    'is not %s before the gate has let it through',
    async (state) => {
      const insert = store.pool.query(
        `insert into delivery (message_id, team_id, run_id, recipient, state, at, requested_at, requested_of,
           valid_until)
         values ($1, $2, $3, $4, $5::delivery_state, instant_of(0), instant_of(0), 'provider', instant_of(0))`,
        [message, team, run, newId(), state],
      );
      await expect(insert).rejects.toThrow('gated_first');
    },
  );

  test.each(['skipped', 'failed'])('is not %s without a reason', async (state) => {
    await expect(change(await delivery('planned'), `state = '${state}', reason = null`)).rejects.toThrow(
      'says_why',
    );
  });
});
