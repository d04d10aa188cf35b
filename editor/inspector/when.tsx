// What a rule of time means on the calendar, with the dates that the parameters have now.
import { resolve } from '../../engine/calendar/resolve.ts';
import { sayInstant, sayTimeRule } from '../../engine/calendar/say.ts';
import { checkTimeRule, type TimeRule } from '../../engine/calendar/time-rule.ts';
import type { Playbook } from '../../engine/document.ts';
import type { Json } from '../../engine/json.ts';
import { sampleAnchors, zoneOf } from '../document/sample.ts';
import { useDesk } from '../document/store.ts';
import { localeOf, useSay, useSpeech, type Language, type Words } from '../say.ts';

/** The instant that a rule means on the calendar: undefined while a date is missing or the rule is broken. */
export function instantOf(document: Playbook, rule: TimeRule, now: number): number | undefined {
  if (checkTimeRule(rule).length > 0) return undefined;
  const resolved = resolve(rule, { now, zone: zoneOf(document), anchors: sampleAnchors(document) });
  return 'at' in resolved ? resolved.at : undefined;
}

/** The same in words: `12月16日 周三 12:00`. */
export function sayWhen(document: Playbook, rule: TimeRule, language: Language, now: number): string {
  const at = instantOf(document, rule, now);
  return at === undefined ? '' : (sayInstant(at, zoneOf(document), localeOf(language), 'year') ?? '');
}

/** A line below the controls of a time. */
export function When({ rule }: { readonly rule: Json }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const document = useDesk(({ history }) => history?.present.document);
  if (document === undefined) return null;
  const time = rule as unknown as TimeRule;
  const words = sayTimeRule(time, localeOf(language));
  const at = sayWhen(document, time, language, Date.now());
  const isFixed = 'anchor' in time || 'date' in time;
  return (
    <p className="meaning">
      {words}
      {at === '' ? (isFixed ? ` · ${say(NO_DATE)}` : '') : ` · ${say(isFixed ? DATED : FROM_NOW)}${at}`}
    </p>
  );
}

const NO_DATE: Words = {
  zh: '给日期参数一个示例，就能看到是哪一天',
  en: 'give the date parameter an example to see which day this is',
};
const DATED: Words = { zh: '按现在的参数是 ', en: 'with the parameters of now: ' };
const FROM_NOW: Words = { zh: '如果现在走到这里：', en: 'if somebody came here now: ' };
