// Sends: everything that happens within the database in the transaction of the ledger, all else through a provider.
// Not the gate's rules: see engine/effects/send-gate.ts. No message goes around it.
import { add, newTally, send as decision, type Tally } from '../../engine/effects/send.ts';
import { fillLinks, showLink } from '../../engine/language/links.ts';
import { postOnce, type Verdict } from '../../engine/effects/send-gate.ts';
import type { Post } from '../channels/channel.ts';
import { simulator } from '../channels/simulator.ts';
import type { Sql } from '../store/client.ts';
import { count } from '../store/send-gate.ts';
import { inputOf } from './config.ts';
import { canResolve } from './doubts.ts';
import { judgeAll, type Item, type Judged } from './gate.ts';
import { handOver } from './hand-over.ts';
import { openMail, type Letter, type Mail } from './mail.ts';
import {
  earlierOf,
  isSettled,
  keepMessages,
  planRepeated,
  visitKey,
  writeDeliveries,
  type Earlier,
  type Known,
  type Written,
} from './messages.ts';
import type { Candidate } from './recipients.ts';
import { routeOf } from './route.ts';
import { askColleagues } from './send-task.ts';
import { readBy } from './text.ts';
import { staged, type Answered } from './work.ts';

export const send = staged({
  prepare: async (sql, batch) => {
    const input = await inputOf(sql, batch, 'send');
    const route = await routeOf(sql, batch.deps, batch.run, input.channel);
    if (route === undefined || (input.mode === 'auto' && !route.posts)) {
      const problem = route === undefined ? 'unknown-channel' : 'channel-needs-a-person';
      return batch.visits.map(() => ({ code: 'failed', why: { problem, channel: input.channel } }));
    }
    await planRepeated(sql, batch, canResolve(route) ? ['failed'] : ['failed', 'unknown']);
    const mail = await openMail(sql, batch, input, route);
    const own = mail.letters.filter((letter) => !goesOut(mail, letter));
    const answers = await sendWithin(sql, { ...mail, letters: own });
    return mail.letters.map(({ visit }) => answers.get(visitKey(visit)) ?? 'open');
  },
  proceed: handOver,
});

/** It is for the provider: nobody here has to act first, or somebody has. */
const goesOut = ({ route }: Mail, { gate }: Letter): boolean =>
  route.adapter !== null && gate.by === 'channel';

/** Sends what needs no provider: to the simulator, or through colleagues. Answers by visit. */
async function sendWithin(sql: Sql, mail: Mail): Promise<Map<string, Answered>> {
  if (mail.letters.length === 0) return new Map();
  const earlier = await earlierOf(sql, { ...mail.batch, visits: mail.letters.map(({ visit }) => visit) });
  const judged = await judgeOpen(sql, mail, earlier);
  const failed = await post(sql, mail, judged);
  const outcomes = mail.letters.map((letter) => outcomeOf(letter, judged, failed, earlier));
  const told = outcomes.filter(({ rows }) => rows.length > 0);
  const messages = await keepMessages(
    sql,
    mail,
    told.map(({ letter }) => letter),
  );
  const written = told.flatMap(({ letter, rows }) =>
    rows.map((row): Written => ({ ...row, message: messages.get(visitKey(letter.visit))! })),
  );
  await writeDeliveries(sql, mail, written);
  await count(
    sql,
    mail.batch.run.team,
    outcomes.flatMap(({ counts }) => counts),
  );
  const answers = outcomes.map(({ letter, tally }) => ({ letter, answer: answerOf(mail, letter, tally) }));
  await askColleagues(
    sql,
    mail,
    answers.filter(({ answer }) => answer.code === 'waiting'),
  );
  return new Map(answers.map(({ letter, answer }) => [visitKey(letter.visit), answer]));
}

type ByLetter = ReadonlyMap<Letter, readonly Judged[]>;

/** Has the gate judge everybody who is not settled. What a colleague has posted cannot be withheld any more. */
async function judgeOpen(sql: Sql, mail: Mail, earlier: Earlier): Promise<ByLetter> {
  const items: Item[] = [];
  const byLetter = new Map<Letter, Judged[]>();
  for (const letter of mail.letters) {
    const known = earlier.deliveries.get(visitKey(letter.visit));
    const people = known === undefined ? letter.people : openOf(letter, known);
    if (isPosted(letter))
      byLetter.set(
        letter,
        people.map((to) => settledNow(letter, to)),
      );
    else items.push(...people.map((to) => ({ letter, to })));
  }
  for (const it of await judgeAll(sql, mail, items)) {
    const of = byLetter.get(it.letter);
    if (of === undefined) byLetter.set(it.letter, [it]);
    else of.push(it);
  }
  return byLetter;
}

const isPosted = ({ gate, isDone }: Letter): boolean => gate.by === 'post' && isDone;

const settledNow = (letter: Letter, to: Candidate): Judged => ({
  letter,
  to,
  verdict: { go: 'send' },
  counts: [],
  tokens: [],
  seen: {},
  validUntil: 0,
});

/** Who is left: the audience as it is now without those who are settled, and as `gone` who has left it meanwhile. */
function openOf(letter: Letter, known: ReadonlyMap<string, Known>): Candidate[] {
  const people = new Map(letter.people.map((it) => [it.recipient, it]));
  const left = [...known.values()].filter((it) => !isSettled(it));
  if (isPosted(letter)) return left.map((it) => people.get(it.recipient) ?? absent(it));
  const present = letter.people.filter(({ recipient }) => {
    const row = known.get(recipient);
    return row === undefined || !isSettled(row);
  });
  return [...present, ...left.filter(({ recipient }) => !people.has(recipient)).map(absent)];
}

const absent = ({ recipient, groupId, memberId }: Known): Candidate => ({
  recipient,
  kind: groupId === null && !recipient.startsWith('group/') ? 'member' : 'group',
  groupId,
  memberId,
  number: null,
  heads: 1,
  consents: false,
  optedOut: false,
  counter: recipient,
  zone: 'UTC',
  locale: null,
  address: null,
  missing: 'gone',
});

/** Posts what the gate has let through, where the channel posts by itself. Says whom it did not reach. */
async function post(
  sql: Sql,
  mail: Mail,
  judged: ByLetter,
): Promise<ReadonlyMap<Letter, ReadonlySet<string>>> {
  if (!mail.route.posts) return new Map();
  const letters = mail.letters.filter((letter) => letter.unsaid === undefined && isOut(judged.get(letter)));
  const outcomes = await simulator.post(
    sql,
    mail.batch.run,
    letters.map((letter) => postOf(mail, letter, judged.get(letter)!)),
  );
  return new Map(letters.map((letter, index) => [letter, outcomes[index]!.failed]));
}

const isOut = (judged: readonly Judged[] = []): boolean =>
  judged.some(({ verdict }) => verdict.go === 'send');

function postOf(
  { batch: { run, planNode } }: Mail,
  { visit, text, now }: Letter,
  judged: readonly Judged[],
): Post {
  const { ordinal, lap, call } = visit;
  return {
    key: `${planNode.id}/${ordinal}/${lap}/${call}`,
    node: planNode.id,
    ordinal,
    lap,
    text: fillLinks(readBy(text, run), showLink),
    at: now,
    to: judged.filter(({ verdict }) => verdict.go === 'send').map(({ to }) => to),
  };
}

/** What has become of one visit's message in this call. */
interface Outcome {
  readonly letter: Letter;
  readonly tally: Tally;
  readonly rows: readonly Omit<Written, 'message'>[];
  readonly counts: Judged['counts'];
}

function outcomeOf(
  letter: Letter,
  byLetter: ByLetter,
  failed: ReadonlyMap<Letter, ReadonlySet<string>>,
  earlier: Earlier,
): Outcome {
  const judged = byLetter.get(letter) ?? [];
  const verdicts = postOnce(judged.map(({ verdict }) => verdict));
  const lost = failed.get(letter);
  const tally = tallyOf(earlier.deliveries.get(visitKey(letter.visit)));
  const counts: Judged['counts'][number][] = [];
  const rows = judged.map((it, index) => {
    const row = rowOf(it, verdicts[index]!, lost?.has(it.to.recipient) ?? false);
    if (row.state === 'failed') tally.failed += 1;
    else add(tally, verdicts[index]!);
    if (row.state === 'sent' || row.state === 'requested') counts.push(...it.counts);
    return row;
  });
  return { letter, tally, rows, counts };
}

/** What earlier calls have settled. */
function tallyOf(known: ReadonlyMap<string, Known> | undefined): Tally {
  const tally = newTally();
  for (const { state, reason } of known?.values() ?? []) {
    if (state === 'sent') tally.sent += 1;
    else if (state === 'failed') tally.failed += 1;
    else if (state === 'expired') tally.expired += 1;
    else if (state === 'unknown') tally.unknown += 1;
    else if (state === 'skipped') tally.withheld[reason!] = (tally.withheld[reason!] ?? 0) + 1;
  }
  return tally;
}

function rowOf(
  { letter, to, counts, seen }: Judged,
  verdict: Verdict,
  isLost: boolean,
): Omit<Written, 'message'> {
  const { visit, now, isDone, unsaid } = letter;
  const row = { to, at: now, call: visit.call, isConfirmed: isDone };
  const goes = verdict.go === 'send' || verdict.go === 'ask';
  if (goes && unsaid !== undefined) return { ...row, state: 'failed', reason: 'text' };
  switch (verdict.go) {
    case 'send':
      return isLost ? { ...row, state: 'failed', reason: 'delivery' } : { ...row, state: 'sent' };
    case 'ask': {
      const charges = { counts: counts.map(({ key, day }) => [key, day] as const), seen };
      return { ...row, state: 'requested', requestedOf: 'colleague', charges };
    }
    case 'defer':
      return { ...row, state: 'planned', next: verdict.until, reason: verdict.reason };
    case 'skip':
      return { ...row, state: 'skipped', reason: verdict.reason };
    case 'expire':
      return { ...row, state: 'expired', reason: verdict.reason };
  }
}

function answerOf({ input }: Mail, { now, unsaid }: Letter, tally: Tally): Answered {
  const answer = decision.decide(input, tally, now);
  return answer.code === 'failed' && unsaid !== undefined ? { code: 'failed', why: { ...unsaid } } : answer;
}
