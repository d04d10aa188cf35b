// One HTTP request to somebody else's system, over a connection to exactly the addresses that were checked.
// Follows no redirect, reads no body, and tells apart what surely went unheard from what may have been heard.
import http from 'node:http';
import https from 'node:https';
import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** What goes out. */
export interface HttpCall {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Where the name leads: the connection asks no resolver again, so the answer cannot change after the check. */
  readonly addresses: readonly LookupAddress[];
  readonly timeoutMs: number;
}

/** `unheard`: no connection came about, so nothing was sent. `unknown`: it may have been heard. */
export type HttpOutcome = { readonly status: number } | 'unheard' | 'unknown';

/** Sends a request and says what became of it. Never throws. */
export function send({ url, method, headers, body, addresses, timeoutMs }: HttpCall): Promise<HttpOutcome> {
  const isSecure = url.toLowerCase().startsWith('https:');
  return new Promise((resolve) => {
    let isConnected = false;
    const failed = (): void => resolve(isConnected ? 'unknown' : 'unheard');
    const options = {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) },
      agent: false as const,
      lookup: pinned(addresses),
      signal: AbortSignal.timeout(timeoutMs),
    };
    try {
      const request = (isSecure ? https : http).request(url, options, (response) => {
        // The answer's body is nobody's business.
        response.destroy();
        resolve({ status: response.statusCode ?? 0 });
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

function pinned(addresses: readonly LookupAddress[]): LookupFunction {
  return (_hostname, { all }, callback) => {
    const [first] = addresses;
    if (all === true) callback(null, [...addresses]);
    else if (first === undefined)
      callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '', 4);
    else callback(null, first.address, first.family);
  };
}
