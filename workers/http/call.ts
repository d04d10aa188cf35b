// One HTTP request to somebody else's system, over a connection to exactly the addresses that were checked.
// Follows no redirect, reads no more than it was told to, and tells apart what surely went unheard from what may have been heard.
import http from 'node:http';
import https from 'node:https';
import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { reachable, type Unreachable } from './address.ts';

/** What goes out. */
export interface HttpCall {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** The answer must be here by then, body included. */
  readonly signal: AbortSignal;
  /** Longest body of an answer that is read, in bytes. Default 0: the body is nobody's business. */
  readonly readBytes?: number;
}

/** An answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** UTF-8. Undefined where it was not read, broke off, or was too long. */
  readonly body: string | undefined;
}

/** `unheard`: no connection came about, so nothing was sent. `unknown`: it may have been heard. */
export type HttpOutcome = HttpAnswer | 'unheard' | 'unknown';

/** What calls may reach. */
export interface HttpReach {
  /** Targets on this machine and in private networks are allowed. */
  readonly allowPrivateAddresses: boolean;
}

/** Checks where a URL leads, and sends a request there and nowhere else. Never throws. */
export async function call(request: HttpCall, reach: HttpReach): Promise<HttpOutcome | Unreachable> {
  const target = await reachable(request.url, { ...reach, signal: request.signal });
  return 'problem' in target ? target : send({ ...request, addresses: target.addresses });
}

/** Sends a request to addresses that were checked. Never throws. */
export function send({
  url,
  method,
  headers,
  body,
  addresses,
  signal,
  readBytes = 0,
}: HttpCall & {
  /** Where the name leads: the connection asks no resolver again, so the answer cannot change after the check. */
  readonly addresses: readonly LookupAddress[];
}): Promise<HttpOutcome> {
  const isSecure = url.toLowerCase().startsWith('https:');
  return new Promise((resolve) => {
    let isConnected = false;
    let isAnswered = false;
    const failed = (): void => {
      // What breaks off after the status is the body's affair.
      if (!isAnswered) resolve(isConnected ? 'unknown' : 'unheard');
    };
    const options = {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) },
      agent: false as const,
      lookup: pinned(addresses),
      signal,
    };
    try {
      const request = (isSecure ? https : http).request(url, options, (response) => {
        isAnswered = true;
        void bodyOf(response, readBytes).then((read) =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: read }),
        );
      });
      request.on('socket', (socket) =>
        socket.once(isSecure ? 'secureConnect' : 'connect', () => (isConnected = true)),
      );
      request.on('error', failed);
      request.end(body);
    } catch {
      // A header that HTTP does not allow.
      failed();
    }
  });
}

/** What a connection asks instead of a resolver. */
export function pinned(addresses: readonly LookupAddress[]): LookupFunction {
  return (_hostname, { all }, callback) => {
    const [first] = addresses;
    if (all === true) callback(null, [...addresses]);
    else if (first === undefined)
      callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '', 4);
    else callback(null, first.address, first.family);
  };
}

function bodyOf(response: http.IncomingMessage, limit: number): Promise<string | undefined> {
  if (limit === 0) {
    response.destroy();
    return Promise.resolve(undefined);
  }
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let length = 0;
    response.on('data', (part: Buffer) => {
      length += part.length;
      if (length > limit) response.destroy();
      else parts.push(part);
    });
    response.on('error', () => {});
    response.on('close', () =>
      resolve(response.complete && length <= limit ? Buffer.concat(parts).toString('utf8') : undefined),
    );
  });
}
