// The shapes of what the server answers about the doors of a run's journeys.
import type { Json } from '../../engine/json.ts';

/** A journey's door, and how many have come in by it. */
export interface Entrance {
  readonly journey: string;
  readonly entered: number;
  /** The event that lets members in; null where the activity itself lets everybody in who fits. */
  readonly event: string | null;
  readonly opened: string | null;
  readonly until: string | null;
  readonly closed: string | null;
}

export interface Entrances {
  readonly entrances: readonly Entrance[];
  /** The run whose doors this one has taken over, and the one that has taken over its own. */
  readonly follows: string | null;
  readonly followedBy: string | null;
  /** A newer version that could not, with the codes of its problems. */
  readonly left: { readonly version: number; readonly problems: readonly string[] } | null;
}

/** Somebody who came in by a door. */
export interface Entered {
  readonly ordinal: number;
  readonly member: string | null;
  readonly person: number | null;
  readonly name: string | null;
  readonly entered: string;
  readonly ended: string | null;
  readonly reason: string | null;
}

/** Somebody who came to a door and was not let in. */
export interface TurnedAway {
  readonly journey: string;
  readonly member: string | null;
  readonly person: number | null;
  readonly name: string | null;
  readonly reason: string;
  readonly why: Readonly<Record<string, Json>> | null;
  readonly times: number;
  readonly at: string;
}
