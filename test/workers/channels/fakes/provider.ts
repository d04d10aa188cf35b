// What a local provider is to the contract suite, and the half of it that all providers over HTTP share.
// Each provider's own half behaves as its documentation says: signatures, lengths, limits and error bodies.
import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import type { Account, OutMessage, SendOutcome } from '../../../../workers/channels/channel.ts';
import type { JsonObject } from '../../../../engine/json.ts';
import { Secret } from '../../../../workers/store/secret.ts';

/** How the provider misbehaves. */
export type Mode =
  /** As documented. */
  | 'well'
  /** Takes the connection and what comes, and says nothing. */
  | 'hangs'
  /** Takes the message, then closes the connection without an answer. */
  | 'accepts-and-drops'
  /** Answers after a while. */
  | 'slow'
  /** Answers that it is down, before taking anything. */
  | 'down'
  /** Answers with a success that nobody can read. */
  | 'broken'
  /** Answers with a success without end. */
  | 'endless'
  /** Sends whoever asks somewhere else. */
  | 'redirects'
  /** Answers that some other has not answered in time. */
  | 'gateway';

/** What has really arrived, as the provider sees it. */
export interface Arrived {
  readonly text: string;
  /** What the provider was given to recognise a repetition by; null where it takes nothing. */
  readonly key: string | null;
  readonly to: string | null;
  readonly mention: string | null;
}

/** An error as documented, how to provoke it, and what it must be to us. */
export interface KnownError {
  readonly says: string;
  /** The provider's own answer. */
  readonly answer:
    | { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: unknown }
    | string;
  readonly expected: Partial<Record<'outcome' | 'kind' | 'blames' | 'code', string>>;
  /** For limits: how long it takes. */
  readonly afterMs?: number;
}

/** A provider on this machine. */
export interface FakeProvider {
  readonly kind: string;
  /** An account in good order. */
  readonly account: Account;
  /** The same with credentials that are wrong in one place. */
  readonly wrongAccounts: readonly { readonly says: string; readonly account: Account }[];
  /** An account whose other side can be asked what has become of a message; absent where none can. */
  readonly asking?: Account;
  readonly to: OutMessage['to'];
  /** Names of recipients that are none. */
  readonly wrongTo: readonly OutMessage['to'][];
  readonly mention: string | null;
  readonly arrived: readonly Arrived[];
  /** Every contact, whatever became of it. */
  readonly contacts: () => number;
  mode: Mode;
  /** Requests that are answered before the provider limits, and how it says so. */
  limitAfter: number;
  readonly limit: { readonly outcome: Partial<SendOutcome>; readonly afterMs: number };
  /** The next request gets this answer. */
  next: KnownError['answer'] | undefined;
  readonly errors: readonly KnownError[];
  /** The ways in which it can misbehave. */
  readonly modes: readonly Mode[];
  /** How the provider shows a text; as it is unless something in it is a command. */
  readonly shows: (text: string) => string;
  /** Whether a provider that says nothing may have got the message. */
  readonly hangIs: 'unknown' | 'certain';
  /** What a success without a readable answer must be to us. */
  readonly brokenIs: 'unknown' | 'accepted';
  /** Does the provider see the message's key? */
  readonly takesKey: boolean;
  readonly givesId: boolean;
  close(): Promise<void>;
}

/** A request as a provider reads it. */
export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: http.IncomingHttpHeaders;
  readonly raw: string;
  readonly body: JsonObject;
}

/** What a provider says. */
export interface Said {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: unknown;
}

/** The provider's own half. */
export interface HttpBehaviour {
  /** Its answer in good order; calls `arrive` for a message that it takes. */
  readonly answer: (asked: Asked, arrive: (arrived: Arrived) => void) => Said;
  /** Its answer beyond its limit. */
  readonly limited: Said;
  readonly down: Said;
}

/** What both halves are made of. */
export type HttpFake = Pick<
  FakeProvider,
  'arrived' | 'contacts' | 'mode' | 'modes' | 'limitAfter' | 'next' | 'close' | 'shows' | 'hangIs'
> & {
  readonly url: string;
};

/** Starts a provider over HTTP. */
export async function httpFake(behaviour: HttpBehaviour): Promise<HttpFake> {
  const arrived: Arrived[] = [];
  const sockets = new Set<net.Socket>();
  let contacts = 0;
  const fake: { -readonly [K in keyof HttpFake]: HttpFake[K] } = {
    arrived,
    contacts: () => contacts,
    mode: 'well',
    modes: ['hangs', 'accepts-and-drops', 'slow', 'down', 'broken', 'endless', 'redirects', 'gateway'],
    limitAfter: Infinity,
    next: undefined,
    shows: (text) => text,
    hangIs: 'unknown',
    url: '',
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  const answerWell = (asked: Asked): Said => {
    const { next } = fake;
    fake.next = undefined;
    if (next !== undefined)
      return typeof next === 'string' ? { status: 200, body: next } : { status: 200, body: '', ...next };
    if (contacts > fake.limitAfter) return behaviour.limited;
    return behaviour.answer(asked, (it) => arrived.push(it));
  };
  const server = http.createServer((request, response) => {
    contacts += 1;
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const raw = Buffer.concat(parts).toString('utf8');
      const asked: Asked = {
        method: request.method ?? '',
        url: new URL(request.url ?? '/', 'http://provider'),
        headers: request.headers,
        raw,
        body: (raw === '' ? {} : JSON.parse(raw)) as JsonObject,
      };
      const say = ({ status, headers = {}, body }: Said): void => {
        const text = typeof body === 'string' ? body : JSON.stringify(body);
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
      };
      switch (fake.mode) {
        case 'well':
          return say(answerWell(asked));
        case 'slow':
          return void setTimeout(() => say(answerWell(asked)), 150);
        case 'hangs':
          return undefined;
        case 'accepts-and-drops':
          answerWell(asked);
          return void request.socket.destroy();
        case 'down':
          return say(behaviour.down);
        case 'broken':
          answerWell(asked);
          return say({ status: 200, body: '<html>{"ok": true' });
        case 'endless':
          answerWell(asked);
          response.writeHead(200);
          return void response.write('x'.repeat(200_000));
        case 'redirects':
          return say({ status: 302, headers: { location: `${fake.url}/elsewhere` }, body: '' });
        case 'gateway':
          return say({ status: 504, body: 'upstream timed out' });
      }
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  fake.url = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  return fake;
}

/** An account of a kind, as the send path opens it. */
export const accountOf = (kind: string, config: JsonObject, secret: Record<string, string>): Account => ({
  id: '01980000-0000-7000-8000-000000000001',
  team: 1,
  name: `my-${kind}`,
  kind,
  config,
  secret: new Secret(secret),
});
