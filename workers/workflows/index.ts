// What the workflow bundle holds.
export { shard } from './shard.ts';
