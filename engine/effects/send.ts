// The send gate: may this message go out to these recipients, now?
// Not the sending: adapters do that for the recipients that the gate admits. No message goes around it.
import { nextAllowed } from '../calendar/day-window.ts';
import { plus } from '../calendar/resolve.ts';
import type { DayWindow } from '../calendar/time-rule.ts';
import type { Text } from '../document.ts';
import { defineEffect, type Answer } from '../effect.ts';
import { HOUR, parseDuration, type Instant } from '../instant.ts';
import type { CelCondition } from '../language/rule.ts';
import { renderText, type Reader, type TextValues } from '../language/text.ts';

/** Whom a message is for: one group, several, all of the run's groups, the members that a rule names, or the subject itself. */
export type Audience =
  | { readonly group: string }
  | { readonly groups: 'all' | readonly string[] }
  | { readonly segment: CelCondition }
  | { readonly subject: true };

/** What shall go out. */
export interface SendInput {
  readonly channel: string;
  readonly audience: Audience;
  /** Liquid, per locale. */
  readonly text: Text;
  /** How to stop such messages; added to the text. */
  readonly optOut?: Text;
  readonly class: 'service' | 'marketing';
  /** `auto`: the channel sends. `confirm`: a person releases it in the channel. `humanCopy`: a person pastes it. */
  readonly mode: 'auto' | 'confirm' | 'humanCopy';
  /** From the planned instant; afterwards it is never sent. Default PT6H. */
  readonly expires?: string;
  /** Who confirms or pastes. Default: the owner of the run. */
  readonly role?: string;
}

/** One member or one group, with what counts towards the caps of messages of this class. */
export interface Recipient {
  readonly kind: 'member' | 'group';
  /** Agreed to marketing. Not asked of groups: their members joined them. */
  readonly consents: boolean;
  /** Refuses messages of this class. */
  readonly optedOut: boolean;
  /** Sent already in the local day of now, and in the seven local days that end with it. */
  readonly today: number;
  readonly week: number;
}

/** How much a recipient may get, over all playbooks of the team. */
export interface Caps {
  readonly memberPerDay: number;
  readonly memberPerWeek: number;
  readonly groupPerDay: number;
}

/** The defaults of a team. */
export const DEFAULT_CAPS: Caps = { memberPerDay: 1, memberPerWeek: 3, groupPerDay: 2 };
/** The night, in the playbook's zone: marketing waits until it is over. */
export const DEFAULT_QUIET: DayWindow = { from: '22:00', to: '08:00' };

/** What the gate looks at. */
export interface SendFacts {
  readonly zone: string;
  readonly quiet: DayWindow;
  readonly caps: Caps;
  /** The planned instant of the visit, from which its expiry counts. */
  readonly due: Instant;
  /** The channel speaks in the name of a verified person or of the team itself. */
  readonly verified: boolean;
  readonly recipients: readonly Recipient[];
  /** A person has confirmed that it went out. */
  readonly confirmed: boolean;
}

/** Why a recipient gets nothing. */
export type Withheld = 'sender' | 'consent' | 'opt-out' | 'cap';

/**
 * The gate's answer for one recipient; `undefined` lets the message through.
 * Service messages pass without consent and outside the caps; an opt-out counts for every class it names.
 */
export function withheld(
  input: Pick<SendInput, 'class'>,
  recipient: Recipient,
  facts: Pick<SendFacts, 'verified' | 'caps'>,
): Withheld | undefined {
  if (!facts.verified) return 'sender';
  if (recipient.optedOut) return 'opt-out';
  if (input.class === 'service') return undefined;
  const { kind, today, week } = recipient;
  const { caps } = facts;
  if (kind === 'group') return today >= caps.groupPerDay ? 'cap' : undefined;
  if (!recipient.consents) return 'consent';
  return today >= caps.memberPerDay || week >= caps.memberPerWeek ? 'cap' : undefined;
}

/** The instant from which a message is too old; a message without expiry keeps for six hours. */
export function expiryOf(input: Pick<SendInput, 'expires'>, facts: Pick<SendFacts, 'due' | 'zone'>): Instant {
  if (input.expires === undefined) return facts.due + 6 * HOUR;
  const span = parseDuration(input.expires);
  return (span === undefined ? undefined : plus(facts.due, span, facts.zone)) ?? facts.due;
}

/**
 * The text as a calendar shows it: rendered with what the run knows, in the reader's locale, opt-out below.
 * A text that needs what only its recipient has stays as it was written.
 */
export function postedText(
  { text, optOut }: Pick<SendInput, 'text' | 'optOut'>,
  values: TextValues,
  reader: Reader,
): string {
  const parts = optOut === undefined ? [text] : [text, optOut];
  return parts
    .map((part) => {
      const source = part[reader.locale] ?? Object.values(part)[0] ?? '';
      const made = renderText(source, values, reader);
      return 'text' in made ? made.text : source;
    })
    .join('\n');
}

/**
 * `waiting`: at least one recipient may have it, and a person must act until the expiry; asked again with
 * `confirmed` it is `sent`. `deferred`: not before the end of quiet hours.
 */
export const send = defineEffect({
  name: 'send',
  cost: 'bulk',
  codes: ['sent', 'partial', 'skipped', 'expired', 'deferred', 'waiting'],
  decide: (
    input: SendInput,
    facts: SendFacts,
    now,
  ): Answer<'sent' | 'partial' | 'skipped' | 'expired' | 'deferred' | 'waiting'> => {
    const expires = expiryOf(input, facts);
    // What a person has already posted cannot be withheld any more.
    if (facts.confirmed) return { code: 'sent', why: { recipients: facts.recipients.length } };
    if (now > expires) return { code: 'expired', why: { expires } };
    const from = input.class === 'marketing' ? allowedFrom(facts, now) : now;
    if (from > now) {
      return from > expires
        ? { code: 'expired', why: { expires, quietUntil: from } }
        : { code: 'deferred', until: from, why: { quietUntil: from } };
    }
    return admit(input, facts, expires);
  },
});

function admit(
  input: SendInput,
  facts: SendFacts,
  expires: Instant,
): Answer<'sent' | 'partial' | 'skipped' | 'waiting'> {
  const reasons: Partial<Record<Withheld, number>> = {};
  let admitted = 0;
  for (const recipient of facts.recipients) {
    const reason = withheld(input, recipient, facts);
    if (reason === undefined) admitted += 1;
    else reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  const why = { recipients: admitted, withheld: reasons };
  if (admitted === 0) return { code: 'skipped', why };
  if (input.mode !== 'auto') return { code: 'waiting', until: expires, why };
  return { code: admitted < facts.recipients.length ? 'partial' : 'sent', why };
}

// The same instant is asked for thousands of recipients in a row, and a zone's rules are slow to ask.
let asked: { zone: string; quiet: DayWindow; now: Instant; from: Instant } | undefined;

function allowedFrom({ zone, quiet }: SendFacts, now: Instant): Instant {
  if (asked === undefined || asked.now !== now || asked.zone !== zone || asked.quiet !== quiet)
    asked = { zone, quiet, now, from: nextAllowed(now, quiet, zone) ?? now };
  return asked.from;
}
