// An event as it is reported, and as it is kept. Not how it is taken in: see event.ts.
import type { Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';

/** An event as somebody reports it. */
export interface IncomingEvent {
  readonly name: string;
  /** Who reports, and under which number: the pair is recognised for 30 days. */
  readonly source: string;
  readonly sourceId: string;
  /** When it happened. */
  readonly at: Instant;
  readonly member?: string;
  readonly group?: string;
  readonly community?: string;
  /** Only for runs on a synthetic community: which run, and which of its people. */
  readonly run?: string;
  readonly person?: number;
  readonly data?: JsonObject;
}

/** An event that was new. Ids of one batch follow the order of occurrence. */
export interface StoredEvent extends IncomingEvent {
  readonly id: number;
}
