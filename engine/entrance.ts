// The entrance of a journey: its rules as data, and the one decision that lets somebody in or turns them away.
// Pure; shared by rehearsals and workers. Not the gathering of candidates, and not the numbers that subjects get.
import { DAY, type Instant } from './instant.ts';
import type { CelCondition } from './language/rule.ts';
import type { Plan } from './plan.ts';

/**
 * How often somebody may enter. run: once in each run. once: once ever, over all runs and versions of the playbook.
 * after-exit: again when they are through. after: that, and some days after they last entered.
 * key: once for each value of a field of the event that lets them in.
 */
type Again = 'run' | 'once' | 'after-exit' | 'after' | 'key';

/** The most names on a list. */
export const MOST_LISTED = 10_000;

/** The rules of an entrance, with what is left out filled in. */
export interface EntranceRule {
  readonly from: 'segment' | 'list' | 'event';
  readonly segment?: CelCondition;
  readonly list: readonly string[];
  /** The event that lets somebody in, and which of these events count. */
  readonly event: string;
  readonly where?: CelCondition;
  /** How long the door stays open, an exact or calendar duration; without it until somebody closes it. */
  readonly open?: string;
  readonly again: Again;
  /** Days of 24 hours, for `after`. */
  readonly days: number;
  /** The field of the event, for `key`. */
  readonly key: string;
  readonly capacity?: number;
}

/** The rules as an `enter` step is configured. Invariant: conditions of a plan are CEL. */
export function entranceRule(config: Readonly<Record<string, unknown>>): EntranceRule {
  const {
    from = 'segment',
    list = [],
    event = '',
    again = 'run',
    days = 0,
    key = '',
    ...rest
  } = config as Partial<EntranceRule>;
  return { ...rest, from, list, event, again, days, key };
}

/** The key of a stay that begins with this event: what must not be repeated under it. Empty unless the rule asks for one. */
export function stayKey({ again, key }: EntranceRule, event: Readonly<Record<string, unknown>>): string {
  if (again !== 'key' || !Object.hasOwn(event, key)) return '';
  const value = event[key];
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** The events by which journeys of a plan are entered, by graph. */
export function entryEvents({ graphs, nodes }: Plan): Map<number, string> {
  const events = new Map<number, string>();
  for (const [graph, { start }] of graphs.entries()) {
    const { from, event } = graph === 0 ? NO_RULE : entranceRule(nodes[start]!.config);
    if (from === 'event') events.set(graph, event);
  }
  return events;
}

const NO_RULE = entranceRule({});

/** Why somebody is not let in, in the order in which it is asked. */
export type Refusal = 'staff' | 'test' | 'segment' | 'again' | 'full';

/** Why somebody is not inside, in words; whoever is not in the audience of a run never comes to its entrance. */
export const ENTRANCE_WORDS: Readonly<
  Record<Refusal | 'audience', { readonly zh: string; readonly en: string }>
> = {
  staff: { zh: '是同事', en: 'a colleague' },
  test: { zh: '是测试账号', en: 'a test account' },
  audience: { zh: '不在这次活动的对象里', en: 'not in the audience of the run' },
  segment: { zh: '不符合条件', en: 'does not fit the segment' },
  again: { zh: '来过，不能再来', en: 'had been there before' },
  full: { zh: '满了', en: 'it was full' },
};

/** Somebody at the entrance. */
export interface Candidate {
  readonly kind: 'member' | 'staff' | 'test';
  /** Fits the segment, and stands on the list where there is one. */
  readonly qualifies: boolean;
  /** Their last stay under the same key; `inside` while it lasts. */
  readonly last?: { readonly at: Instant; readonly inside: boolean } | undefined;
}

/** Lets somebody in, or says why not. `entered`: how many have come in so far. */
export function admit(
  rule: EntranceRule,
  { kind, qualifies, last }: Candidate,
  { entered, now }: { readonly entered: number; readonly now: Instant },
): 'enter' | Refusal {
  if (kind !== 'member') return kind;
  if (!qualifies) return 'segment';
  if (last !== undefined && !mayReturn(rule, last, now)) return 'again';
  if (rule.capacity !== undefined && entered >= rule.capacity) return 'full';
  return 'enter';
}

function mayReturn(
  rule: EntranceRule,
  { at, inside }: NonNullable<Candidate['last']>,
  now: Instant,
): boolean {
  const since = lastBefore(rule, now);
  return since !== null && !inside && at <= since;
}

/** Whoever is through and last entered by this instant may enter again; null: nobody may. */
export function lastBefore({ again, days }: EntranceRule, now: Instant): Instant | null {
  switch (again) {
    case 'run':
    case 'once':
    case 'key':
      return null;
    case 'after-exit':
      return now;
    case 'after':
      return now - days * DAY;
  }
}
