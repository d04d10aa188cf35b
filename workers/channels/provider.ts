// What adapters over HTTP have in common: one question to the provider, and what an answer means whoever gives it.
// Not what a provider's own codes mean: that stands in its file.
import type { IncomingHttpHeaders } from 'node:http';
import { channelKinds, type ChannelKindName } from '../../engine/channels/index.ts';
import { fits } from '../../engine/channels/kind.ts';
import { MINUTE, SECOND, type Instant } from '../../engine/instant.ts';
import { call, type HttpAnswer, type HttpCall } from '../http/call.ts';
import type { Account, Adapter, ChannelReach, OutMessage, SendOutcome } from './channel.ts';

/** Answers of providers are short. */
const READ_BYTES = 64_000;
/** Where a provider limits and says no time. */
const PAUSE_MS = MINUTE;
const LONGEST_PAUSE_MS = 24 * 60 * MINUTE;

/** It surely did not go out, and never will; the account, or whoever set it up, is to blame. */
export const refused = (code: string, blames: 'account' | 'recipient' = 'account'): SendOutcome => ({
  outcome: 'rejected',
  code,
  kind: 'permanent',
  blames,
});

/** It surely did not go out, but the same may succeed later. */
export const hindered = (code: string, blames: 'account' | 'recipient' = 'account'): SendOutcome => ({
  outcome: 'rejected',
  code,
  kind: 'transient',
  blames,
});

/** Nothing more before that many milliseconds have passed; where the provider says no time, a minute. */
export const limitedFor = (ms: number | undefined, { clock }: Pick<ChannelReach, 'clock'>): SendOutcome => {
  const known = ms !== undefined && Number.isFinite(ms) && ms >= 0;
  return {
    outcome: 'rateLimited',
    retryAt: clock() + Math.max(SECOND, Math.min(known ? Math.ceil(ms) : PAUSE_MS, LONGEST_PAUSE_MS)),
  };
};

/**
 * Makes an adapter of a kind: what the kind says it cannot do never reaches the provider, and nothing is thrown.
 * `send` gets messages that fit.
 */
export function defineAdapter(
  name: ChannelKindName,
  send: Adapter['send'],
  more: Pick<Adapter, 'reconcile'> = {},
): Adapter {
  const kind = channelKinds[name];
  const needed = (kind.secret as { readonly required?: readonly string[] }).required ?? [];
  const misfitOf = (account: Account, { text, format, to }: OutMessage): SendOutcome | undefined => {
    const { capabilities, names } = kind;
    if (needed.some((part) => account.secret.part(part) === '')) return refused('no-secret');
    const can = to.kind === 'group' ? capabilities.groupPost : capabilities.dm;
    if (!can) return refused(to.kind === 'group' ? 'no-groups' : 'no-members', 'recipient');
    if (!capabilities.formats.includes(format)) return refused('format', 'recipient');
    if (!fits(text, capabilities)) return refused('too-long', 'recipient');
    const naming = names[to.kind];
    const isNamed = naming === null || new RegExp(naming.pattern, 'u').test(to.externalId ?? '');
    return isNamed ? undefined : refused('no-address', 'recipient');
  };
  return {
    capabilities: kind.capabilities,
    ...more,
    send: async (account, message, key, reach) => {
      const misfit = misfitOf(account, message);
      if (misfit !== undefined) return misfit;
      if (reach.signal.aborted) return hindered('no-time');
      try {
        return await send(account, message, key, reach);
      } catch {
        // Nobody knows how far it came. The error itself may quote the message or a secret.
        return { outcome: 'unknown', code: 'adapter-error' };
      }
    },
  };
}

/** Asks a provider; an outcome where there is nothing to read. */
export async function ask(
  request: Omit<HttpCall, 'signal' | 'readBytes'>,
  reach: ChannelReach,
): Promise<{ readonly read: HttpAnswer } | { readonly outcome: SendOutcome }> {
  const answer = await call({ ...request, signal: reach.signal, readBytes: READ_BYTES }, reach);
  if (answer === 'unheard') return { outcome: hindered('refused-connection') };
  if (answer === 'unknown') return { outcome: { outcome: 'unknown', code: 'no-answer' } };
  if ('problem' in answer) {
    return {
      outcome: answer.problem === 'unknown-host' ? hindered(answer.problem) : refused(answer.problem),
    };
  }
  return { read: answer };
}

/** Sends JSON, which is what all of them take. */
export const askJson = (
  {
    url,
    headers = {},
    body,
  }: { readonly url: string; readonly headers?: Record<string, string>; readonly body: unknown },
  reach: ChannelReach,
): ReturnType<typeof ask> =>
  ask(
    {
      url,
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'Kindling', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    },
    reach,
  );

/** Bad gateway, gateway timeout, and what a network before the provider calls an empty answer and a timeout. */
export const IN_DOUBT: ReadonlySet<number> = new Set([502, 504, 520, 524]);

/** What a status means by itself; undefined for a success, which the body may still take back. */
export function byStatus({ status, headers }: HttpAnswer, reach: ChannelReach): SendOutcome | undefined {
  if (status >= 200 && status < 300) return undefined;
  const code = `http-${status}`;
  const after = retryAfterMs(headers, reach.clock());
  // Who is overloaded and says for how long is asked again then, not sooner.
  if (status === 429 || (status === 503 && after !== undefined)) return limitedFor(after, reach);
  // A gateway has passed it on, and got no answer or none that it understands: whoever is behind it may have taken it.
  if (IN_DOUBT.has(status)) return { outcome: 'unknown', code };
  if (status === 408 || status === 425 || status >= 500) return hindered(code);
  return refused(code, status === 400 || status === 413 || status === 422 ? 'recipient' : 'account');
}

/** Milliseconds that Retry-After asks for, in seconds or as a date. */
export function retryAfterMs(headers: IncomingHttpHeaders, now: Instant): number | undefined {
  const raw = headers['retry-after'];
  if (raw === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(raw)) return Number(raw) * SECOND;
  const at = Date.parse(raw);
  return Number.isNaN(at) ? undefined : at - now;
}

/** A number in a header. */
export function numberIn(headers: IncomingHttpHeaders, name: string): number | undefined {
  const raw = headers[name];
  const number = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

/** A JSON object in an answer; undefined where it is anything else. */
export function objectIn(body: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A success whose body nobody can read: it may or may not have been one. */
export const unreadable: SendOutcome = { outcome: 'unknown', code: 'unreadable-answer' };

/** The first line of a message, for providers that show a title. */
export const titleOf = ({ subject, text }: Pick<OutMessage, 'subject' | 'text'>): string =>
  (subject.trim() || (text.trim().split('\n')[0] ?? '')).slice(0, 100);
