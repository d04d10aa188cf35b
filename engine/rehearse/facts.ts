// The facts behind metrics, as far as a rehearsal knows them; what it does not know it says.
// Nobody joins or leaves a synthetic community, and nobody works in an office there: such facts it cannot give.
import type { Instant } from '../instant.ts';
import type { Json } from '../json.ts';
import { meaningOf, measureMetric, metricsIn, windowOf, type Measured } from '../metrics.ts';
import {
  ACTIVE_EVENTS,
  controlOf,
  ENGAGEMENT_HALF_LIFE_MS,
  type Ask,
  type FactKind,
  type FactKinds,
  SYNTHETIC,
  type Share,
  SIGN_UPS,
  weightOf,
} from '../metrics/facts.ts';
import type { Plan } from '../plan.ts';
import type { Recorder } from '../run/trace.ts';
import { groupOf, type Community } from '../simulate.ts';
import type { Deed, Deeds } from './deeds.ts';
import type { People, Subjects } from './people.ts';
import type { Tally } from './tally.ts';

/** What is counted: the part of a world in which its past lies. */
export interface Counted {
  readonly plan: Plan;
  readonly community: Community;
  readonly start: Instant;
  readonly people: Pick<People, 'count'>;
  readonly subjects: Pick<Subjects, 'personOf'>;
  readonly recorder: Recorder;
  readonly tally: Tally;
  readonly deeds: Deeds;
  readonly seen: Seen;
}

/** A metric as it stands now; `window` as the step asks for it. Asked again before anything has happened it is not counted again. */
export function measured(
  world: Counted,
  { metric: name, window }: { readonly metric: string; readonly window?: string | undefined },
  now: Instant,
): Measured {
  const { seen } = world;
  const moment = `${now}/${world.deeds.size}/${world.tally.size}/${world.recorder.size}`;
  if (seen.moment !== moment) {
    seen.moment = moment;
    seen.values.clear();
  }
  const key = `${name}/${window ?? ''}`;
  const known = seen.values.get(key) ?? counted(world, { name, window }, now);
  seen.values.set(key, known);
  return known;
}

/** What was measured since something happened last. */
export class Seen {
  moment = '';
  readonly values = new Map<string, Measured>();
}

function counted(
  world: Counted,
  { name, window }: { readonly name: string; readonly window: string | undefined },
  now: Instant,
): Measured {
  const meaning = meaningOf(name);
  if (meaning === undefined) return { n: 0 };
  const windowMs = windowOf(meaning.metric, window);
  return measureMetric(name, factsOf(world, meaning.ask, { windowMs, now }));
}

interface Window {
  /** Absent: since the run began. */
  readonly windowMs: number | undefined;
  readonly now: Instant;
}

function factsOf(world: Counted, ask: Ask, { windowMs, now }: Window): FactKinds[FactKind] | undefined {
  if (!SYNTHETIC.has(ask.kind)) return undefined;
  if (ask.kind === 'counts') return world.tally.counts(windowMs === undefined ? undefined : now - windowMs);
  const from = windowMs === undefined ? world.start : Math.max(world.start, now - windowMs);
  const deeds = [...world.deeds.since(from)];
  const members = world.people.count;
  switch (ask.kind) {
    case 'activity':
      return { part: peopleOf(deeds, ask.event).size, whole: members };
    case 'recency': {
      const day = deeds.filter(({ at }) => at >= now - 86_400_000);
      return { part: peopleOf(day).size, whole: peopleOf(deeds).size };
    }
    case 'voices':
      return voices(deeds);
    case 'engagement':
      return engagement(deeds, { members, now });
    case 'penetration':
      return penetration(deeds, ask.event);
    case 'event': {
      const about = deeds.filter(({ name }) => name === ask.event);
      return { count: about.length, members: peopleOf(about, ask.event).size };
    }
    case 'response':
      return response(world, deeds, { from, ask });
    case 'followed':
      return followed(deeds, ask);
    case 'split':
      return split(world, ask);
    case 'activation':
    case 'activationGap':
    case 'afterwards':
    case 'approvals':
    case 'chains':
    case 'confirmations':
    case 'deliveries':
    case 'departures':
    case 'entries':
    case 'flow':
    case 'invites':
    case 'lastMessages':
    case 'punctuality':
    case 'recall':
    case 'repeated':
    case 'retention':
    case 'staffing':
    case 'tagged':
    case 'work':
      // A synthetic community has none of these: see SYNTHETIC.
      return undefined;
  }
}

const counts = ({ name, isActive, person }: Deed, event: string | undefined): boolean =>
  person >= 0 && (event === undefined ? isActive : name === event);

function peopleOf(deeds: readonly Deed[], event?: string): Set<number> {
  return new Set(deeds.filter((deed) => counts(deed, event)).map(({ person }) => person));
}

/** Rounded as the database does. */
function engagement(
  deeds: readonly Deed[],
  { members, now }: { readonly members: number; readonly now: Instant },
): FactKinds['engagement'] {
  const points = new Map<string, number>();
  for (const { name, at, isActive, person } of deeds) {
    if (!isActive || person < 0) continue;
    const worth = weightOf(name) * 0.5 ** ((now - at) / ENGAGEMENT_HALF_LIFE_MS);
    points.set(name, (points.get(name) ?? 0) + worth);
  }
  const round = (sum: number): number => Math.round(sum * 1e6) / 1e6;
  const byName = [...points].map(([name, sum]) => ({ name, points: round(sum) }));
  return {
    members,
    points: round([...points.values()].reduce((total, one) => total + one, 0)),
    top: byName.sort((a, b) => b.points - a.points || (a.name < b.name ? -1 : 1)).slice(0, 3),
  };
}

/** Of those who were active, those with an event. */
function penetration(deeds: readonly Deed[], event: string | undefined): Share {
  const active = peopleOf(deeds);
  const had = peopleOf(deeds, event);
  return { part: [...had].filter((person) => active.has(person)).length, whole: active.size };
}

/** The messages of people, and of the tenth of those who said most. */
function voices(deeds: readonly Deed[]): FactKinds['voices'] {
  const said = new Map<number, number>();
  for (const { name, person } of deeds) {
    if (name === 'member.replied' && person >= 0) said.set(person, (said.get(person) ?? 0) + 1);
  }
  const numbers = [...said.values()].sort((a, b) => b - a);
  const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0);
  const top = numbers.slice(0, Math.ceil(numbers.length / 10));
  const ranked = sum(numbers.map((number, place) => number * (numbers.length - place)));
  return { part: sum(top), whole: sum(numbers), speakers: numbers.length, ranked };
}

/** Who was reached, or written to at all, and who of them did something from then on. */
function response(
  world: Counted,
  deeds: readonly Deed[],
  { from, ask: { event, of } }: { readonly from: Instant; readonly ask: Ask },
): Share {
  const first = world.tally.firstSent(from, { inVain: of === 'eligible' });
  const reachedAt = (person: number): Instant =>
    Math.min(first.get(person) ?? Infinity, first.get(-1 - groupOf(world.community, person)) ?? Infinity);
  let whole = 0;
  for (let person = 0; person < world.people.count; person += 1) if (reachedAt(person) < Infinity) whole += 1;
  const acted = deeds.filter((deed) => counts(deed, event) && deed.at >= reachedAt(deed.person));
  return { part: new Set(acted.map(({ person }) => person)).size, whole };
}

/** Who signed up, or had another event, and who of them then had an event. */
function followed(deeds: readonly Deed[], { since, event }: Ask): Share {
  const began = new Map<number, Instant>();
  const beginnings = since === undefined ? SIGN_UPS : [since];
  for (const { name, person, at } of deeds)
    if (person >= 0 && beginnings.includes(name))
      began.set(person, Math.min(at, began.get(person) ?? Infinity));
  const acted = deeds.filter(
    (deed) => counts(deed, event) && deed.at >= (began.get(deed.person) ?? Infinity),
  );
  return { part: new Set(acted.map(({ person }) => person)).size, whole: began.size };
}

/** Who went which way at a split of members, and what they did from then on. */
function split(world: Counted, { node: id, event }: Ask): FactKinds['split'] | undefined {
  const node = world.plan.nodes.findIndex((it) => it.id === id);
  const { graph = 0, ports = [] } = world.plan.nodes[node] ?? {};
  if (graph === 0) return undefined;
  const control = controlOf(ports.map(({ name }) => name));
  const passed = new Map<number, { readonly at: Instant; readonly isControl: boolean }>();
  for (const { ordinal, at, port } of world.recorder.passedAt(node)) {
    const person = world.subjects.personOf(graph, ordinal);
    if (!passed.has(person)) passed.set(person, { at, isControl: port === control });
  }
  const acted = new Set<number>();
  for (const deed of world.deeds.since(world.start)) {
    if (counts(deed, event) && deed.at >= (passed.get(deed.person)?.at ?? Infinity)) acted.add(deed.person);
  }
  const shareOf = (isControl: boolean): Share => {
    const people = [...passed].filter(([, way]) => way.isControl === isControl);
    return { part: people.filter(([person]) => acted.has(person)).length, whole: people.length };
  };
  return { treated: shareOf(false), control: shareOf(true) };
}

/** What the metrics of a plan ask for, wherever it names one. */
export function asksIn({ nodes }: Plan): Ask[] {
  const named = new Set<string>(metricsIn(nodes.map(({ config }) => config)));
  const collect = (value: Json | undefined): void => {
    if (typeof value === 'string') named.add(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect);
  };
  for (const { config } of nodes) collect(config);
  return [...named].flatMap((name) => meaningOf(name)?.ask ?? []);
}

/** The events that must happen for these to be counted; none when all of them look at messages alone. */
export function eventsOf(asks: readonly Ask[]): string[] {
  const ofPeople = asks.filter(({ kind }) => kind !== 'counts' && SYNTHETIC.has(kind));
  if (ofPeople.length === 0) return [];
  return [
    ...ACTIVE_EVENTS,
    ...ofPeople.flatMap(({ since, event }) => [since, event].filter((it) => it !== undefined)),
  ];
}
