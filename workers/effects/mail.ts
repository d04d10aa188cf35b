// The messages of one batch before anybody has decided: what each says, to whom it is addressed, and until when.
// Not the gate and not the sending. A visit has one message; every call of the visit finds it again.
import type { Text } from '../../engine/document.ts';
import { actorOf, type GateFacts } from '../../engine/effects/send-gate.ts';
import { expiryOf, postedText, rankOf, type SendInput } from '../../engine/effects/send.ts';
import type { Instant } from '../../engine/instant.ts';
import type { ConditionContext } from '../../engine/language/condition.ts';
import { markLink } from '../../engine/language/links.ts';
import type { RenderProblem } from '../../engine/language/text.ts';
import type { CallVisit } from '../../engine/run/protocol.ts';
import type { Sql } from '../store/client.ts';
import { outcomesOf } from '../store/task.ts';
import { limitsOf, type TeamLimits } from '../store/team-limits.ts';
import { commonContext, contextFor, subjectsOf } from './people.ts';
import { audienceOf, subjectsAsRecipients, type Candidate, type Nature } from './recipients.ts';
import type { Route } from './route.ts';
import { keepLinks, lacksLinks } from './links.ts';
import { renderAll } from './text.ts';
import type { Batch } from './work.ts';

/** The messages of a batch, one for each visit. */
export interface Mail {
  readonly batch: Batch;
  readonly input: SendInput;
  readonly route: Route;
  /** How urgent they are; more is more. */
  readonly rank: number;
  readonly limits: TeamLimits;
  readonly nature: Nature;
  readonly letters: readonly Letter[];
}

/** One visit's message. */
export interface Letter {
  readonly visit: CallVisit;
  /** For the gate: the visit's logical time, or the wall's where the activity itself runs late. */
  readonly now: Instant;
  readonly gate: GateFacts;
  /** A colleague has said that it is done: posted, or released. */
  readonly isDone: boolean;
  /** Rendered, per locale, with how to opt out below. Empty when it cannot be said. */
  readonly text: Text;
  /** As a calendar of the run shows it. */
  readonly posted: string;
  readonly unsaid: RenderProblem | undefined;
  readonly people: readonly Candidate[];
}

/** Who it is for, and what it says, as of now. */
export async function openMail(sql: Sql, batch: Batch, input: SendInput, route: Route): Promise<Mail> {
  const { run, visits } = batch;
  const limits = await limitsOf(sql, run.team);
  const now = nowOf(batch, visits[0]!);
  const common = await commonContext(sql, run, { now, names: [input.text, input.optOut, input.audience] });
  const nature = { class: input.class, channel: route.reachable, zone: limits.zone, now };
  const { peopleOf, valuesOf } = await addressees(sql, batch, input, { ...nature, common });
  const tasks = input.mode === 'auto' ? undefined : await outcomesOf(sql, run.id, batch.node, visits);
  const reader = { locale: run.plan.locales[0] ?? '', zone: run.plan.zone };
  const posted = postedText(input, common, reader);
  const letters = visits.map((visit): Letter => {
    const isDone = tasks?.get(`${visit.ordinal}/${visit.lap}`) === 'done';
    const written = textOf(batch, input, valuesOf(visit));
    return {
      visit,
      now: nowOf(batch, visit),
      gate: {
        class: input.class,
        quiet: limits.quiet,
        caps: limits.caps,
        expires: expiryOf(input, { due: visit.due, zone: run.plan.zone }),
        verified: route.verified,
        by: actorOf(input.mode, { posts: route.posts, released: isDone }),
      },
      isDone,
      ...written,
      posted,
      people: peopleOf(visit),
    };
  });
  const texts = letters.map(({ text }) => text);
  await keepLinks(sql, batch, texts);
  return { batch, input, route, rank: rankOf(input), limits, nature, letters };
}

/** A compressed run has no wall; in a real one the gate must not believe that it is earlier than it is. */
export const nowOf = ({ run, deps }: Pick<Batch, 'run' | 'deps'>, { at }: Pick<CallVisit, 'at'>): Instant =>
  run.mode === 'fast' ? at : Math.max(at, deps.clock());

interface Addressees {
  readonly peopleOf: (visit: CallVisit) => readonly Candidate[];
  /** What a visit's text may speak of. */
  readonly valuesOf: (visit: CallVisit) => ConditionContext;
}

async function addressees(
  sql: Sql,
  batch: Batch,
  { audience }: SendInput,
  nature: Nature & { readonly common: ConditionContext },
): Promise<Addressees> {
  const subjects = await subjectsOf(sql, batch);
  const valuesOf: Addressees['valuesOf'] = ({ ordinal }) => contextFor(nature.common, subjects.get(ordinal));
  if ('subject' in audience) {
    const own = await subjectsAsRecipients(sql, batch.run, [...subjects.values()], nature);
    const peopleOf: Addressees['peopleOf'] = ({ ordinal }) => {
      const recipient = own.get(ordinal);
      return recipient === undefined ? [] : [recipient];
    };
    return { peopleOf, valuesOf };
  }
  const all = await audienceOf(sql, batch.run, audience, nature);
  return { peopleOf: () => all, valuesOf };
}

function textOf(
  batch: Batch,
  input: SendInput,
  values: ConditionContext,
): { readonly text: Text; readonly unsaid: RenderProblem | undefined } {
  const { run } = batch;
  const main = renderAll(input.text, values, run, markLink);
  const optOut = input.optOut === undefined ? { text: {} } : renderAll(input.optOut, values, run, markLink);
  if ('problem' in main) return { text: {}, unsaid: main.problem };
  if ('problem' in optOut) return { text: {}, unsaid: optOut.problem };
  const texts = [main.text, optOut.text].filter((it) => Object.keys(it).length > 0);
  const locales = new Set(texts.flatMap((it) => Object.keys(it)));
  const text = Object.fromEntries(
    [...locales].map((locale) => [
      locale,
      texts.map((it) => it[locale] ?? Object.values(it)[0] ?? '').join('\n'),
    ]),
  );
  return lacksLinks(batch, [text])
    ? { text: {}, unsaid: { code: 'failed', what: 'links' } }
    : { text, unsaid: undefined };
}
