// A system of somebody else that gets messages over HTTP: what arrived is counted here, where it matters.
// It answers as it is told, for everybody or for one recipient: takes it, refuses it, keeps silent, drops the line.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that arrived. */
export interface Arrived {
  readonly key: string;
  /** The recipient's name at the other side. */
  readonly to: string;
  readonly text: string;
  /** By the receiver's own clock. */
  readonly at: number;
}

/** How a request is answered. `silent`: it is taken, and nothing is said. `drop`: the line is closed after taking it. */
export type Manner =
  | 'take'
  | 'silent'
  | 'drop'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> };

/** The receiver. */
export class Receiver {
  readonly arrived: Arrived[] = [];
  url = '';
  /** Asked for each request; the request counts as arrived whatever is answered. */
  manner: (request: Arrived) => Manner = () => 'take';
  delayMs = 0;
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    receiver.url = `http://127.0.0.1:${(receiver.#server.address() as AddressInfo).port}/in`;
    return receiver;
  }

  /** Only those that were taken: an answer with a status refuses. */
  get taken(): readonly Arrived[] {
    return this.arrived.filter((it) => !this.#refused.has(it));
  }
  readonly #refused = new Set<Arrived>();

  /** How questions about what has arrived are answered (docs/webhook.md). `down`: not at all, with a 503. */
  status: 'answers' | 'down' = 'answers';
  /** Keys that it was asked about, each time. */
  readonly asked: string[] = [];

  /** Forgets everything, and takes whatever comes. */
  clear(): void {
    this.arrived.length = 0;
    this.#refused.clear();
    this.asked.length = 0;
    this.status = 'answers';
    this.manner = () => 'take';
    this.delayMs = 0;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.method === 'GET') return this.#tell(request, response);
    const { data } = JSON.parse(Buffer.concat(chunks).toString()) as {
      readonly data: { readonly to: { readonly id: string }; readonly text: string };
    };
    const key = String(request.headers['idempotency-key']);
    const it = { key, to: data.to.id, text: data.text, at: Date.now() };
    this.arrived.push(it);
    const manner = this.manner(it);
    if (manner === 'silent') return;
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    if (manner === 'drop') request.socket.destroy();
    else if (manner === 'take') response.end(JSON.stringify({ id: `theirs-${key.slice(0, 8)}` }));
    else {
      this.#refused.add(it);
      response.writeHead(manner.status, manner.headers).end();
    }
  }

  #tell({ headers }: IncomingMessage, response: ServerResponse): void {
    const key = String(headers['idempotency-key']);
    this.asked.push(key);
    if (this.status === 'down') return void response.writeHead(503).end();
    const isHere = this.taken.some((it) => it.key === key);
    response.end(
      JSON.stringify({ key, status: isHere ? 'received' : 'missing', id: `theirs-${key.slice(0, 8)}` }),
    );
  }
}
