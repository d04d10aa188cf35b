// Calls somebody else's system over HTTP: bounded in time and size, never into the private network, never redirected.
// Not a retry loop: what may succeed later is answered as such, and what went out without an answer is in doubt.
import type { IncomingHttpHeaders } from 'node:http';
import type { InputOf } from '../../engine/effects/index.ts';
import { DAY, type Instant } from '../../engine/instant.ts';
import { webhook as decision } from '../../engine/effects/webhook.ts';
import { readBy, renderAll } from './text.ts';
import { commonContext, contextFor, subjectsOf } from './people.ts';
import { inputOf } from './config.ts';
import { retryAfterMs } from '../channels/provider.ts';
import { call } from '../http/call.ts';
import { external, type Answered } from './work.ts';

const TIMEOUT_MS = 15_000;

interface Request {
  readonly input: InputOf<'webhook'>;
  readonly body: string | undefined;
}

export const webhook = external<Request>({
  prepare: async (sql, batch) => {
    const input = await inputOf(sql, batch, 'webhook');
    const now = batch.visits[0]!.at;
    const common = await commonContext(sql, batch.run, { now, names: [input.body] });
    const subjects = await subjectsOf(sql, batch);
    return batch.visits.map(({ ordinal, at }) => {
      // Nobody outside hears of a compressed run: the other side is taken to accept.
      if (batch.run.mode === 'fast') return decision.decide(input, { status: 200 }, at);
      if (input.body === undefined) return { request: { input, body: undefined } };
      const subject = subjects.get(ordinal);
      const values = contextFor(common, subject);
      const made = renderAll(input.body, values, batch.run);
      return 'text' in made
        ? { request: { input, body: readBy(made.text, batch.run) } }
        : { code: 'failed', why: { ...made.problem } };
    });
  },

  request: async (deps, { input, body }, key): Promise<Answered> => {
    const { url, method, headers = [] } = input;
    const request = {
      url,
      method,
      headers: {
        'content-type': isJson(body) ? 'application/json' : 'text/plain; charset=utf-8',
        ...Object.fromEntries(headers.map(({ name, value }) => [name, value])),
        'idempotency-key': key,
      },
      body: method === 'GET' ? undefined : body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    };
    const outcome = await call(request, deps);
    if (outcome === 'unheard') return { code: 'retry', why: { problem: 'refused-connection' } };
    if (outcome === 'unknown') return { code: 'doubt', why: { problem: 'no-answer' } };
    if ('problem' in outcome) {
      const code = outcome.problem === 'unknown-host' ? 'retry' : 'refused';
      return { code, why: { problem: outcome.problem } };
    }
    const { status, headers: said } = outcome;
    const retryAt = retryAtOf(said, deps.clock());
    return decision.decide(input, retryAt === undefined ? { status } : { status, retryAt }, 0);
  },
});

// Nobody is made to wait for ever by somebody else's header.
function retryAtOf(headers: IncomingHttpHeaders, wall: Instant): Instant | undefined {
  const waitMs = retryAfterMs(headers, wall);
  return waitMs === undefined || waitMs <= 0 ? undefined : wall + Math.min(Math.ceil(waitMs), DAY);
}

function isJson(body: string | undefined): boolean {
  if (body === undefined) return false;
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}
