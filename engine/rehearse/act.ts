// Carries out calls: gathers the facts for each visit, has the effect decide, and does in the world what was decided.
// The counterpart of workers/effects/: another world, the same decisions.
import { codeNumber, UNIVERSAL, type Answer } from '../effect.ts';
import { effects, type EffectName, type InputOf } from '../effects/index.ts';
import type { Instant } from '../instant.ts';
import type { BatchResult, Call, CallVisit } from '../run/protocol.ts';
import { forcedFor } from '../script.ts';
import { submissionOf } from '../simulate.ts';
import { planAnswer, type Calling } from './answers.ts';
import { launchJourney } from './enrol.ts';
import { measured } from './facts.ts';
import { planScripted } from './scripted.ts';
import { sendMessage } from './send.ts';
import type { World } from './world.ts';

type Act<Name extends EffectName> = (world: World, input: InputOf<Name>, visit: Calling) => Answer;

/** Performs one batch; every answer comes back at once. */
export function perform(world: World, call: Call): BatchResult {
  const { batch, node, visits } = call;
  const effect = call.effect as EffectName;
  const codes = new Uint8Array(visits.length);
  const untils = new Float64Array(visits.length);
  const known = world.plan.effects[effect] ?? [];
  const act = ACTS[effect] as Act<typeof effect>;
  const input = world.inputOf(node, effect) as InputOf<typeof effect>;
  const memo = effect === 'instant' ? sameInstant() : undefined;
  const isPure = 'pure' in effects[effect];
  let failed = 0;
  let answered = 0;
  const calling = { node, ordinal: 0, lap: 0, at: 0, due: 0 };
  visits.forEach((visit, index) => {
    calling.ordinal = visit.ordinal;
    calling.lap = visit.lap;
    calling.at = visit.at;
    calling.due = visit.due;
    if (visit.call === 0) planScripted(world, calling, visit.at);
    const forced = world.script.answers.size === 0 ? undefined : forcedPort(world, calling, visit);
    if (forced !== undefined) {
      codes[index] = UNIVERSAL.port + forced.port;
      untils[index] = forced.until;
      answered += 1;
      return;
    }
    const answer = memo?.(visit.at, () => act(world, input, calling)) ?? act(world, input, calling);
    const code = codeNumber(known, answer.code) ?? UNIVERSAL.failed;
    codes[index] = code;
    untils[index] = answer.until ?? 0;
    if (code === UNIVERSAL.failed || (code === UNIVERSAL.retry && visit.last === true)) failed += 1;
    // The first call of a visit stands for all of them.
    else if (visit.call === 0 && !isPure) answered += 1;
  });
  world.breaker.batch(node, { failed, answered, at: visits[0]?.at ?? world.start }, world.agenda);
  return { batch, codes, untils };
}

// A rule of time is slow to resolve and the same for everybody who asks at one instant.
function sameInstant(): (at: Instant, ask: () => Answer) => Answer {
  let asked = Number.NaN;
  let answer: Answer = { code: 'failed' };
  return (at, ask) => {
    if (at !== asked) answer = ask();
    asked = at;
    return answer;
  };
}

// The script answers in place of the visit's first effect; answers to tasks are planned when the task opens.
function forcedPort(
  world: World,
  calling: Calling,
  { call }: CallVisit,
): { port: number; until: Instant } | undefined {
  if (call > 0) return undefined;
  const forced = forcedFor(
    world.script,
    world.scripted(calling),
    world.plan.nodes[calling.node]!,
    world.steps,
  );
  return forced?.as === 'port' ? { port: forced.port, until: calling.at + forced.afterMs } : undefined;
}

const ACTS: { readonly [Name in EffectName]: Act<Name> } = {
  instant: (world, input, { at }) => effects.instant.decide(input, world.calendar, at),

  choose: (world, input, visit) =>
    effects.choose.decide(input, { context: world.contextOf(visit, visit.at) }, visit.at),

  measure: (world, input, { at }) =>
    effects.measure.decide(input, { measured: measured(world, input, at) }, at),

  watch: (world, input, { at }) =>
    effects.watch.decide(input, { ...world.calendar, measured: measured(world, input, at) }, at),

  alert: (world, input, { node, at }) => {
    const { id } = world.plan.nodes[node]!;
    if (input.on === 'pause') world.agenda.plan(at, { kind: 'command', control: { do: 'pause' } });
    if (input.on === 'stop')
      world.agenda.plan(at, { kind: 'command', control: { do: 'cancel', reason: id } });
    return effects.alert.decide(input, {}, at);
  },

  send: sendMessage,

  'open-task': (world, input, visit) => {
    const answer = effects['open-task'].decide(input, world.calendar, visit.at);
    const due = typeof answer.why?.['due'] === 'number' ? answer.why['due'] : visit.at;
    const task = world.tasks.get(visit);
    if (task !== undefined) task.due = due;
    else {
      const answers = input.outcomes.map(({ name }) => name);
      world.tasks.set(visit, { due, answers });
      const numbers = (input.numbers ?? []).map(({ name }) => name);
      planAnswer(world, visit, answers, numbers);
    }
    return answer;
  },

  'remind-task': (world, input, visit) =>
    effects['remind-task'].decide(input, { due: world.tasks.get(visit)?.due ?? visit.at }, visit.at),

  'escalate-task': (world, input, visit) => {
    const task = world.tasks.get(visit);
    const escalatedAt = task?.escalatedAt ?? visit.at;
    const answer = effects['escalate-task'].decide(input, { ...world.calendar, escalatedAt }, visit.at);
    if (task !== undefined) Object.assign(task, { escalatedAt, due: answer.until ?? task.due });
    return answer;
  },

  'open-form': (world, input, visit) => {
    const answer = effects['open-form'].decide(input, world.calendar, visit.at);
    const closes = answer.until ?? visit.at;
    const form = world.forms.get(visit);
    if (form !== undefined) form.closes = closes;
    else openForm(world, input, visit, closes);
    return answer;
  },

  'close-form': (world, input, visit) => {
    const submissions = world.forms.get(visit)?.submitted.size ?? 0;
    return effects['close-form'].decide(input, { submissions }, visit.at);
  },

  tag: (world, input, visit) => {
    const { add = [], remove = [] } = input;
    const person = world.personOf(visit);
    if (person >= 0) world.people.retag(person, add, remove);
    else {
      for (const name of remove) world.tags.delete(name);
      for (const name of add) world.tags.add(name);
      world.noted();
    }
    return effects.tag.decide(input, {}, visit.at);
  },

  'set-attribute': (world, input, visit) => {
    const person = world.personOf(visit);
    if (person >= 0) world.people.person(person).attributes[input.name] = input.value;
    else {
      world.attributes[input.name] = input.value;
      world.noted();
    }
    return effects['set-attribute'].decide(input, {}, visit.at);
  },

  // Nobody is called in a rehearsal: the other side is taken to accept.
  webhook: (_world, input, { at }) => effects.webhook.decide(input, { status: 200 }, at),

  'draft-report': (world, input, visit) => {
    const answer = effects['draft-report'].decide(input, world.calendar, visit.at);
    const due = answer.until ?? visit.at;
    const task = world.tasks.get(visit);
    if (task !== undefined) task.due = due;
    else {
      world.tasks.set(visit, { due, answers: ['approved'] });
      planAnswer(world, visit, ['approved']);
    }
    return answer;
  },

  'launch-journey': launchJourney,

  // Another playbook has a rehearsal of its own; here it starts, and is done when its people would be.
  'start-playbook': (world, input, visit) => {
    planAnswer(world, visit, ['done']);
    return effects['start-playbook'].decide(input, world.calendar, visit.at);
  },
};

/** In a journey the member answers, in a campaign everybody may. */
function openForm(world: World, input: InputOf<'open-form'>, visit: Calling, closes: Instant): void {
  const { fields, counts, consent } = input;
  const submitted = new Set<number>();
  world.forms.set(visit, { closes, counts, consents: consent === 'marketing', fields, submitted });
  const own = world.personOf(visit);
  const people = own >= 0 ? [own] : Array.from({ length: world.people.count }, (_, person) => person);
  const { node, ordinal, lap } = visit;
  const forced = forcedFor(world.script, world.scripted(visit), world.plan.nodes[node]!, world.steps);
  if (forced?.as === 'answer') {
    const { answer, afterMs, values } = forced;
    world.agenda.plan(visit.at + afterMs, { kind: 'answer', node, ordinal, lap, answer, values });
    return;
  }
  for (const person of people) {
    const drawn = submissionOf(world.community, world.drawnFor(visit), person, { fields, counts });
    if (drawn === undefined) continue;
    const { delayMs, values } = drawn;
    world.agenda.plan(visit.at + delayMs, {
      kind: 'submit',
      node,
      ordinal,
      lap,
      person,
      values,
      isForAll: own < 0,
    });
  }
}
