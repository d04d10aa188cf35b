// Starts something that moves by itself: the members of a journey, or another playbook.
// Not its progress: when it is done, an answer comes to the visit through the inbox.
import { defineEffect } from '../effect.ts';
import type { Text } from '../document.ts';
import type { JsonObject } from '../json.ts';
import type { CalendarFacts } from './instant.ts';
import { deadlineOf } from './task.ts';

/** Which journey, and how long one waits for it at most. */
export interface LaunchJourneyInput {
  readonly journey: string;
  /** Default P30D. */
  readonly within?: string;
}

/** Who may enter now: after segment, re-entry and capacity. */
export interface LaunchJourneyFacts extends CalendarFacts {
  readonly eligible: number;
  /** It is entered by event: opened now, or open already since an earlier launch. */
  readonly door?: 'opened' | 'open';
}

/** Enters everybody who is eligible at this moment; or opens the door to those who come by event. */
export const launchJourney = defineEffect({
  name: 'launch-journey',
  cost: 'bulk',
  codes: ['launched', 'empty'],
  decide: ({ within }: LaunchJourneyInput, facts: LaunchJourneyFacts, now) => {
    const { eligible, door } = facts;
    const why = door === undefined ? { eligible } : { door };
    if (door === undefined ? eligible === 0 : door === 'open') return { code: 'empty', why };
    const until = deadlineOf({ for: within ?? LONGEST }, facts, now);
    return until === undefined ? { code: 'failed', why } : { code: 'launched', until, why };
  },
});

/** Which playbook, with which parameters, and how long one waits for it at most. */
export interface StartPlaybookInput {
  readonly playbook: string;
  readonly params?: JsonObject;
  /** Default P30D. */
  readonly within?: string;
}

/** Why it cannot start, in people's words; undefined when it can. */
export interface StartPlaybookFacts extends CalendarFacts {
  readonly refusal?: Text;
}

export const startPlaybook = defineEffect({
  name: 'start-playbook',
  cost: 'quick',
  codes: ['started', 'refused'],
  decide: ({ playbook, within }: StartPlaybookInput, facts: StartPlaybookFacts, now) => {
    if (facts.refusal !== undefined) return { code: 'refused', why: { playbook, refusal: facts.refusal } };
    const until = deadlineOf({ for: within ?? LONGEST }, facts, now);
    return until === undefined
      ? { code: 'failed', why: { playbook } }
      : { code: 'started', until, why: { playbook } };
  },
});

const LONGEST = 'P30D';
