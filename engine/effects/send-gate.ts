// The send gate: may this message go to this recipient, now? Rehearsal and workers ask it for every message.
// Not the sending, and not what becomes of a whole visit: see send.ts. No message goes around it.
import { nextAllowed, nextInWindow } from '../calendar/day-window.ts';
import type { DayWindow } from '../calendar/time-rule.ts';
import { instantAt, wallAt } from '../calendar/zone.ts';
import { DAY, type Instant } from '../instant.ts';
import type { SendReason } from './send-reasons.ts';

/** How urgent a message is, the least urgent first. */
export const PRIORITIES = ['digest', 'campaign', 'reply', 'transactional', 'incident'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** How much a recipient may get, over all playbooks of the team. */
export interface Caps {
  readonly memberPerDay: number;
  readonly memberPerWeek: number;
  readonly groupPerDay: number;
}

/** The defaults of a team. */
export const DEFAULT_CAPS: Caps = { memberPerDay: 1, memberPerWeek: 3, groupPerDay: 2 };
/** The night, in the recipient's zone: marketing waits until it is over. */
export const DEFAULT_QUIET: DayWindow = { from: '22:00', to: '08:00' };

/** One member or one group, with what counts towards the caps. */
export interface Recipient {
  readonly kind: 'member' | 'group';
  /** Its calendar: of its quiet hours, and of the days that caps and budgets count. */
  readonly zone: string;
  /** Agreed to marketing. Not asked of groups: their members joined them. */
  readonly consents: boolean;
  /** Refuses messages of this class. */
  readonly optedOut: boolean;
  /** There is no way to it: it has left, or the channel knows no address. */
  readonly missing?: 'gone' | 'address' | undefined;
  /** What it was sent on its last seven days, today first: marketing of a member, every post of a group. */
  readonly sent: readonly number[];
  /** More urgent messages that are planned for it: today, and in the seven days that begin today. */
  readonly held?: { readonly today: number; readonly week: number } | undefined;
  /** A budget of the channel is used up, and renews then. */
  readonly budget?: { readonly renews: Instant } | undefined;
  /** The account's limits let nothing more through to it before. */
  readonly free?: { readonly at: Instant; readonly by: 'rate' | 'circuit' } | undefined;
}

/** What the gate looks at besides the recipient. */
export interface GateFacts {
  readonly class: 'service' | 'marketing';
  readonly quiet: DayWindow;
  readonly caps: Caps;
  /** Afterwards it is never sent. */
  readonly expires: Instant;
  /** The channel speaks in the name of a verified person or of the team itself. */
  readonly verified: boolean;
  /** `channel`: it goes out by itself. `post`: a colleague posts it. `release`: a colleague must let it go first. */
  readonly by: 'channel' | 'post' | 'release';
}

/** The gate's answer for one recipient. */
export type Verdict =
  | { readonly go: 'send' }
  /** A colleague must act until then. */
  | { readonly go: 'ask'; readonly until: Instant }
  /** Not before then: the gate is asked again. */
  | { readonly go: 'defer'; readonly until: Instant; readonly reason: SendReason }
  | { readonly go: 'skip'; readonly reason: SendReason }
  | { readonly go: 'expire'; readonly reason: SendReason };

const SEND: Verdict = { go: 'send' };

/**
 * The gate. Service messages pass without consent, outside the caps and at night; an opt-out counts for every class it
 * names. What may go later is put off as long as that is before its expiry.
 */
export function judge(recipient: Recipient, facts: GateFacts, now: Instant): Verdict {
  const { expires, by } = facts;
  if (now > expires) return { go: 'expire', reason: 'expired' };
  const forGood = withheld(recipient, facts);
  if (forGood !== undefined) return { go: 'skip', reason: forGood };
  // Whoever is asked to let it go may take the night for it: the gate is asked again afterwards.
  if (by === 'release') return { go: 'ask', until: expires };
  const later = putOff(recipient, facts, now);
  if (later !== undefined) return later;
  return by === 'post' ? { go: 'ask', until: postedUntil(recipient, facts, now) } : SEND;
}

/** A colleague posts once: whoever could get it only later gets nothing when the others are posted to now. */
export function postOnce(verdicts: readonly Verdict[]): readonly Verdict[] {
  if (!verdicts.some(({ go }) => go === 'ask')) return verdicts;
  return verdicts.map((it) => (it.go === 'defer' ? { go: 'skip', reason: it.reason } : it));
}

/** Who acts when a message is let through: who must, in a mode, given what the channel can and what has been said. */
export function actorOf(
  mode: 'auto' | 'confirm' | 'humanCopy',
  { posts, released }: { readonly posts: boolean; readonly released: boolean },
): GateFacts['by'] {
  if (mode === 'humanCopy' || (mode === 'confirm' && !posts)) return 'post';
  return mode === 'auto' || released ? 'channel' : 'release';
}

/** Why a recipient never gets it, however long one waits. */
function withheld(
  { kind, consents, optedOut, missing }: Recipient,
  { verified, class: kindOf }: GateFacts,
): SendReason | undefined {
  if (!verified) return 'sender';
  if (missing !== undefined) return missing;
  if (optedOut) return 'opt-out';
  return kindOf === 'marketing' && kind === 'member' && !consents ? 'consent' : undefined;
}

function putOff(recipient: Recipient, facts: GateFacts, now: Instant): Verdict | undefined {
  const { expires } = facts;
  const isMarketing = facts.class === 'marketing';
  const allowed = isMarketing ? allowedFrom(recipient.zone, facts, now) : now;
  if (allowed > now)
    return allowed > expires
      ? { go: 'expire', reason: 'quiet' }
      : { go: 'defer', until: allowed, reason: 'quiet' };
  if (isMarketing && isCapped(recipient, facts.caps, 0))
    return toSlot(nextSlot(recipient, facts, now), 'cap', expires);
  if (recipient.budget !== undefined) {
    const { renews } = recipient.budget;
    return toSlot(isMarketing ? allowedFrom(recipient.zone, facts, renews) : renews, 'budget', expires);
  }
  const { free } = recipient;
  // A limit may open earlier than it was reckoned, so nothing is given up for it before its expiry.
  if (free !== undefined && free.at > now)
    return now >= expires
      ? { go: 'expire', reason: free.by }
      : { go: 'defer', until: Math.min(free.at, expires), reason: free.by };
  return undefined;
}

const toSlot = (slot: Instant | undefined, reason: SendReason, expires: Instant): Verdict =>
  slot === undefined || slot > expires ? { go: 'skip', reason } : { go: 'defer', until: slot, reason };

/** Whether caps are reached on a recipient's day, counted from today, with nothing more sent until then. */
function isCapped({ kind, sent, held }: Recipient, caps: Caps, day: number): boolean {
  const today = day === 0 ? (sent[0] ?? 0) + (held?.today ?? 0) : 0;
  if (kind === 'group') return today >= caps.groupPerDay;
  if (today >= caps.memberPerDay) return true;
  let week = held?.week ?? 0;
  for (let index = 0; index + day < 7; index += 1) week += sent[index] ?? 0;
  return week >= caps.memberPerWeek;
}

/** The beginning of the recipient's first day on which the caps allow one more; undefined if none within a week. */
function nextSlot(recipient: Recipient, facts: GateFacts, now: Instant): Instant | undefined {
  const { zone } = recipient;
  const wall = wallAt(now, zone) ?? now;
  for (let day = 1; day <= 7; day += 1) {
    if (isCapped(recipient, facts.caps, day)) continue;
    const begins = instantAt((Math.floor(wall / DAY) + day) * DAY, zone);
    return begins === undefined ? undefined : allowedFrom(zone, facts, begins);
  }
  return undefined;
}

// What a colleague posts counts for the day on which the gate let it through, and may not reach into the night.
function postedUntil({ zone }: Recipient, { class: kind, expires, quiet }: GateFacts, now: Instant): Instant {
  if (kind === 'service') return expires;
  const wall = wallAt(now, zone) ?? now;
  const tomorrow = instantAt((Math.floor(wall / DAY) + 1) * DAY, zone) ?? expires;
  const night = quiet.from === quiet.to ? expires : (nextInWindow(now, quiet, zone) ?? expires);
  // Neither the first minute of the night nor that of tomorrow is its own any more.
  return Math.min(expires, night - 1, tomorrow - 1);
}

/**
 * Until when a message that the gate lets through now may still be handed over: afterwards another hour or another day
 * would count.
 */
export const validUntil = (recipient: Recipient, facts: GateFacts, now: Instant): Instant =>
  postedUntil(recipient, facts, now);

// The same instant is asked for thousands of recipients in a row, and a zone's rules are slow to ask.
let asked: { quiet: DayWindow; now: Instant; from: Map<string, Instant> } | undefined;

function allowedFrom(zone: string, { quiet }: GateFacts, now: Instant): Instant {
  if (asked === undefined || asked.now !== now || asked.quiet !== quiet)
    asked = { quiet, now, from: new Map() };
  let from = asked.from.get(zone);
  if (from === undefined) {
    from = nextAllowed(now, quiet, zone) ?? now;
    asked.from.set(zone, from);
  }
  return from;
}
