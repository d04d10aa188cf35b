// The thread with the engine: one file for whoever needs one, so that a browser loads the engine for threads once.
// A rehearsal asks as long as it is open, a forecast once; neither shares its thread with anybody.
import { hear } from './rehearsal/worker.ts';
import type { Question } from './rehearsal/talk.ts';
import { forecastFor, type ForecastOrder } from './run/forecast-worker.ts';

/** The worker's scope, as far as it is used: the page's types know only windows. */
interface Scope {
  onmessage: ((event: MessageEvent<Question | ForecastOrder>) => void) | null;
  readonly postMessage: (answer: unknown) => void;
}

const scope = globalThis as unknown as Scope;

scope.onmessage = ({ data }) => {
  if ('ask' in data) hear(data);
  else scope.postMessage(forecastFor(data));
};
