// Sends: finds the recipients, holds their counters while the gate decides, hands the admitted ones to the channel.
// Not the gate's rules: see engine/effects/send.ts. No message goes around it.
import { wallAt } from '../../engine/calendar/zone.ts';
import {
  expiryOf,
  postedText,
  send as decision,
  withheld,
  type SendFacts,
  type SendInput,
} from '../../engine/effects/send.ts';
import { DAY, type Instant } from '../../engine/instant.ts';
import type { ConditionContext } from '../../engine/language/condition.ts';
import type { CallVisit } from '../../engine/run/protocol.ts';
import { adapters } from '../channels/index.ts';
import { simulator } from '../channels/simulator.ts';
import { isSynthetic } from '../store/community.ts';
import type { Post } from '../channels/channel.ts';
import type { Sql } from '../store/client.ts';
import { count, counterKey, lockLoads, type Load } from '../store/send-gate.ts';
import { taskOf } from '../store/task.ts';
import { assign } from './assign.ts';
import { limitsOf, type TeamLimits } from './calendar.ts';
import { inputOf } from './config.ts';
import { recordMessages, type Sending } from './messages.ts';
import { commonContext, subjectsOf, type Subject } from './people.ts';
import { audienceOf, subjectsAsRecipients, type Candidate } from './recipients.ts';
import { renderAll } from './text.ts';
import { internal, type Answered, type Batch } from './work.ts';

export const send = internal(async (sql, batch) => {
  const input = await inputOf(sql, batch, 'send');
  const channel = await channelOf(sql, batch, input.channel);
  if (channel === undefined || (input.mode === 'auto' && !channel.posts)) {
    const problem = channel === undefined ? 'unknown-channel' : 'channel-needs-a-person';
    return batch.visits.map(() => ({ code: 'failed', why: { problem, channel: input.channel } }));
  }
  const gate = await openGate(sql, batch, input, channel);
  const sendings: Sending[] = [];
  for (const visit of batch.visits) {
    const sending = await decide(sql, gate, visit);
    sendings.push(sending);
    if (input.class === 'marketing' && isOut(sending.answer)) load(gate, sending);
  }
  const posts = sendings.filter(({ answer }) => isOut(answer));
  const outcomes = channel.posts
    ? await simulator.post(
        sql,
        batch.run,
        posts.map((sending) => postOf(batch, sending)),
      )
    : [];
  posts.forEach((sending, i) => {
    for (const recipient of outcomes[i]?.failed ?? []) sending.failed.add(recipient);
  });
  await recordMessages(sql, batch, { input, channelId: channel.id, sendings });
  if (input.class === 'marketing') {
    const sent = posts.flatMap(({ visit, admitted, failed }) =>
      admitted
        .filter(({ recipient }) => !failed.has(recipient))
        .map(({ counter }) => ({ recipient: counter, day: gate.dayOf(visit.at) })),
    );
    await count(sql, batch.run.team, sent);
  }
  return sendings.map(answerOf);
});

// Whoever could not be reached at all makes the visit a failure: nothing has gone out.
function answerOf({ answer, admitted, failed }: Sending): Answered {
  const isLost = isOut(answer) && failed.size === admitted.length;
  return isLost ? { code: 'failed', why: { problem: 'delivery' } } : answer;
}

const isOut = ({ code }: Answered): boolean => code === 'sent' || code === 'partial';

// The next visit of the batch that is for the same recipient must see it.
function load({ loads, dayOf }: Gate, { visit, admitted }: Sending): void {
  for (const { counter } of admitted) {
    const key = counterKey({ recipient: counter, day: dayOf(visit.at) });
    const { today, week } = loads.get(key) ?? { today: 0, week: 0 };
    loads.set(key, { today: today + 1, week: week + 1 });
  }
}

/** Everything that the decisions of a batch have in common. */
interface Gate {
  readonly batch: Batch;
  readonly input: SendInput;
  readonly limits: TeamLimits;
  readonly dayOf: (at: Instant) => number;
  readonly common: ConditionContext;
  readonly posted: string;
  readonly subjects: ReadonlyMap<number, Subject>;
  readonly recipientsOf: (visit: CallVisit) => readonly Candidate[];
  /** By recipient and day; grows with what the batch itself lets through. */
  readonly loads: Map<string, Load>;
}

async function openGate(sql: Sql, batch: Batch, input: SendInput, channel: SendingChannel): Promise<Gate> {
  const { run, visits } = batch;
  const dayOf = (at: Instant): number => Math.floor((wallAt(at, run.plan.zone) ?? at) / DAY);
  const now = visits[0]!.at;
  const common = await commonContext(sql, run, { now, names: [input.text, input.optOut, input.audience] });
  const subjects = await subjectsOf(sql, batch);
  const nature = { class: input.class, channelId: channel.id, now, common };
  let recipientsOf: Gate['recipientsOf'];
  if ('subject' in input.audience) {
    const own = await subjectsAsRecipients(sql, run, [...subjects.values()], nature);
    recipientsOf = ({ ordinal }) => {
      const recipient = own.get(ordinal);
      return recipient === undefined ? [] : [recipient];
    };
  } else {
    const all = await audienceOf(sql, run, input.audience, nature);
    recipientsOf = () => all;
  }
  const counters = visits.flatMap((visit) =>
    recipientsOf(visit).map(({ counter }) => ({ recipient: counter, day: dayOf(visit.at) })),
  );
  const loads = await lockLoads(sql, run.team, counters);
  return {
    batch,
    input,
    limits: await limitsOf(sql, run.team),
    dayOf,
    common,
    subjects,
    recipientsOf,
    loads,
    posted: postedText(input, common, { locale: run.plan.locales[0] ?? '', zone: run.plan.zone }),
  };
}

async function decide(sql: Sql, gate: Gate, visit: CallVisit): Promise<Sending> {
  const { batch, input, limits } = gate;
  const candidates = gate.recipientsOf(visit);
  const day = gate.dayOf(visit.at);
  const recipients = candidates.map(({ kind, consents, optedOut, counter }) => ({
    kind,
    consents,
    optedOut,
    ...(gate.loads.get(counterKey({ recipient: counter, day })) ?? { today: 0, week: 0 }),
  }));
  const task =
    input.mode === 'auto' ? undefined : await taskOf(sql, batch.run.id, { node: batch.node, ...visit });
  const facts: SendFacts = {
    zone: batch.run.plan.zone,
    ...limits,
    due: visit.due,
    verified: true,
    recipients,
    confirmed: task?.outcome === 'done',
  };
  const answer = decision.decide(input, facts, visit.at);
  const reasons = new Map<string, string>();
  recipients.forEach((recipient, i) => {
    const reason = facts.confirmed ? undefined : withheld(input, recipient, facts);
    if (reason !== undefined) reasons.set(candidates[i]!.recipient, reason);
  });
  const admitted = candidates.filter(({ recipient }) => !reasons.has(recipient));
  const sending = { visit, answer, candidates, admitted, reasons, failed: new Set<string>() };
  return finish(sql, gate, { ...sending, expires: expiryOf(input, facts) });
}

// The text is made last: whoever gets nothing needs none.
async function finish(sql: Sql, gate: Gate, sending: Omit<Sending, 'text' | 'posted'>): Promise<Sending> {
  const { batch, input, common, subjects, posted } = gate;
  const { visit, answer } = sending;
  if (!['sent', 'partial', 'waiting'].includes(answer.code)) return { ...sending, text: {}, posted };
  const subject = subjects.get(visit.ordinal);
  const values = { ...common, member: subject?.values ?? {}, event: subject?.event ?? {} };
  const parts = [input.text, ...(input.optOut === undefined ? [] : [input.optOut])];
  const made = parts.map((part) => renderAll(part, values, batch.run));
  const wrong = made.find((it) => 'problem' in it);
  if (wrong !== undefined && 'problem' in wrong) {
    return { ...sending, answer: { code: 'failed', why: { ...wrong.problem } }, text: {}, posted };
  }
  const texts = made.flatMap((it) => ('text' in it ? [it.text] : []));
  const text = Object.fromEntries(
    Object.keys(input.text).map((locale) => [
      locale,
      texts.map((it) => it[locale] ?? Object.values(it)[0] ?? '').join('\n'),
    ]),
  );
  const { code, until } = answer;
  if (code === 'waiting') {
    const { planNode } = batch;
    await assign(sql, batch, visit, {
      kind: 'send',
      role: input.role ?? 'owner',
      title: planNode.title ?? { 'zh-CN': '发送一条消息', en: 'Send a message' },
      script: text,
      outcomes: [
        { name: 'done', label: { 'zh-CN': '已发送', en: 'Sent' } },
        { name: 'skip', label: { 'zh-CN': '不发了', en: 'Not sent' } },
      ],
      dueAt: until ?? sending.expires,
      remindAt: null,
    });
  }
  return { ...sending, text, posted };
}

/** The channel by which a message goes: of the team, or the simulator of a synthetic community. */
interface SendingChannel {
  readonly id: string | null;
  /** It posts by itself; otherwise people do, and say so. */
  readonly posts: boolean;
}

async function channelOf(sql: Sql, { run }: Batch, name: string): Promise<SendingChannel | undefined> {
  if (isSynthetic(run)) return { id: null, posts: true };
  const { rows } = await sql.query<{ id: string; kind: string }>(
    'select id, kind from channel where team_id = $1 and name = $2',
    [run.team, name],
  );
  const [row] = rows;
  // A provider's channel cannot be posted to before the send path drives its adapter.
  if (row === undefined || Object.hasOwn(adapters, row.kind)) return undefined;
  return { id: row.id, posts: row.kind === 'simulator' };
}

function postOf({ run, planNode }: Batch, { visit, admitted, text }: Sending): Post {
  const { ordinal, lap, call, at } = visit;
  return {
    key: `${planNode.id}/${ordinal}/${lap}/${call}`,
    node: planNode.id,
    ordinal,
    lap,
    text: text[run.plan.locales[0] ?? ''] ?? Object.values(text)[0] ?? '',
    at,
    to: admitted,
  };
}
