// What a metric is called: its label, and behind it what a family's name is about. Not its value, and not its definition.
import { sayEvent } from '../event-words.ts';
import { meaningOf, metrics } from '../metrics.ts';
import type { Ask } from './facts.ts';

/** What a playbook itself calls its numbers, and the forms that count, by their names. */
export type OwnNames = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A metric in words, `Activation of newcomers with a tag · has-buddy`; the name itself where there is no such metric. */
export function sayMetric(name: string, language: 'zh' | 'en', own: OwnNames = {}): string {
  const meaning = meaningOf(name);
  if (meaning === undefined) return name;
  const label = meaning.metric.label[language];
  // What a metric of the catalogue is about stands in its label.
  const about = Object.hasOwn(metrics, name) ? '' : sayAsk(meaning.ask, language, own);
  return about === '' ? label : `${label} · ${about}`;
}

function sayAsk(
  { node, tag, source, since, event, day, cycles }: Ask,
  language: 'zh' | 'en',
  own: OwnNames,
): string {
  const events = [since, event].map((it) =>
    it === undefined ? undefined : (counted(it, language, own) ?? sayEvent(it, language)),
  );
  return [node, tag, source, ...events, day, cycles].filter((it) => it !== undefined).join(' → ');
}

const COUNTED = 'counted.';

/** What the playbook calls a form, of the event with which an answer to it is counted. */
function counted(event: string, language: 'zh' | 'en', own: OwnNames): string | undefined {
  const key = event.startsWith(COUNTED) ? event.slice(COUNTED.length) : '';
  if (!Object.hasOwn(own, key)) return undefined;
  const { 'zh-CN': zh, en } = own[key]!;
  return language === 'zh' ? (zh ?? en) : (en ?? zh);
}
