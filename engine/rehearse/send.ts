// Sends messages to the synthetic community: through the same gate as a real run, then lets people react.
// Not a channel: nothing goes out.
import type { Answer } from '../effect.ts';
import { effects, type InputOf } from '../effects/index.ts';
import { postedText, withheld, type Recipient, type SendFacts } from '../effects/send.ts';
import type { Instant } from '../instant.ts';
import { evaluateCondition } from '../language/condition.ts';
import { renderText, type RenderProblem } from '../language/text.ts';
import { groupNamed, peopleOf, receptionOf } from '../simulate.ts';
import { planAnswer, type Calling } from './answers.ts';
import type { Target } from './tally.ts';
import type { World } from './world.ts';

/** Performs `send` for one visit. */
export function sendMessage(world: World, input: InputOf<'send'>, visit: Calling): Answer {
  const targets = targetsOf(world, input, visit);
  const day = world.dayOf(visit.at);
  const recipients = targets.map((target) =>
    'group' in target
      ? world.people.groupRecipient(target.group, day)
      : world.people.recipient(target.person, day),
  );
  const task = world.tasks.get(visit);
  const facts: SendFacts = {
    zone: world.plan.zone,
    quiet: world.quiet,
    caps: world.caps,
    due: visit.due,
    verified: true,
    recipients,
    confirmed: task?.outcome === 'done',
  };
  const answer = effects.send.decide(input, facts, visit.at);
  if (answer.code !== 'sent' && answer.code !== 'partial' && answer.code !== 'waiting') return answer;
  const unsaid = cannotSay(world, input, visit);
  if (unsaid !== undefined) return { code: 'failed', why: { ...unsaid } };
  if (answer.code === 'waiting') {
    world.tasks.set(visit, { due: answer.until ?? visit.at, answers: ['done', 'skip'] });
    planAnswer(world, visit, ['done', 'skip']);
    return answer;
  }
  const delivered = deliver(world, input, visit, admitted(input, targets, recipients, facts));
  return delivered > 0 ? answer : { code: 'failed', why: { problem: 'delivery' } };
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

function admitted(
  input: InputOf<'send'>,
  targets: readonly Target[],
  recipients: readonly Recipient[],
  facts: SendFacts,
): readonly Target[] {
  if (facts.confirmed) return targets;
  return targets.filter((_, index) => withheld(input, recipients[index]!, facts) === undefined);
}

/** Hands the message over, and plans what people do with it. Returns to how many targets it came. */
function deliver(world: World, input: InputOf<'send'>, visit: Calling, targets: readonly Target[]): number {
  const isMarketing = input.class === 'marketing';
  const day = world.dayOf(visit.at);
  let delivered = 0;
  for (const target of targets) {
    if ('group' in target) {
      if (isMarketing) world.people.postedTo(target.group, day);
      for (const person of peopleOf(world.community, target.group)) receive(world, visit, person);
    } else {
      if (!receive(world, visit, target.person)) {
        world.tally.failed(visit.at);
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
  return delivered;
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
