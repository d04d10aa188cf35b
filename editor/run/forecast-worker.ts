// The thread in which a launch is foretold: one order in, one forecast out; the page never waits for it.
// The rehearsal that one plays and winds is editor/rehearsal.
import type { Playbook } from '../../engine/document.ts';
import type { Instant } from '../../engine/instant.ts';
import { compile, product } from '../../engine/index.ts';
import type { JsonObject } from '../../engine/json.ts';
import { rehearse } from '../../engine/rehearse.ts';
import type { TeamRegistry } from '../api.ts';
import { forecastOf, type Forecast } from './forecast.ts';

/** What is foretold: a playbook with its parameters, launched at an instant. */
export interface ForecastOrder {
  readonly document: Playbook;
  readonly params: JsonObject;
  readonly team: TeamRegistry;
  readonly start: Instant;
}

export type ForecastAnswer = { readonly forecast: Forecast } | { readonly failed: string };

/** The worker's scope, as far as it is used: the page's types know only windows. */
interface Scope {
  onmessage: ((event: MessageEvent<ForecastOrder>) => void) | null;
  readonly postMessage: (answer: ForecastAnswer) => void;
}

const scope = globalThis as unknown as Scope;

scope.onmessage = ({ data }) => {
  try {
    scope.postMessage({ forecast: foretell(data) });
  } catch (error) {
    scope.postMessage({ failed: error instanceof Error ? error.message : String(error) });
  }
};

function foretell({ document, params, team, start }: ForecastOrder): Forecast {
  const { plan } = compile(document, params, { ...product, ...team });
  if (plan === undefined) throw new Error('The playbook has problems.');
  return forecastOf(rehearse(plan, { start, settings: document.rehearsal }).report(), plan);
}
