// The gate's half in the database: holds the counters of everybody asked about, hands the decision its facts one by one,
// and notes what it lets through, so that the next of the batch sees it. Not the decision: engine/effects/send-gate.ts.
import { wallAt } from '../../engine/calendar/zone.ts';
import { beginOf, periodAround, type Period } from '../../engine/effects/budget.ts';
import { judge, validUntil, type Recipient, type Verdict } from '../../engine/effects/send-gate.ts';
import { DAY, MINUTE, type Instant } from '../../engine/instant.ts';
import type { Sql } from '../store/client.ts';
import { heldFor, heldOnAccount, type Held, type Seen } from '../store/delivery.ts';
import { counterKey, lockCounts, type Counter, type Stretch } from '../store/send-gate.ts';
import type { Letter, Mail } from './mail.ts';
import type { Candidate } from './recipients.ts';
import type { Token, TokenDesk } from './tokens.ts';

/** One recipient of one message. */
export interface Item {
  readonly letter: Letter;
  readonly to: Candidate;
}

/** What the gate has answered, and what it has counted for it. */
export interface Judged extends Item {
  readonly verdict: Verdict;
  readonly counts: readonly Counter[];
  readonly tokens: readonly Token[];
  readonly seen: Seen;
  /** Of a message that is let through: it may be handed over until then. */
  readonly validUntil: Instant;
}

const NOTHING: readonly never[] = [];

/** Judges recipients in their order. The counters stay held until the commit; whoever sends counts what it lets through. */
export async function judgeAll(
  sql: Sql,
  mail: Mail,
  items: readonly Item[],
  desk?: TokenDesk,
): Promise<Judged[]> {
  if (items.length === 0) return [];
  const desks = await openDesk(sql, mail, items);
  return items.map((item): Judged => {
    const recipient = recipientOf(desks, mail, item, desk);
    const { letter, to } = item;
    const verdict = judge(recipient, letter.gate, letter.now);
    const passes = verdict.go === 'send' || (verdict.go === 'ask' && letter.gate.by === 'post');
    if (!passes || letter.unsaid !== undefined) {
      if (verdict.go === 'defer' && verdict.reason === 'rate') desk?.plan(to, verdict.until);
      return { ...item, verdict, counts: NOTHING, tokens: NOTHING, seen: {}, validUntil: 0 };
    }
    return {
      ...item,
      verdict,
      counts: charge(desks, mail, item),
      tokens: desk?.use(to, letter.now) ?? NOTHING,
      seen: seenBy(mail, item),
      validUntil: validUntil(recipient, letter.gate, letter.now),
    };
  });
}

/** What stands on the gate's desk while a batch is judged. */
interface Desk {
  /** By counter and day: counts of that day and of those before it. They grow with what is let through. */
  readonly counts: Map<string, number[]>;
  readonly held: ReadonlyMap<string, readonly Held[]>;
  /** More urgent messages that wait for the account, by when they are tried again. */
  readonly ahead: readonly Instant[];
}

async function openDesk(sql: Sql, mail: Mail, items: readonly Item[]): Promise<Desk> {
  const stretches = items.flatMap((item) => [...capStretches(mail, item), ...budgetStretches(mail, item)]);
  const counts = await lockCounts(sql, mail.batch.run.team, stretches);
  const { run } = mail.batch;
  const held =
    stretches.length === 0
      ? new Map<string, Held[]>()
      : await heldFor(sql, run, {
          rank: mail.rank,
          recipients: items.map(({ to }) => to.recipient),
        });
  const { account } = mail.route;
  const hasAccountBudget = account !== null && account.limits.budgets.some(({ of }) => of === 'account');
  const ahead = hasAccountBudget ? await heldOnAccount(sql, account.id, { rank: mail.rank }) : [];
  return { counts, held, ahead };
}

/** A local day as the counters number it. */
const dayOf = (at: Instant, zone: string): number => Math.floor((wallAt(at, zone) ?? at) / DAY);

/** A day of which somebody may still be counting the one before: its first minutes. */
const isYoung = (at: Instant, zone: string): boolean => (wallAt(at, zone) ?? at) % DAY < 5 * MINUTE;

const WEEK = 7;

// Service to members counts for nobody; service to groups counts, although no cap withholds it.
function capStretches({ input }: Mail, { letter: { now }, to }: Item): Stretch[] {
  if (input.class === 'service') return [];
  const { counter: key, zone } = to;
  const day = dayOf(now, zone);
  return [{ key, day, from: day - WEEK + 1, isYoung: isYoung(now, zone) }];
}

interface BudgetOf extends Period {
  readonly name: string;
  readonly key: string;
  readonly day: number;
  readonly zone: string;
  readonly ofAccount: boolean;
}

function budgetsOf({ input, route, limits }: Mail, { letter: { now }, to }: Item): BudgetOf[] {
  const { account } = route;
  // What a colleague pastes is nothing of the provider's sends.
  if (account === null || input.mode === 'humanCopy') return [];
  return account.limits.budgets.flatMap((budget): BudgetOf[] => {
    const ofAccount = budget.of === 'account';
    if (!ofAccount && budget.of !== 'recipient' && budget.of !== to.kind) return [];
    const zone = ofAccount ? limits.zone : to.zone;
    const day = dayOf(now, zone);
    const key = ofAccount ? `channel/${account.id}` : `channel/${account.id}/${to.recipient}`;
    return [{ ...periodAround(budget, day), name: budget.name, key, day, zone, ofAccount }];
  });
}

const budgetStretches = (mail: Mail, item: Item): Stretch[] =>
  budgetsOf(mail, item).map(({ key, day, from, zone }) => ({
    key,
    day,
    from,
    isYoung: isYoung(item.letter.now, zone),
  }));

function recipientOf(desk: Desk, mail: Mail, item: Item, tokens: TokenDesk | undefined): Recipient {
  const { to, letter } = item;
  const { kind, consents, optedOut, missing, zone } = to;
  const held = desk.held.get(to.recipient);
  return {
    kind,
    consents,
    optedOut,
    missing,
    zone,
    sent: desk.counts.get(counterKey({ key: to.counter, day: dayOf(letter.now, zone) })) ?? NOTHING,
    held: held === undefined ? undefined : heldInDays(held, { now: letter.now, to }),
    budget: usedUp(desk, mail, item),
    free: tokens?.freeFor(to, letter.now),
  };
}

function heldInDays(
  held: readonly Held[],
  { now, to }: { readonly now: Instant; readonly to: Candidate },
): { readonly today: number; readonly week: number } {
  const today = dayOf(now, to.zone);
  const ahead = held
    .filter(({ counts }) => counts || to.kind === 'group')
    .map(({ at }) => dayOf(Math.max(at, now), to.zone) - today);
  return {
    today: ahead.filter((days) => days === 0).length,
    week: ahead.filter((days) => days < WEEK).length,
  };
}

/** The first budget in which nothing is left, more urgent messages that wait for it counted in. */
function usedUp(desk: Desk, mail: Mail, item: Item): { readonly renews: Instant } | undefined {
  for (const budget of budgetsOf(mail, item)) {
    const { key, day, from, next, zone, count, ofAccount } = budget;
    const renews = beginOf(next, zone) ?? Infinity;
    const counts = desk.counts.get(counterKey({ key, day })) ?? NOTHING;
    const used = counts.slice(0, day - from + 1).reduce((sum, it) => sum + it, 0);
    const waiting = ofAccount
      ? desk.ahead.filter((at) => at < renews).length
      : (desk.held.get(item.to.recipient) ?? []).filter(
          ({ at, channel }) => at < renews && channel === mail.route.account?.id,
        ).length;
    if (used + waiting >= count) return { renews };
  }
  return undefined;
}

/** The settings that have let a message through. */
function seenBy(mail: Mail, item: Item): Seen {
  const { input, route, limits } = mail;
  const budgets = budgetsOf(mail, item);
  const rates = route.account?.limits.rates ?? [];
  return {
    ...(input.class === 'marketing'
      ? { caps: limits.caps, quiet: { ...limits.quiet, zone: item.to.zone } }
      : {}),
    ...(budgets.length > 0 ? { budgets: Object.fromEntries(budgets.map((it) => [it.name, it.count])) } : {}),
    ...(rates.length > 0 ? { rates: Object.fromEntries(rates.map((it) => [it.name, it.count])) } : {}),
  };
}

/** Counts one message that goes through, for whoever is judged next, and says where it counts. */
function charge(desk: Desk, mail: Mail, item: Item): readonly Counter[] {
  const { letter, to } = item;
  const keys = new Map<string, Counter>();
  const counts = mail.input.class === 'marketing' || to.kind === 'group';
  if (counts) keys.set('cap', { key: to.counter, day: dayOf(letter.now, to.zone) });
  for (const { key, day } of budgetsOf(mail, item)) keys.set(key, { key, day });
  for (const counter of keys.values()) {
    const known = desk.counts.get(counterKey(counter));
    if (known !== undefined) known[0] = (known[0] ?? 0) + 1;
  }
  return [...keys.values()];
}
