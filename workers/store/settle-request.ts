// What an advance of a shard asks to be written down. Not the writing: see settle.ts.
import type { Instant } from '../../engine/instant.ts';
import type { Settlement } from '../contract.ts';
import type { Told } from './recall.ts';

/** Which advance of which shard, and when. */
export interface SettleRequest {
  readonly run: string;
  readonly shard: number;
  /** Counts the advances of the shard, through every continue-as-new. */
  readonly advance: number;
  /** Logical time of the advance. */
  readonly now: Instant;
  /** The time on the wall. */
  readonly wall: Instant;
  readonly settlement: Settlement;
  /** The drain that follows: its flag is lowered and its horizon raised along with the settlement. */
  readonly drain?: { readonly cursor: number; readonly until: Instant };
  /** What the advance was told, for whoever must find the state again. */
  readonly told?: Told;
  /** Live tokens by node index. */
  readonly counts?: Readonly<Record<number, number>>;
}
