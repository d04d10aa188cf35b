// The simulator: a channel whose people read, click, reply, sign up, opt out and complain by seeded chance.
// What they do becomes due at its instant and then comes in as events of the public path. Who they are: engine/simulate.ts.
import { peopleOf, receptionOf, type Community, type DrawnFor } from '../../engine/simulate.ts';
import type { Sql } from '../store/client.ts';
import { communityOfRun } from '../store/community.ts';
import { scheduleDue, type Due } from '../store/due-rows.ts';
import type { RunFacts } from '../store/run.ts';
import { shardOf } from '../store/shard.ts';
import type { Addressee, Channel, Post, PostOutcome } from './channel.ts';

export const simulator: Channel = {
  post: async (sql, run, posts) => {
    const community = await communityOfRun(sql, run);
    const outcomes: PostOutcome[] = [];
    const due: Due[] = [];
    for (const post of posts) {
      const failed = new Set<string>();
      for (const addressee of post.to) {
        const heard = await peopleBehind(sql, community, addressee);
        for (const someone of heard) {
          const fails = !react(post, someone, { run, community, due });
          if (fails && addressee.kind === 'member') failed.add(addressee.recipient);
        }
      }
      outcomes.push({ failed });
    }
    await scheduleDue(sql, run.team, due);
    return outcomes;
  },
};

/** Somebody who gets a message: one of the synthetic community, or a member that the simulator plays. */
interface Someone {
  readonly person: number;
  readonly member: string | null;
}

async function peopleBehind(sql: Sql, community: Community, to: Addressee): Promise<readonly Someone[]> {
  if (to.kind === 'member') {
    const person = to.number ?? numberOf(to.memberId!);
    return [{ person, member: to.memberId }];
  }
  if (to.groupId === null) {
    return Array.from(peopleOf(community, to.number!), (person) => ({ person, member: null }));
  }
  const { rows } = await sql.query<{ member: string }>(
    'select member_id as member from membership where group_id = $1 and left_at is null order by member_id',
    [to.groupId],
  );
  return rows.map(({ member }) => ({ person: numberOf(member), member }));
}

/** The number by which a member's reactions are drawn: the random end of its id. */
const numberOf = (member: string): number => Number.parseInt(member.slice(-8), 16);

// False: the delivery failed.
function react(
  post: Post,
  { person, member }: Someone,
  { run, community, due }: { readonly run: RunFacts; readonly community: Community; readonly due: Due[] },
): boolean {
  const visit: DrawnFor = { node: post.node, ordinal: post.ordinal, lap: post.lap };
  const { fails, reactions } = receptionOf(community, visit, person);
  if (fails) return false;
  const whose = member === null ? { person } : { member };
  for (const { event, delayMs } of reactions) {
    due.push({
      run: run.id,
      // Whoever waits for it waits in the shard of its subject; of a campaign's message, in shard 0.
      shard: shardOf(post.ordinal),
      at: post.at + delayMs,
      key: `${post.key}/${member ?? person}/${event}`,
      payload: { kind: 'event', name: event, ...whose, data: { node: post.node } },
      event,
      ...whose,
    });
  }
  return true;
}
