// By which way a message goes out: a team's channel account, or the simulator of a synthetic community.
// Not the sending: whoever posts within the database, and the adapters of providers, stand in workers/channels/.
import { channelKind } from '../../engine/channels/index.ts';
import { fits, type Capabilities } from '../../engine/channels/kind.ts';
import type { Adapter } from '../channels/channel.ts';
import { channelNamed, type ChannelAccount } from '../store/channel-account.ts';
import type { Sql } from '../store/client.ts';
import { isSynthetic } from '../store/community.ts';
import type { RunFacts } from '../store/run.ts';
import type { Reachable } from './recipients.ts';
import type { Deps } from './work.ts';

/** A way out. */
export interface Route {
  /** Null in a synthetic community. */
  readonly account: ChannelAccount | null;
  /** It posts by itself; otherwise colleagues do, and say so. */
  readonly posts: boolean;
  /** The provider to hand messages to; without one everything happens within the database. */
  readonly adapter: Adapter | null;
  readonly verified: boolean;
  /** How it finds people; null where nobody needs finding. */
  readonly reachable: Reachable | null;
  readonly takes: (text: string) => boolean;
}

const ANY_TEXT = (): boolean => true;

/** The way of a run's messages by this channel; undefined when there is no such channel, or nobody who serves its kind. */
export async function routeOf(
  sql: Sql,
  { adapters }: Pick<Deps, 'adapters'>,
  run: RunFacts,
  name: string,
): Promise<Route | undefined> {
  if (isSynthetic(run))
    return { account: null, posts: true, adapter: null, verified: true, reachable: null, takes: ANY_TEXT };
  const account = await channelNamed(sql, run.team, name);
  const kind = account === undefined ? undefined : channelKind(account.kind);
  if (account === undefined || kind === undefined) return undefined;
  const { capabilities, names } = kind;
  const { id, verified } = account;
  const takes = (text: string): boolean => fits(text, capabilities);
  const reachable = { id, dm: capabilities.dm, names };
  // Nobody outside hears of a compressed run: the synthetic community stands in for whoever would have.
  const isLocal = account.kind === 'simulator' || run.mode === 'fast';
  if (isLocal || capabilities.sends === 'person')
    return { account, posts: capabilities.sends !== 'person', adapter: null, verified, reachable, takes };
  const adapter = Object.hasOwn(adapters, account.kind) ? adapters[account.kind]! : undefined;
  return adapter === undefined ? undefined : { account, posts: true, adapter, verified, reachable, takes };
}

/** What the provider of a route can do. */
export const capabilitiesOf = ({ account }: Route): Capabilities | undefined =>
  account === null ? undefined : channelKind(account.kind)?.capabilities;
