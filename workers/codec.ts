// Puts plans where a history only names them: `{ "$plan": hash }` among a workflow's arguments becomes the plan itself.
// One way only. Nothing is ever taken out of a payload, so whatever a worker sends stands in the history as it is.
import type { Payload, PayloadCodec } from '@temporalio/common';
import type { PlanRef } from './contract.ts';

/** How a plan's canonical JSON is found. */
export type LoadPlan = (hash: string) => Promise<Uint8Array>;

const MARK = '{"$plan":"';
/** The mark, 64 hexadecimal digits, a quote and a brace. */
const LENGTH = MARK.length + 66;
const CACHED = 100;
/** Well inside a workflow task: after it the task fails and is tried again. */
const PATIENCE_MS = 5_000;

/**
 * A codec for the workers' data converter.
 * Plans are named by their content, so what was loaded once is right for ever.
 */
export function planCodec(load: LoadPlan): PayloadCodec {
  const cache = new Map<string, Promise<Uint8Array>>();
  const planOf = (hash: string): Promise<Uint8Array> => {
    const known = cache.get(hash);
    if (known !== undefined) return known;
    const loading = withPatience(() => load(hash));
    // A failure is not remembered.
    loading.catch(() => cache.delete(hash));
    const oldest = cache.keys().next().value;
    if (cache.size >= CACHED && oldest !== undefined) cache.delete(oldest);
    cache.set(hash, loading);
    return loading;
  };
  return {
    encode: async (payloads) => payloads,
    decode: async (payloads) => {
      // Nearly every payload is something else, and most calls hold none that is ours.
      if (!payloads.some((payload) => hashIn(payload) !== undefined)) return payloads;
      return Promise.all(
        payloads.map(async (payload) => {
          const hash = hashIn(payload);
          return hash === undefined ? payload : { ...payload, data: await planOf(hash) };
        }),
      );
    },
  };
}

function hashIn({ data }: Payload): string | undefined {
  if (data?.length !== LENGTH) return undefined;
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1');
  return text.startsWith(MARK) ? (JSON.parse(text) as PlanRef).$plan : undefined;
}

async function withPatience<T>(act: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + PATIENCE_MS; ;) {
    try {
      return await act();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
