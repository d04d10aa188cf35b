// Sends messages to the synthetic community: through the same gate as a real run, then lets people react.
// Not a channel: nothing goes out.
import type { Answer } from '../effect.ts';
import { effects, type InputOf } from '../effects/index.ts';
import {
  actorOf,
  judge,
  postOnce,
  type GateFacts,
  type Recipient,
  type Verdict,
} from '../effects/send-gate.ts';
import { add, expiryOf, newTally, postedText, rankOf, type Tally } from '../effects/send.ts';
import type { Instant } from '../instant.ts';
import { evaluateCondition } from '../language/condition.ts';
import { renderText, type RenderProblem } from '../language/text.ts';
import { groupNamed, peopleOf, receptionOf } from '../simulate.ts';
import { planAnswer, type Calling } from './answers.ts';
import { newLetter, numberOf, type Letter } from './letter.ts';
import type { Target } from './tally.ts';
import type { World } from './world.ts';

/** Performs `send` for one visit: sees to those recipients that no earlier call has settled. */
export function sendMessage(world: World, input: InputOf<'send'>, visit: Calling): Answer {
  const letter = world.letters.get(visit);
  const isConfirmed = world.tasks.get(visit)?.outcome === 'done';
  if (letter !== undefined) world.holds.release(letter);
  const by = actorOf(input.mode, { posts: true, released: isConfirmed });
  // What a colleague has posted cannot be withheld any more.
  const isPosted = by === 'post' && isConfirmed;
  const targets = isPosted ? (letter?.asked ?? []) : openTargets(world, input, visit, letter);
  const verdicts = isPosted
    ? targets.map((): Verdict => ({ go: 'send' }))
    : postOnce(judged(world, targets, { input, visit, by }));
  const tally = newTally(letter?.sums);
  if (world.watcher !== undefined)
    for (const verdict of verdicts) world.watcher.judged(visit.node, visit.at, verdict);
  for (const verdict of verdicts) add(tally, verdict);
  const answer = effects.send.decide(input, tally, visit.at);
  if (verdicts.some(({ go }) => go === 'send' || go === 'ask')) {
    const unsaid = cannotSay(world, input, visit);
    if (unsaid !== undefined) return { code: 'failed', why: { ...unsaid } };
  }
  const admitted = targets.filter((_, index) => verdicts[index]!.go === 'send');
  const lost = deliver(world, input, visit, admitted);
  tally.sent -= lost;
  tally.failed += lost;
  if (answer.code === 'waiting' || answer.code === 'deferred')
    keep(world, { input, visit, letter, targets, verdicts, tally });
  if (answer.code === 'waiting') {
    world.tasks.set(visit, { due: answer.until ?? visit.at, answers: ['done', 'skip'] });
    planAnswer(world, visit, ['done', 'skip']);
  }
  return lost === 0 ? answer : effects.send.decide(input, tally, visit.at);
}

function openTargets(
  world: World,
  input: InputOf<'send'>,
  visit: Calling,
  letter: Letter | undefined,
): readonly Target[] {
  const targets = targetsOf(world, input, visit);
  return letter === undefined || letter.settled.size === 0
    ? targets
    : targets.filter((target) => !letter.settled.has(numberOf(target)));
}

function judged(
  world: World,
  targets: readonly Target[],
  {
    input,
    visit,
    by,
  }: { readonly input: InputOf<'send'>; readonly visit: Calling; readonly by: GateFacts['by'] },
): readonly Verdict[] {
  const { zone } = world.plan;
  const { quiet, caps } = world;
  const expires = expiryOf(input, { due: visit.due, zone });
  const facts: GateFacts = { class: input.class, quiet, caps, expires, verified: true, by };
  const rank = rankOf(input);
  const day = world.dayOf(visit.at);
  return targets.map((target) => {
    const verdict = judge(recipientOf(world, target, { input, at: visit.at, rank }), facts, visit.at);
    // The next of the batch sees it.
    if (verdict.go === 'send') world.budgets.count(input, target, day);
    return verdict;
  });
}

function recipientOf(
  world: World,
  target: Target,
  { input, at, rank }: { readonly input: InputOf<'send'>; readonly at: Instant; readonly rank: number },
): Recipient {
  const { people, plan, holds } = world;
  const day = world.dayOf(at);
  const recipient =
    'group' in target
      ? people.groupRecipient(target.group, day, plan.zone)
      : people.recipient(target.person, day, plan.zone);
  const dayOf = (instant: Instant): number => world.dayOf(instant);
  const held = holds.of(numberOf(target), rank, { day, dayOf });
  const budget = world.budgets.usedUp(input, target, day);
  return held === undefined && budget === undefined ? recipient : { ...recipient, held, budget };
}

/** Remembers what the visit's next call must know. */
function keep(
  world: World,
  {
    input,
    visit,
    letter = newLetter(rankOf(input), input.class === 'marketing'),
    targets,
    verdicts,
    tally,
  }: {
    readonly input: InputOf<'send'>;
    readonly visit: Calling;
    readonly letter: Letter | undefined;
    readonly targets: readonly Target[];
    readonly verdicts: readonly Verdict[];
    readonly tally: Tally;
  },
): void {
  const { sent, failed, expired } = tally;
  Object.assign(letter.sums, { sent, failed, expired });
  Object.assign(letter.sums.withheld, tally.withheld);
  letter.asked = targets.filter((_, index) => verdicts[index]!.go === 'ask');
  targets.forEach((target, index) => {
    const verdict = verdicts[index]!;
    if (verdict.go === 'defer') world.holds.plan(letter, numberOf(target), verdict.until);
    else if (verdict.go !== 'ask') letter.settled.add(numberOf(target));
  });
  world.letters.set(visit, letter);
}

function targetsOf(world: World, { audience }: InputOf<'send'>, visit: Calling): Target[] {
  const { community, people } = world;
  if ('group' in audience || 'groups' in audience) {
    const names = 'group' in audience ? [audience.group] : audience.groups;
    const groups =
      names === 'all'
        ? Array.from({ length: community.groups }, (_, group) => group)
        : names.map((name) => groupNamed(community, name));
    return groups.flatMap((group) => (group === undefined ? [] : [{ group }]));
  }
  if ('subject' in audience) {
    const person = world.personOf(visit);
    return person < 0 ? [] : [{ person }];
  }
  return Array.from({ length: people.count }, (_, person) => ({ person })).filter(
    ({ person }) => evaluateCondition(audience.segment.cel, world.contextFor(person, visit.at)) === true,
  );
}

/** Hands the message over, and plans what people do with it. Returns how many targets it did not come to. */
function deliver(world: World, input: InputOf<'send'>, visit: Calling, targets: readonly Target[]): number {
  const isMarketing = input.class === 'marketing';
  const day = world.dayOf(visit.at);
  let delivered = 0;
  for (const target of targets) {
    if ('group' in target) {
      world.people.postedTo(target.group, day);
      for (const person of peopleOf(world.community, target.group)) receive(world, visit, person);
    } else {
      if (!receive(world, visit, target.person)) {
        world.tally.failed(visit.at, target.person);
        continue;
      }
      if (isMarketing) world.people.sentTo(target.person, day);
    }
    delivered += 1;
    world.tally.delivered(visit.at, target, isMarketing);
  }
  if (delivered > 0) {
    const { at, node } = visit;
    const text = textOf(world, input, at);
    world.recorder.posted({ at, node, channel: input.channel, text, count: delivered });
  }
  return targets.length - delivered;
}

/** What a person does with the message; false when it does not reach them. */
function receive(world: World, visit: Calling, person: number): boolean {
  const { fails, reactions } = receptionOf(world.community, world.drawnFor(visit), person);
  for (const { event, delayMs } of reactions) {
    if (!world.interesting.has(event)) continue;
    const data = world.messageData(visit.node);
    world.agenda.plan(visit.at + delayMs, { kind: 'event', name: event, person, data });
  }
  return !fails;
}

// A text depends on what the run knows, not on the recipient, and thousands get it at one instant.
let rendered: { input: unknown; at: Instant; text: string } | undefined;

function textOf(world: World, input: InputOf<'send'>, at: Instant): string {
  if (rendered === undefined || rendered.input !== input || rendered.at !== at) {
    const locale = world.plan.locales[0] ?? '';
    const reader = { locale, zone: world.plan.zone };
    rendered = { input, at, text: postedText(input, world.contextFor(-1, at), reader) };
  }
  return rendered.text;
}

/** Why the message cannot be written for this visit: a placeholder has no value. Most texts have none. */
function cannotSay(
  world: World,
  { text, optOut }: InputOf<'send'>,
  visit: Calling,
): RenderProblem | undefined {
  for (const [locale, source] of [...Object.entries(text), ...Object.entries(optOut ?? {})]) {
    if (!source.includes('{')) continue;
    const reader = { locale, zone: world.plan.zone };
    const made = renderText(source, world.contextOf(visit, visit.at), reader);
    if ('problem' in made) return made.problem;
  }
  return undefined;
}
