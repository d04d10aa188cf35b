// The check for each kind of field. A new kind of form control brings its check here.
import { isMetric, metrics } from '../metrics.ts';
import { isFieldName } from '../language/rule.ts';
import type { FieldKind } from '../step.ts';
import { checkCondition } from './check-conditions.ts';
import { checkTemplates } from './check-texts.ts';
import { checkCron, checkDuration, checkTime, checkZone } from './check-times.ts';
import { objectOf } from './draft.ts';
import { COUNTS } from './fields.ts';
import { isAddress, isName } from './names.ts';
import { inside, shown } from './pointer.ts';
import { placeAt, type CheckValue } from './subject.ts';

const nothing: CheckValue = () => {};

const checkMetric: CheckValue = (value, pointer, subject) => {
  if (typeof value === 'string' && isMetric(value)) return;
  // A form may count under a name of its own, which is a metric from then on.
  if (typeof value === 'string' && pointer.endsWith(`/${COUNTS}`) && isFieldName(value)) return;
  const known = Object.keys(metrics);
  subject.report.add('E-METRIC-UNKNOWN', placeAt(subject, pointer), {
    metric: shown(value),
    known: known.join(', '),
    nearest: typeof value === 'string' ? subject.report.suggest(value, known) : '',
  });
};

const checkJourney: CheckValue = (value, pointer, subject) => {
  const { node, journeys, launches, report } = subject;
  if (typeof value !== 'string') return;
  if (!journeys.includes(value)) {
    const values = { journey: shown(value), nearest: report.suggest(value, journeys) };
    report.add('E-JOURNEY-UNKNOWN', placeAt(subject, pointer), values);
  } else if (node !== undefined) launches.set(node, [...(launches.get(node) ?? []), value]);
};

const checkUrl: CheckValue = (value, pointer, subject) => {
  if (typeof value === 'string' && isAddress(value)) return;
  subject.report.add('E-URL', placeAt(subject, pointer), { got: shown(value) });
};

/** A name of something outside of the document: any word or words. */
const byName =
  (example: string): CheckValue =>
  (value, pointer, subject) => {
    if (typeof value === 'string' && isName(value)) return;
    const [ruleZh, ruleEn] = ['前后不能有空格，中间不能换行。', 'No blanks at its ends, and no line breaks.'];
    subject.report.add('E-NAME', placeAt(subject, pointer), { got: shown(value), example, ruleZh, ruleEn });
  };

/** An attribute: conditions and texts must be able to speak of it. */
const checkAttribute: CheckValue = (value, pointer, subject) => {
  if (typeof value === 'string' && isFieldName(value)) return;
  subject.report.add('E-NAME', placeAt(subject, pointer), {
    got: shown(value),
    example: 'level',
    ruleZh: '以英文字母开头，只用英文字母、数字和下划线。',
    ruleEn: 'Begin with a letter; use letters, digits and _ only.',
  });
};

const checkAudience: CheckValue = (value, pointer, subject) => {
  const { segment } = objectOf(value);
  if (segment !== undefined) checkCondition(segment, inside(pointer, 'segment'), subject);
};

/** How the value of a field is checked. */
export const CHECKS: Readonly<Record<Exclude<FieldKind, 'list'>, CheckValue>> = {
  // Their schema says it all.
  string: nothing,
  integer: nothing,
  number: nothing,
  percent: nothing,
  boolean: nothing,
  choice: nothing,
  text: checkTemplates,
  condition: checkCondition,
  time: checkTime,
  duration: checkDuration,
  'local-time': nothing,
  cron: checkCron,
  zone: checkZone,
  metric: checkMetric,
  event: byName('member.replied'),
  channel: byName('simulator'),
  audience: checkAudience,
  role: byName('operator'),
  tag: byName('rsvp'),
  attribute: checkAttribute,
  journey: checkJourney,
  playbook: byName('event-campaign'),
  url: checkUrl,
};
