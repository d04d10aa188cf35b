// What becomes due in the rehearsed world: people act, staff answer, forms come in, operators command.
// Each becomes what it would be in a real run: a change of what is known, and entries for the run's inbox.
import type { Instant } from '../instant.ts';
import { saidIn } from '../effects/form.ts';
import type { JsonObject } from '../json.ts';
import type { Control, Entry, Listen, VisitKey } from '../run/protocol.ts';
import type { ScriptedControl } from '../script.ts';
import { EVENTS } from '../simulate.ts';
import type { Due } from './agenda.ts';
import { closeDoor, enterBy } from './entering.ts';
import type { Happened, Woken } from './listeners.ts';
import { eventContext } from './people.ts';
import { planDeeds } from './own-accord.ts';
import { planScripted } from './scripted.ts';
import type { World } from './world.ts';

/** Lets everything happen that is due by `now`; gives the entries of the inbox. */
export function happenUntil(world: World, now: Instant): Entry[] {
  const entries = world.found.splice(0);
  for (let next = world.agenda.take(now); next !== undefined; next = world.agenda.take(now)) {
    for (const entry of happen(world, next.due, next.at)) entries.push(entry);
  }
  return entries;
}

function happen(world: World, due: Due, at: Instant): Entry[] {
  switch (due.kind) {
    case 'event':
      return event(world, due, at);
    case 'answer':
      return answer(world, due, at);
    case 'submit':
      return submit(world, due, at);
    case 'enter': {
      const { graph, first, count } = due;
      world.recorder.entered(graph, first, count);
      world.watcher?.entered(graph, count, at);
      return [{ kind: 'enter', at, graph, first, count }];
    }
    case 'close':
      closeDoor(world, due.graph, due.launch, at);
      return [];
    case 'command':
      return [{ kind: 'control', at, ...due.control }];
    case 'control':
      return control(world, due.control, at);
  }
}

/** Somebody did something: it counts, changes what is known of them, and wakes whoever waits for it. */
function event(
  world: World,
  { name, person, data }: { readonly name: string; readonly person: number; readonly data: JsonObject },
  at: Instant,
): Entry[] {
  count(world, name, person, at);
  if (world.isCounting) world.deeds.add(at, name, person, data['text']);
  const about = eventContext(name, at, data);
  const { member, run, params } = world.contextFor(person, at, about);
  const context = { event: about, member, run, params } as const;
  const happened: Happened = { name, at, person, context };
  const entered = enterBy(world, { name, person, about }, at);
  return [...entered, ...world.listeners.wake(happened).map((woken) => arrive(world, woken, happened))];
}

function count(world: World, name: string, person: number, at: Instant): void {
  const { tally } = world;
  if (name === EVENTS.signUp || name === 'counted.sign_ups') tally.signUp(at, person);
  else if (name === EVENTS.optOut) {
    tally.optOut(at, person);
    if (person >= 0) world.people.person(person).optedOut = true;
  } else if (name === EVENTS.complain) tally.complain(at);
  else if (name.startsWith('counted.')) tally.count(name.slice('counted.'.length));
}

function arrive(world: World, { topic, ...visit }: Woken, { at, context }: Happened): Entry {
  const { graph } = world.plan.nodes[visit.node]!;
  world.subjects.heard(graph, visit.ordinal, context['event'] ?? {});
  return { kind: 'arrived', at, topic, ...visit };
}

/** Staff decide a task, or what a visit waits for is done. A task that is gone by then takes no answer. */
function answer(world: World, due: Due & { kind: 'answer' }, at: Instant): Entry[] {
  const { node, ordinal, lap, values } = due;
  const visit = { node, ordinal, lap };
  const topic = topicOf(world, node, due.answer);
  if (topic < 0) return [];
  const task = world.tasks.get(visit);
  const isTask = task?.answers.includes(due.answer) === true;
  if (isTask) {
    if (task.outcome !== undefined) return [];
    task.outcome = due.answer;
    for (const [name, value] of Object.entries(values)) world.tally.report(name, value);
  }
  return [{ kind: 'arrived', at, topic, ...visit }];
}

function topicOf(world: World, node: number, wanted: string): number {
  const { step, config } = world.plan.nodes[node]!;
  const topics = world.steps[step]?.topics?.(config as never) ?? [];
  return topics.findIndex((topic) => 'answer' in topic && topic.answer === wanted);
}

/** A form comes in: it counts once for each person, as an event of its own; in a journey it wakes the visit too. */
function submit(world: World, due: Due & { kind: 'submit' }, at: Instant): Entry[] {
  const { node, ordinal, lap, person } = due;
  const form = world.forms.get({ node, ordinal, lap });
  if (form === undefined || at > form.closes || form.submitted.has(person)) return [];
  form.submitted.add(person);
  if (form.consents) world.people.person(person).attributes['consent'] = true;
  const name = form.counts === undefined ? 'form.submitted' : `counted.${form.counts}`;
  const data = saidIn(form.fields, due.values);
  const entries = event(world, { name, person, data }, at);
  const { graph } = world.plan.nodes[node]!;
  if (graph > 0) world.subjects.heard(graph, ordinal, eventContext(name, at, data));
  const topic = graph === 0 ? -1 : topicOf(world, node, 'submitted');
  return topic < 0 ? entries : [...entries, { kind: 'arrived', at, topic, node, ordinal, lap }];
}

/** An operator's command: what it changes stands before the interpreter hears of it. */
function control(world: World, command: ScriptedControl, at: Instant): Entry[] {
  const moved = world.correct(command.params, command.texts);
  const visit = visitOf(world, command);
  const told = (what: Control): Entry[] => [{ kind: 'control', at, ...what }];
  switch (command.control) {
    case 'pause':
      return told({ do: 'pause' });
    case 'resume':
      world.breaker.resumed();
      return told({ do: 'resume', policy: command.policy ?? 'hold' });
    case 'cancel':
      return told({ do: 'cancel', reason: command.reason ?? 'cancelled' });
    case 'retime':
    case 'set-param':
    case 'retext':
      return moved.length === 0 ? [] : told({ do: 'retime', anchors: moved });
    case 'retry':
    case 'skip':
    case 'end':
      return visit === undefined ? [] : told({ do: command.control, ...visit });
  }
}

function visitOf(world: World, { node: id, subject, lap = 0 }: ScriptedControl): VisitKey | undefined {
  const node = world.plan.nodes.findIndex((it) => it.id === id);
  if (node < 0) return undefined;
  return { node, ordinal: Number(subject?.split('/')[1] ?? 0), lap };
}

/** A visit begins to listen. What has happened since its last call wakes it at once. */
export function beginToListen(world: World, listen: Listen): void {
  planScripted(world, listen, listen.since);
  planDeeds(world, listen);
  const { graph } = world.plan.nodes[listen.node]!;
  const by = world.subjects.eventOf(graph, listen.ordinal);
  const heard = world.listeners.listen(world.personOf(listen), listen, by);
  if (heard !== undefined) world.found.push(arrive(world, heard.woken, heard.by));
}
