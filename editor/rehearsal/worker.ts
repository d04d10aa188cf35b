// The rehearsal's part of the thread with the engine: takes questions, runs the engine in slices, answers. The page never
// waits for it. Not the rehearsing (take.ts, bands.ts) and not what is shown.
import { rehearseMany } from './bands.ts';
import { planFor, shoot, type Shot, type Watch } from './take.ts';
import type { Answer, Question } from './talk.ts';

/** The worker's scope, as far as it is used: the page's types know only windows. */
interface Scope {
  readonly postMessage: (answer: Answer, transfer?: Transferable[]) => void;
}

const scope = globalThis as unknown as Scope;
const current = { take: 0, bands: 0 };
let last: Shot | undefined;

/** Messages that wait are read while this is awaited. */
const breath = (): Promise<void> => new Promise((done) => setTimeout(done, 0));

/** A question from the page. */
export function hear(question: Question): void {
  void answer(question).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    if ('id' in question) scope.postMessage({ say: 'failed', id: question.id, message });
  });
}

async function answer(question: Question): Promise<void> {
  switch (question.ask) {
    case 'take':
      return take(question);
    case 'bands':
      return bands(question);
    case 'trace': {
      const trace = last?.traceOf(question.graph, question.ordinal) ?? null;
      return scope.postMessage({ say: 'trace', id: question.id, trace });
    }
    case 'stop':
      current[question.what] = 0;
  }
}

/** Goes on while its question is the last of its kind. */
function watchFor(kind: 'take' | 'bands', id: number): Watch {
  current[kind] = id;
  return {
    clock: () => performance.now(),
    progress: (progress) => scope.postMessage({ say: 'progress', id, progress }),
    breathe: () => breath().then(() => current[kind] === id),
  };
}

async function take({ id, order }: Extract<Question, { ask: 'take' }>): Promise<void> {
  const watch = watchFor('take', id);
  const { plan, problems } = planFor(order);
  if (plan === undefined) return scope.postMessage({ say: 'problems', id, problems });
  const shot = await shoot(order, plan, watch);
  if (shot === undefined) return;
  last = shot;
  const { at, node, port, count } = shot.take.moves;
  scope.postMessage({ say: 'take', id, take: shot.take }, [
    at.buffer,
    node.buffer,
    port.buffer,
    count.buffer,
  ]);
}

async function bands({ id, order, seeds }: Extract<Question, { ask: 'bands' }>): Promise<void> {
  const watch = watchFor('bands', id);
  const { plan, problems } = planFor(order);
  if (plan === undefined) return scope.postMessage({ say: 'problems', id, problems });
  await rehearseMany(order, plan, {
    seeds,
    watch,
    came: (outcome) => scope.postMessage({ say: 'outcome', id, outcome }),
  });
  scope.postMessage({ say: 'bands-over', id });
}
