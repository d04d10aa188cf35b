// How a launch is foretold in the thread with the engine: one order in, one forecast out; the page never waits for it.
// The rehearsal that one plays and winds is editor/rehearsal.
import type { Playbook } from '../../engine/document.ts';
import type { Instant } from '../../engine/instant.ts';
import { compile, product } from '../../engine/index.ts';
import type { JsonObject } from '../../engine/json.ts';
import { rehearse } from '../../engine/rehearse.ts';
import type { TeamRegistry } from '../team-registry.ts';
import { forecastOf, type Forecast } from './forecast.ts';

/** What is foretold: a playbook with its parameters, launched at an instant. */
export interface ForecastOrder {
  readonly document: Playbook;
  readonly params: JsonObject;
  readonly team: TeamRegistry;
  readonly start: Instant;
}

export type ForecastAnswer = { readonly forecast: Forecast } | { readonly failed: string };

/** Rehearses the order and tells it by days. */
export function forecastFor(order: ForecastOrder): ForecastAnswer {
  try {
    return { forecast: foretell(order) };
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

function foretell({ document, params, team, start }: ForecastOrder): Forecast {
  const { plan } = compile(document, params, { ...product, ...team });
  if (plan === undefined) throw new Error('The playbook has problems.');
  const { channels, caps, quiet } = team;
  const rehearsal = rehearse(plan, { start, settings: document.rehearsal, channels, caps, quiet });
  return forecastOf(rehearsal.report(), plan);
}
