// The community metrics by name: which there are, what a name asks for, and its value out of the facts.
// Not the counting: the database and the rehearsal's world gather the same facts, see metrics/facts.ts.
import { aboutDays, DAY, parseDuration } from './instant.ts';
import { metrics } from './metrics/catalogue.ts';
import type { Ask, FactKind, FactKinds } from './metrics/facts.ts';
import { families } from './metrics/families.ts';
import type { Measured } from './metrics/formulas.ts';
import type { Bound, Family, Health, Metric, Takes } from './metrics/metric.ts';

export { metrics } from './metrics/catalogue.ts';
export type { Counts } from './metrics/facts.ts';
export type { Measured } from './metrics/formulas.ts';
export { SMALLEST_SAMPLE } from './metrics/formulas.ts';

/** The name of a metric that the product computes. Besides these there are the families and `reported.<name>`. */
export type MetricName = keyof typeof metrics;

const REPORTED = 'reported.';
const NAME = /^[\p{L}\p{N}_.-]+$/u;

/** What a name of a metric means: its definition, and the facts it is computed from. */
export interface Meaning {
  readonly metric: Metric;
  readonly ask: Ask;
}

/** Reads a name; undefined when there is no such metric. */
export function meaningOf(name: string): Meaning | undefined {
  if (Object.hasOwn(metrics, name)) {
    const metric: Metric = metrics[name as MetricName];
    return { metric, ask: { kind: metric.kind, ...metric.about } };
  }
  if (name.startsWith(REPORTED) && name.length > REPORTED.length) {
    return { metric: reported(name.slice(REPORTED.length)), ask: { kind: 'counts' } };
  }
  return ofFamily(name);
}

function ofFamily(name: string): Meaning | undefined {
  const dot = name.indexOf('.');
  const [own, about] = [name.slice(0, Math.max(0, dot)), name.slice(dot + 1)];
  if (!Object.hasOwn(families, own) || !NAME.test(about)) return undefined;
  const metric = families[own as keyof typeof families] as Family;
  const asked = READ[metric.takes](about);
  return asked === undefined ? undefined : { metric, ask: { kind: metric.kind, ...asked } };
}

/** What follows a family's name, as facts are asked for; undefined where it is nothing of the kind. */
const READ: Readonly<Record<Takes, (about: string) => Omit<Ask, 'kind'> | undefined>> = {
  event: (event) => ({ event }),
  tag: (tag) => ({ tag }),
  'tag.by.event': (about) => maybeBy(about, (tag) => ({ tag })),
  source: (source) => ({ source }),
  'source.by.event': (about) => maybeBy(about, (source) => ({ source })),
  'node.event': (about) => {
    const [node, event] = halves(about, '.');
    return event === '' ? undefined : { node, event };
  },
  'event.to.event': (about) => {
    const [since, event] = halves(about, '.to.');
    return event === '' ? undefined : { since, event };
  },
  day: (about) => (NUMBER.test(about) ? { day: Number(about) } : undefined),
  cycles: (about) => (NUMBER.test(about) ? { cycles: Number(about) } : undefined),
};

const NUMBER = /^\d{1,3}$/;

/** A word, and the event behind `.by.` where there is one; undefined where only half of that is there. */
function maybeBy(about: string, read: (word: string) => Omit<Ask, 'kind'>): Omit<Ask, 'kind'> | undefined {
  if (!about.includes('.by.')) return read(about);
  const [word, event] = halves(about, '.by.');
  return event === '' ? undefined : { ...read(word), event };
}

/** What stands before and behind the first separator; two empty texts where either would be. */
function halves(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  const behind = at < 1 ? '' : text.slice(at + separator.length);
  return behind === '' ? ['', ''] : [text.slice(0, at), behind];
}

function reported(key: string): Metric<'counts'> {
  const says = { zh: '大家最近填报的数', en: 'the number that people reported last' };
  return {
    kind: 'counts',
    unit: 'ratio',
    label: { zh: `填报：${key}`, en: `Reported: ${key}` },
    top: says,
    scopes: ['run'],
    measure: ({ reported: numbers }) => {
      const value = Object.hasOwn(numbers, key) ? numbers[key] : undefined;
      return value === undefined ? { n: 0 } : { value, n: 1 };
    },
  };
}

/** True for a metric that exists, or the form of one that people report or that is about an event. */
export const isMetric = (name: string): boolean => meaningOf(name) !== undefined;

/**
 * The value of a metric; without one when nobody reported it, when too few stand behind a rate, or when there are no
 * facts of its kind in this world.
 */
export function measureMetric<Kind extends FactKind>(
  name: string,
  facts: FactKinds[Kind] | undefined,
): Measured {
  const meaning = meaningOf(name);
  if (meaning === undefined) return { n: 0 };
  return facts === undefined
    ? { n: 0, cannot: meaning.ask.kind }
    : meaning.metric.measure(facts as never, meaning.ask);
}

/** How a value stands; null where nothing is known about when it is well. */
export function healthOf(
  value: number | undefined,
  health: Health | undefined,
): 'good' | 'fair' | 'alarm' | null {
  if (value === undefined || health === undefined) return null;
  if (health.alarm !== undefined && isWithin(value, health.alarm)) return 'alarm';
  if (health.good !== undefined) return isWithin(value, health.good) ? 'good' : 'fair';
  return 'good';
}

function isWithin(value: number, { op, value: bound }: Bound): boolean {
  switch (op) {
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
  }
}

/** Names of metrics that conditions and texts mention as `metrics.<name>`. */
export function metricsIn(written: unknown): MetricName[] {
  const text = JSON.stringify(written) ?? '';
  return (Object.keys(metrics) as MetricName[]).filter((name) =>
    new RegExp(`\\bmetrics\\.${name}(?![\\w])`).test(text),
  );
}

/** The window that a metric looks at, in milliseconds; undefined: since the run began. */
export function windowOf(metric: Metric, asked: string | undefined): number | undefined {
  const { window } = metric;
  const text = window !== undefined && 'fixed' in window ? window.fixed : (asked ?? window?.default);
  return text === undefined ? undefined : msOfWindow(text);
}

/** The window of a metric that takes no other; undefined where one may be asked for. */
export function fixedWindowOf(name: string): string | undefined {
  const window = meaningOf(name)?.metric.window;
  return window !== undefined && 'fixed' in window ? window.fixed : undefined;
}

/** A window looks back over so many hours: a day has 24 of them, and no calendar is asked. Undefined for no duration. */
export function msOfWindow(text: string): number | undefined {
  const duration = parseDuration(text);
  return duration === undefined ? undefined : Math.round(aboutDays(duration) * DAY);
}
