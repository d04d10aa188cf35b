// What `npm start` knows about its parts, handed over in a small file: it writes, `GET /healthz` and `kindling status` read.
// Installations without `npm start` have no such file; there each process knows its own connections only.
import path from 'node:path';
import type { Sentence } from '../settings.ts';
import { readJson, writeAtomically } from './files.ts';
import { identityOf } from './process.ts';

/** The parts of one installation, in the order in which they start. */
export const PARTS = ['postgres', 'temporal', 'server', 'worker'] as const;
export type PartName = (typeof PARTS)[number];

/** How one part is doing. */
export interface Part {
  readonly state: 'waiting' | 'preparing' | 'starting' | 'ready' | 'restarting' | 'stopping' | 'failed';
  /** What it is doing, for people. */
  readonly says: Sentence;
  /** How far it has come, 0 to 1, while it is being prepared. */
  readonly done?: number;
  /** Since when it is in this state (ISO, UTC). */
  readonly since: string;
  /** The processes it consists of, where they are ours. */
  readonly pids: readonly number[];
}

export interface InstallationState {
  readonly pid: number;
  /** Tells the process that wrote this from a later one with the same pid. */
  readonly identity: string;
  /** Where people reach the server. */
  readonly url: string;
  readonly parts: Readonly<Record<PartName, Part>>;
}

/** After so long a file that could not be written is tried again. */
const AGAIN_MS = 1_000;

const stateFile = (home: string) => path.join(home, 'state.json');

/** What the running `npm start` of this data folder last wrote; undefined when none runs. */
export function readState(home: string): InstallationState | undefined {
  const state = readJson(stateFile(home)) as InstallationState | undefined;
  return state !== undefined && identityOf(state.pid) === state.identity ? state : undefined;
}

/** Told of every change. */
export type Listener = (name: PartName, part: Part) => void;

/** The supervisor's side: keeps the parts and writes each change at once, progress at most twice a second. */
export class Board {
  readonly #home: string;
  readonly #url: string;
  readonly #identity = identityOf(process.pid) ?? '';
  readonly #parts: Record<PartName, Part>;
  readonly #listener: Listener;
  #writtenMs = 0;
  #again: NodeJS.Timeout | undefined;

  constructor(home: string, url: string, listener: Listener) {
    const waiting: Part = {
      state: 'waiting',
      says: { zh: '等待前面的部分', en: 'waits for what it needs' },
      since: new Date().toISOString(),
      pids: [],
    };
    this.#home = home;
    this.#url = url;
    this.#listener = listener;
    this.#parts = { postgres: waiting, temporal: waiting, server: waiting, worker: waiting };
    this.#write();
  }

  /** Notes the state of a part. */
  set(name: PartName, state: Part['state'], says: Sentence, done?: number): void {
    const before = this.#parts[name];
    const since = before.state === state ? before.since : new Date().toISOString();
    const { pids } = before;
    const part: Part = { state, says, since, pids, ...(done === undefined ? {} : { done }) };
    this.#parts[name] = part;
    this.#listener(name, part);
    if (before.state !== state || Date.now() - this.#writtenMs > 500) this.#write();
  }

  /** Notes of which processes a part consists. */
  setPids(name: PartName, pids: readonly number[]): void {
    this.#parts[name] = { ...this.#parts[name], pids };
    this.#write();
  }

  get(name: PartName): Part {
    return this.#parts[name];
  }

  #write(): void {
    this.#writtenMs = Date.now();
    const state: InstallationState = {
      pid: process.pid,
      identity: this.#identity,
      url: this.#url,
      parts: this.#parts,
    };
    try {
      writeAtomically(stateFile(this.#home), JSON.stringify(state, null, 1));
    } catch {
      // The disk may be full. What runs must go on running, and the file is written when there is room.
      if (this.#again !== undefined) return;
      this.#again = setTimeout(() => {
        this.#again = undefined;
        this.#write();
      }, AGAIN_MS).unref();
    }
  }
}
