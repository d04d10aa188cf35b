// What documents of a team are checked against besides the language itself: its attributes, its channels, its reach.
// Not the checking: see workers/compute/job.ts, and the editor, which asks for this and compiles in the page.
import type { Attribute } from '../../engine/attributes.ts';
import type { TeamChannel } from '../../engine/channels/team.ts';
import type { Instant } from '../../engine/instant.ts';
import { attributesOf } from '../../workers/store/attributes.ts';
import { channelsOf } from '../../workers/store/team-channels.ts';
import { limitsOf, type TeamLimits } from '../../workers/store/team-limits.ts';
import type { Identity } from '../identity/identity.ts';
import type { Deps } from '../route.ts';
import { isReachable } from '../settings.ts';

/** What `GET /api/registry` answers; with the product's steps and effects it is the compiler's registry. */
export interface TeamRegistry {
  readonly attributes: readonly Attribute[];
  readonly channels: readonly TeamChannel[];
  readonly isReachable: boolean;
}

/** What rehearsals of the team keep besides: its caps and quiet hours. */
export type RehearsalRegistry = TeamRegistry & Pick<TeamLimits, 'caps' | 'quiet'>;

/** Reads it with the team's limits. */
export async function rehearsalRegistryOf(
  deps: Pick<Deps, 'store' | 'keyring' | 'publicUrl'>,
  who: Pick<Identity, 'team'>,
  now: Instant,
): Promise<RehearsalRegistry> {
  const [registry, { caps, quiet }] = await Promise.all([
    registryOf(deps, who, now),
    limitsOf(deps.store.pool, who.team),
  ]);
  return { ...registry, caps, quiet };
}

/** Reads it. */
export async function registryOf(
  { store, keyring, publicUrl }: Pick<Deps, 'store' | 'keyring' | 'publicUrl'>,
  { team }: Pick<Identity, 'team'>,
  now: Instant,
): Promise<TeamRegistry> {
  const opens = (keyId: string): boolean => keyring?.has(keyId) ?? false;
  return {
    attributes: await attributesOf(store.pool, team),
    channels: await channelsOf(store.pool, team, { opens, now }),
    isReachable: isReachable(publicUrl),
  };
}
