// Which shard a subject belongs to.

/** Subjects of one shard. */
export const SHARD_SIZE = 10_000;

/** The shard of a subject. The campaign's own, ordinal 0, is in shard 0 like the first members. */
export function shardOf(ordinal: number): number {
  return Math.floor(ordinal / SHARD_SIZE);
}
