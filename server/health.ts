// The state of each part of the installation, for people, probes and `kindling status`.
// It says how the parts do, and nothing about addresses, paths or processes: anybody may ask.
import type { Language } from './refusal.ts';
import type { Deps } from './route.ts';
import { PARTS, readState, type Part, type PartName } from './start/state.ts';

/** How one part does, as anybody may know it. */
export interface PartHealth {
  readonly state: Part['state'];
  /** 0 to 1, while it is being prepared. */
  readonly done?: number;
  /** What is being prepared. */
  readonly says?: string;
}

/** How the installation does. */
export interface Health {
  /** `starting`: requests are served, runs launched now begin when the rest is ready. */
  readonly status: 'ok' | 'starting' | 'down';
  readonly parts: Readonly<Partial<Record<PartName, PartHealth>>>;
}

const PATIENCE_MS = 2_000;
/** Shorter than our own patience: a question that is given up while the SDK still repeats it outlives the connection. */
const DEADLINE_MS = 1_500;

/** Asks the parts; what `npm start` knows about them comes first, what only we can see is asked. */
export async function healthOf({ store, temporal, home }: Deps, language: Language): Promise<Health> {
  const [database, engine] = await Promise.all([
    answersInTime(store.pool.query('select 1')),
    answersInTime(
      temporal.client.withDeadline(Date.now() + DEADLINE_MS, () =>
        temporal.client.connection.workflowService.getSystemInfo({}),
      ),
    ),
  ]);
  const known = readState(home)?.parts;
  const seen: Partial<Record<PartName, boolean>> = { postgres: database, temporal: engine, server: true };
  const parts = Object.fromEntries(
    PARTS.flatMap((name): [PartName, PartHealth][] => {
      const part = known?.[name];
      if (seen[name] === true) return [[name, { state: 'ready' }]];
      if (part !== undefined) return [[name, told(part, seen[name], language)]];
      return seen[name] === undefined ? [] : [[name, { state: 'starting' }]];
    }),
  );
  const allReady = Object.values(parts).every(({ state }) => state === 'ready');
  return { status: !database ? 'down' : allReady ? 'ok' : 'starting', parts };
}

function told({ state, done, says }: Part, seen: boolean | undefined, language: Language): PartHealth {
  if (state === 'preparing') return { state, says: says[language], ...(done === undefined ? {} : { done }) };
  // The supervisor looks every half second; what does not answer us is not ready, whatever it saw last.
  return { state: state === 'ready' && seen === false ? 'restarting' : state };
}

async function answersInTime(question: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), PATIENCE_MS);
  });
  const answer = question.then(
    () => true,
    () => false,
  );
  const result = await Promise.race([answer, late]);
  clearTimeout(timer);
  return result;
}
