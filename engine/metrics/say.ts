// What a metric is called: its label, and behind it what a family's name is about. Not its value, and not its definition.
import { sayEvent } from '../event-words.ts';
import { meaningOf, metrics } from '../metrics.ts';
import type { Ask } from './facts.ts';

/** A metric in words, `Activation of newcomers with a tag · has-buddy`; the name itself where there is no such metric. */
export function sayMetric(name: string, language: 'zh' | 'en'): string {
  const meaning = meaningOf(name);
  if (meaning === undefined) return name;
  const label = meaning.metric.label[language];
  // What a metric of the catalogue is about stands in its label.
  const about = Object.hasOwn(metrics, name) ? '' : sayAsk(meaning.ask, language);
  return about === '' ? label : `${label} · ${about}`;
}

function sayAsk({ node, tag, source, since, event, day, cycles }: Ask, language: 'zh' | 'en'): string {
  const events = [since, event].map((it) => (it === undefined ? undefined : sayEvent(it, language)));
  return [node, tag, source, ...events, day, cycles].filter((it) => it !== undefined).join(' → ');
}
