// What trying a visit in doubt again does, told before somebody decides: the receiver is asked first, or may get it twice.
// Not the asking: the workers do that (workers/effects/doubts.ts), by the same word of the account.
import { clearsDoubts } from '../../engine/channels/index.ts';
import type { JsonObject } from '../../engine/json.ts';

/**
 * `asks`: what the receiver has is not sent again. `message`: it cannot be asked, and a member may get it twice.
 * `request`: another system may get a request twice, under the same key. Null: nothing is in doubt.
 */
export type Again = 'asks' | 'message' | 'request' | null;

/** The account by which the message of a visit `v` of the run $1 went out; null where there is none. */
export const ACCOUNT_OF_VISIT = `(select jsonb_build_object('kind', c.kind, 'config', c.config)
  from message t join channel c on c.id = t.channel_id
  where t.run_id = $1 and t.node = v.node and t.ordinal = v.ordinal and t.lap = v.lap)`;

/** Says it, of why a visit is stuck and {@link ACCOUNT_OF_VISIT}. */
export function againOf(
  stuck: string | null,
  account: { readonly kind: string; readonly config: JsonObject } | null,
): Again {
  if (stuck !== 'doubt') return null;
  if (account === null) return 'request';
  return clearsDoubts(account) ? 'asks' : 'message';
}
