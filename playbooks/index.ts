// The playbooks that ship with the product: document, example parameters and the scenarios that prove them.
// Data only; what runs them is the rehearsal and the workers.
import type { JsonObject } from '../engine/json.ts';
import type { Playbook, Rehearsal } from '../engine/document.ts';
import type { ScriptEntry } from '../engine/script.ts';
import eventPlaybook from './event-campaign/playbook.json' with { type: 'json' };
import eventParams from './event-campaign/params.json' with { type: 'json' };
import eventScenarios from './event-campaign/scenarios.json' with { type: 'json' };
import welcomePlaybook from './welcome/playbook.json' with { type: 'json' };
import welcomeParams from './welcome/params.json' with { type: 'json' };
import welcomeScenarios from './welcome/scenarios.json' with { type: 'json' };

/** A course of events, and what must come of it: in a rehearsal and on real Temporal alike. */
export interface Scenario {
  readonly name: string;
  readonly says: { readonly zh: string; readonly en: string };
  /** ISO instant of the launch. */
  readonly start: string;
  /** Laid over the playbook's own rehearsal settings. */
  readonly rehearsal?: Rehearsal;
  readonly script: readonly ScriptEntry[];
  /** Reason with which the campaign ends. */
  readonly ends: string;
  /** Ports by which the campaign leaves some of its nodes. */
  readonly passes: Readonly<Record<string, string>>;
  /** Instants (ISO, UTC) at which it leaves some of its nodes. */
  readonly at?: Readonly<Record<string, string>>;
}

/** A playbook that ships. `params` are values with which it can be tried at once. */
export interface Shipped {
  readonly playbook: Playbook;
  readonly params: JsonObject;
  readonly scenarios: readonly Scenario[];
}

/** All of them, by the name of their folder. */
export const shipped: Readonly<Record<string, Shipped>> = {
  'event-campaign': {
    playbook: eventPlaybook as unknown as Playbook,
    params: eventParams,
    scenarios: eventScenarios as unknown as readonly Scenario[],
  },
  welcome: {
    playbook: welcomePlaybook as unknown as Playbook,
    params: welcomeParams,
    scenarios: welcomeScenarios as unknown as readonly Scenario[],
  },
};

/** The playbook as it is in a scenario: its own rehearsal settings with those of the scenario laid over. */
export function inScenario({ playbook }: Shipped, { rehearsal }: Scenario): Playbook {
  const own = playbook.rehearsal ?? {};
  return {
    ...playbook,
    rehearsal: {
      ...own,
      ...rehearsal,
      rates: { ...own.rates, ...rehearsal?.rates },
      delays: { ...own.delays, ...rehearsal?.delays },
      answers: { ...own.answers, ...rehearsal?.answers },
      events: { ...own.events, ...rehearsal?.events },
    },
  };
}
