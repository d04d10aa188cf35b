// The check for each kind of field. A new kind of form control brings its check here.
import { isAttributeKey, readAttribute } from '../attributes.ts';
import { parseInstant } from '../instant.ts';
import { meaningOf, metrics, type Meaning } from '../metrics.ts';
import { isFieldName } from '../language/rule.ts';
import type { FieldKind } from '../step.ts';
import { checkCondition } from './check-conditions.ts';
import { checkTemplates } from './check-texts.ts';
import { checkCron, checkDuration, checkTime, checkZone } from './check-times.ts';
import { objectOf } from './draft.ts';
import { COUNTS } from './fields.ts';
import { isAddress, isName } from './names.ts';
import { inside, shown } from './pointer.ts';
import { placeAt, type CheckValue, type Subject } from './subject.ts';

const nothing: CheckValue = () => {};

const checkMetric: CheckValue = (value, pointer, subject) => {
  const name = typeof value === 'string' ? value : '';
  const meaning = meaningOf(name);
  if (meaning !== undefined) return checkMeaning(name, meaning, { pointer, subject });
  // A form may count under a name of its own, which is a metric from then on.
  if (typeof value === 'string' && pointer.endsWith(`/${COUNTS}`) && isFieldName(value)) return;
  const known = Object.keys(metrics);
  subject.report.add('E-METRIC-UNKNOWN', placeAt(subject, pointer), {
    metric: shown(value),
    known: known.join(', '),
    nearest: typeof value === 'string' ? subject.report.suggest(value, known) : '',
  });
};

/** A metric of a playbook is about its own run; what it compares must be there. */
function checkMeaning(
  metric: string,
  { metric: { scopes }, ask: { node } }: Meaning,
  { pointer, subject }: { readonly pointer: string; readonly subject: Subject },
): void {
  const place = placeAt(subject, pointer);
  if (!scopes.includes('run')) subject.report.add('E-METRIC-SCOPE', place, { metric: shown(metric) });
  else if (node !== undefined && !subject.nodes.some(({ id, graph }) => id === node && graph.number > 0))
    subject.report.add('E-METRIC-SPLIT', place, { metric: shown(metric), node: shown(node) });
}

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

/** An attribute: conditions and texts must be able to speak of it, and what it is set to must be what it is declared as. */
const checkAttribute: CheckValue = (value, pointer, subject) => {
  const isRuns = subject.node?.graph.number === 0;
  if (typeof value === 'string' && (isRuns ? isFieldName(value) : isAttributeKey(value))) {
    checkAssigned(value, subject);
    return;
  }
  subject.report.add('E-NAME', placeAt(subject, pointer), {
    got: shown(value),
    example: 'level',
    ruleZh: '以英文字母开头，只用英文字母、数字和下划线，不能是成员已有的字段。',
    ruleEn: 'Begin with a letter; use letters, digits and _ only, and no field that members have already.',
  });
};

const MOMENT = { zh: '时刻，例如 2026-12-01T00:00:00Z', en: 'a moment such as 2026-12-01T00:00:00Z' };

function checkAssigned(key: string, subject: Subject): void {
  const { node, attributes, params, report, zone } = subject;
  const declared = attributes.find((attribute) => attribute.key === key);
  const value = node?.config['value'];
  // In an activity the attribute is the run's own, and a parameter has no value before the launch.
  const isOpen =
    node === undefined || node.graph.number === 0 || (!params.isLaunch && node.refs.has('/value'));
  if (declared === undefined || value === undefined || isOpen) return;
  const read = readAttribute(value, declared, { zone });
  // What a playbook writes is kept as it stands, so a date must be the moment itself.
  const isMoment =
    declared.type !== 'date' || (typeof value === 'string' && parseInstant(value) !== undefined);
  if ('value' in read && isMoment) return;
  const { zh, en } = 'expected' in read && isMoment ? read.expected : MOMENT;
  report.add('E-ATTRIBUTE', placeAt(subject, '/value'), {
    attribute: key,
    got: shown(value),
    expectedZh: zh,
    expectedEn: en,
  });
}

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
  reason: nothing,
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
