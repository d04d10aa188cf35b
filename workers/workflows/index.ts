// What the workflow bundle holds.
export { fire } from './fire.ts';
export { shard } from './shard.ts';
