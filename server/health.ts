// The state of each part of the installation, for people, probes and `kindling status`.
// It says how the parts do, and nothing about addresses, paths or processes: anybody may ask.
import type { Language } from './refusal.ts';
import { hasRoom, NO_ROOM } from './room.ts';
import type { Deps } from './route.ts';
import { PARTS, readState, type Part, type PartName } from './start/state.ts';

/** How one part does, as anybody may know it. */
export interface PartHealth {
  /** `full`: it answers, and has no room to write. */
  readonly state: Part['state'] | 'full';
  /** 0 to 1, while it is being prepared. */
  readonly done?: number;
  /** What is being prepared, or what is wrong. */
  readonly says?: string;
}

/** How the installation does. */
export interface Health {
  /**
   * `starting`: requests are served, runs launched now begin when the rest is ready.
   * `full`: what is there can be read, nothing can be saved, and runs wait. `down`: the database does not answer.
   */
  readonly status: 'ok' | 'starting' | 'full' | 'down';
  readonly parts: Readonly<Partial<Record<PartName, PartHealth>>>;
}

const PATIENCE_MS = 2_000;
/** Shorter than our own patience: a question that is given up while the SDK still repeats it outlives the connection. */
const DEADLINE_MS = 1_500;

/** Asks the parts; what `npm start` knows about them comes first, what only we can see is asked. */
export async function healthOf({ store, temporal, home }: Deps, language: Language): Promise<Health> {
  const [room, engine] = await Promise.all([
    inTime(hasRoom(store.pool)),
    inTime(
      temporal.client.withDeadline(Date.now() + DEADLINE_MS, () =>
        temporal.client.connection.workflowService.getSystemInfo({}),
      ),
    ),
  ]);
  const [isThere, isFull] = [room !== undefined, room === false];
  const known = readState(home)?.parts;
  const seen: Partial<Record<PartName, boolean>> = {
    postgres: isThere,
    temporal: engine !== undefined,
    server: true,
  };
  const parts = Object.fromEntries(
    PARTS.flatMap((name): [PartName, PartHealth][] => {
      const part = known?.[name];
      if (name === 'postgres' && isFull) return [[name, { state: 'full', says: NO_ROOM[language] }]];
      if (seen[name] === true) return [[name, { state: 'ready' }]];
      if (part !== undefined) return [[name, told(part, seen[name], language)]];
      return seen[name] === undefined ? [] : [[name, { state: 'starting' }]];
    }),
  );
  const allReady = Object.values(parts).every(({ state }) => state === 'ready');
  return { status: !isThere ? 'down' : isFull ? 'full' : allReady ? 'ok' : 'starting', parts };
}

function told({ state, done, says }: Part, seen: boolean | undefined, language: Language): PartHealth {
  if (state === 'preparing') return { state, says: says[language], ...(done === undefined ? {} : { done }) };
  // The supervisor looks every half second; what does not answer us is not ready, whatever it saw last.
  return { state: state === 'ready' && seen === false ? 'restarting' : state };
}

/** The answer; undefined when there is none, or none in time. */
async function inTime<T>(question: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
  });
  const answer = question.catch(() => undefined);
  const result = await Promise.race([answer, late]);
  clearTimeout(timer);
  return result;
}
