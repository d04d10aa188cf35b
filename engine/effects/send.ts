// The effect `send`: what shall go out to whom, and what a visit is answered when its recipients have been seen to.
// Not the gate for one recipient: see send-gate.ts.
import { plus } from '../calendar/resolve.ts';
import type { Text } from '../document.ts';
import { defineEffect, type Answer } from '../effect.ts';
import { BUILT_IN_FIELDS } from '../fields.ts';
import { HOUR, parseDuration, type Instant } from '../instant.ts';
import type { CelCondition } from '../language/rule.ts';
import { renderText, type Reader, type TextValues } from '../language/text.ts';
import { PRIORITIES, type Priority, type Verdict } from './send-gate.ts';

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
  /** Whose message goes first where a cap or a limit has no room for both. Default by class. */
  readonly priority?: Priority;
}

/** The rank of a message, more for more urgent: service messages are transactional, marketing is campaign. */
export const rankOf = ({ priority, class: kind }: Pick<SendInput, 'priority' | 'class'>): number =>
  PRIORITIES.indexOf(priority ?? (kind === 'service' ? 'transactional' : 'campaign'));

/** What has become of the recipients of one visit's message, over all its calls. */
export interface Tally {
  sent: number;
  failed: number;
  expired: number;
  /** In doubt: handed over, and no answer came back. */
  unknown: number;
  /** Withheld for good, by reason. */
  readonly withheld: Record<string, number>;
  /** Put off, by reason, and the earliest instant at which one of them is asked again. */
  readonly deferred: Record<string, number>;
  next: Instant | undefined;
  /** Asked of a colleague, and until when. */
  asked: number;
  until: Instant | undefined;
}

/** What earlier calls have settled; without them nobody has been seen to yet. */
export const newTally = (earlier?: Pick<Tally, 'sent' | 'failed' | 'expired' | 'withheld'>): Tally => ({
  sent: earlier?.sent ?? 0,
  failed: earlier?.failed ?? 0,
  expired: earlier?.expired ?? 0,
  unknown: 0,
  withheld: { ...earlier?.withheld },
  deferred: {},
  next: undefined,
  asked: 0,
  until: undefined,
});

/** Adds the gate's answer for some recipients; `send` counts as sent, and whoever finds otherwise says so. */
export function add(tally: Tally, verdict: Verdict, count = 1): void {
  switch (verdict.go) {
    case 'send':
      tally.sent += count;
      return;
    case 'ask':
      tally.asked += count;
      tally.until = Math.min(tally.until ?? Infinity, verdict.until);
      return;
    case 'defer':
      tally.deferred[verdict.reason] = (tally.deferred[verdict.reason] ?? 0) + count;
      tally.next = Math.min(tally.next ?? Infinity, verdict.until);
      return;
    case 'skip':
      tally.withheld[verdict.reason] = (tally.withheld[verdict.reason] ?? 0) + count;
      return;
    case 'expire':
      tally.expired += count;
  }
}

/** The instant from which a message is too old; a message without expiry keeps for six hours. */
export function expiryOf(
  input: Pick<SendInput, 'expires'>,
  { due, zone }: { readonly due: Instant; readonly zone: string },
): Instant {
  if (input.expires === undefined) return due + 6 * HOUR;
  const span = parseDuration(input.expires);
  return (span === undefined ? undefined : plus(due, span, zone)) ?? due;
}

/**
 * The text as a calendar shows it: rendered with what the run knows, in the reader's locale, opt-out below.
 * What only its recipient has is shown by its name: 〔称呼〕.
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
      return shown(source, values, reader);
    })
    .join('\n');
}

// Of the recipient, and of the event that brought them there, a calendar knows the names of the fields only.
function shown(source: string, values: TextValues, reader: Reader): string {
  const made = renderText(source, values, reader);
  if ('text' in made) return made.text;
  const [root = '', key = ''] = made.problem.what.split('.');
  const isTheirs = made.problem.code === 'absent' && (root === 'member' || root === 'event');
  if (!isTheirs || values[root]?.[key] !== undefined) return source;
  const label = BUILT_IN_FIELDS[root]?.[key]?.label ?? {};
  const name = `〔${label[reader.locale] ?? Object.values(label)[0] ?? key}〕`;
  return shown(source, { ...values, [root]: { ...values[root], [key]: name } }, reader);
}

/**
 * The answer to a visit. `deferred`: some may get it later, ask again then; those who have it are not asked again.
 * `waiting`: a colleague must act until then. `doubt` once everybody else is seen to: only a person can tell.
 */
export const send = defineEffect({
  name: 'send',
  cost: 'bulk',
  codes: ['sent', 'partial', 'skipped', 'expired', 'deferred', 'waiting'],
  decide: (_input: SendInput, tally: Tally): Answer<SendCode | 'failed' | 'doubt'> => {
    const { sent, failed, expired, unknown, withheld, deferred, next, asked, until } = tally;
    const why = {
      recipients: sent,
      withheld,
      ...(failed === 0 ? {} : { failed }),
      ...(expired === 0 ? {} : { expired }),
      ...(unknown === 0 ? {} : { unknown }),
      ...(asked === 0 ? {} : { asked }),
      ...(next === undefined ? {} : { deferred }),
    };
    if (asked > 0) return { code: 'waiting', until: until!, why };
    if (next !== undefined) return { code: 'deferred', until: next, why };
    if (unknown > 0) return { code: 'doubt', why };
    return { code: endOf(tally), why };
  },
});

type SendCode = 'sent' | 'partial' | 'skipped' | 'expired' | 'deferred' | 'waiting';

function endOf({
  sent,
  failed,
  expired,
  withheld,
}: Tally): 'sent' | 'partial' | 'skipped' | 'expired' | 'failed' {
  const isWhole = failed === 0 && expired === 0 && Object.keys(withheld).length === 0;
  if (sent > 0) return isWhole ? 'sent' : 'partial';
  // Whoever could not be reached at all makes the visit a failure: nothing has gone out.
  if (failed > 0) return 'failed';
  return expired > 0 ? 'expired' : 'skipped';
}
