// Finds out who sends a request: an API key in the Authorization header, or the session of a cookie. And that a page of ours sent it.
// Not what they may do, see access.ts.
import type { FastifyRequest } from 'fastify';
import { Refusal } from '../refusal.ts';
import type { Deps } from '../route.ts';
import { KEY_PREFIX, programOfKey, userOfSession, type Identity } from './identity.ts';

/** The cookie's name. The prefix makes browsers insist on encryption and on this very host. */
export const cookieName = (publicUrl: string): string =>
  publicUrl.startsWith('https:') ? '__Host-kindling' : 'kindling';

/** Who asks; undefined for strangers. A bad key is a stranger even when there is a session. */
export async function identify(
  request: FastifyRequest,
  { store, clock, publicUrl }: Deps,
): Promise<Identity | undefined> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const token = /^Bearer (\S{10,200})$/.exec(authorization)?.[1];
    return token?.startsWith(KEY_PREFIX) === true ? programOfKey(store.pool, token, clock()) : undefined;
  }
  const token = request.cookies[cookieName(publicUrl)];
  return token === undefined ? undefined : userOfSession(store.pool, token, clock());
}

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses a change that a foreign page makes a browser send. A cookie travels by itself, so with one the page's
 * origin must be known and ours; without one, a foreign origin is refused all the same (a log-in forced upon somebody).
 */
export function csrf(request: FastifyRequest, { publicUrl }: Pick<Deps, 'publicUrl'>): void {
  if (READING.has(request.method) || request.headers.authorization !== undefined) return;
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const expected = new URL(publicUrl).origin;
  // The same server under another name (localhost): a page that it has served itself.
  const isOurs = origin === expected || (origin !== undefined && origin === `http://${host}`);
  // Some browsers in other apps hide the origin; where a request comes from is what the browser itself says.
  const isHidden = origin === undefined || origin === 'null';
  const own = isOurs || (isHidden && site === 'same-origin');
  const withCookie = request.cookies[cookieName(publicUrl)] !== undefined;
  if (own || (!withCookie && origin === undefined && (site === undefined || site === 'none'))) return;
  throw new Refusal('wrong-origin', { place: 'origin', values: { expected } });
}
