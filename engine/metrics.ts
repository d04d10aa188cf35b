// The community metrics: each formula in one place, from counts to a value.
// Not the counting: the database and the rehearsal's world gather the same counts, over the run or a last stretch of it.

/** What is counted. All about one run, from its start or since the beginning of a window. */
export interface Counts {
  /** Members who signed up, each once. */
  readonly signUps: number;
  /** Members who were reached: delivered messages to themselves or to their groups, each member once. */
  readonly reached: number;
  /** Deliveries that carried marketing. */
  readonly marketing: number;
  /** Members who opted out. */
  readonly optOuts: number;
  readonly complaints: number;
  /** Deliveries in all that succeeded, and that failed for good. */
  readonly delivered: number;
  readonly failed: number;
  /** Latest number that people reported by a task, and names counted by forms. */
  readonly reported: Readonly<Record<string, number>>;
}

/** A metric at an instant: its value, if one may be shown, and how many observations stand behind it. */
export interface Measured {
  readonly value?: number;
  readonly n: number;
}

/** Below this many observations a rate says nothing and is not shown. */
export const SMALLEST_SAMPLE = 20;

/** What a metric is, for people and for checks. */
export interface Metric {
  readonly kind: 'count' | 'rate';
  readonly label: { readonly zh: string; readonly en: string };
  readonly measure: (counts: Counts) => Measured;
}

export const metrics = {
  sign_ups: {
    kind: 'count',
    label: { zh: '报名人数', en: 'Sign-ups' },
    measure: ({ signUps }) => ({ value: signUps, n: signUps }),
  },
  reach: {
    kind: 'count',
    label: { zh: '触达人数', en: 'Members reached' },
    measure: ({ reached }) => ({ value: reached, n: reached }),
  },
  sign_up_rate: {
    kind: 'rate',
    label: { zh: '报名率（报名 ÷ 触达）', en: 'Sign-up rate (sign-ups ÷ reached)' },
    measure: ({ signUps, reached }) => rate(signUps, reached),
  },
  opt_out: {
    kind: 'rate',
    label: { zh: '退订率（退订 ÷ 营销消息送达）', en: 'Opt-out rate (opt-outs ÷ marketing delivered)' },
    measure: ({ optOuts, marketing }) => rate(optOuts, marketing),
  },
  error_rate: {
    kind: 'rate',
    label: { zh: '出错率（失败 ÷ 发送）', en: 'Error rate (failed ÷ attempted)' },
    measure: ({ failed, delivered }) => rate(failed, failed + delivered),
  },
  complaints: {
    kind: 'count',
    label: { zh: '投诉数', en: 'Complaints' },
    measure: ({ complaints }) => ({ value: complaints, n: complaints }),
  },
} as const satisfies Readonly<Record<string, Metric>>;

/** The name of a metric that the product computes. Besides these there is `reported.<name>`. */
export type MetricName = keyof typeof metrics;

const REPORTED = 'reported.';

/** True for a metric that exists, or the form of one that people report. */
export function isMetric(name: string): boolean {
  return Object.hasOwn(metrics, name) || (name.startsWith(REPORTED) && name.length > REPORTED.length);
}

/** The metric at these counts; without a value when nobody reported it, or when too few stand behind a rate. */
export function measureMetric(name: string, counts: Counts): Measured {
  if (Object.hasOwn(metrics, name)) return metrics[name as MetricName].measure(counts);
  const key = name.startsWith(REPORTED) ? name.slice(REPORTED.length) : '';
  const value = Object.hasOwn(counts.reported, key) ? counts.reported[key] : undefined;
  return value === undefined ? { n: 0 } : { value, n: 1 };
}

function rate(part: number, whole: number): Measured {
  return whole < SMALLEST_SAMPLE ? { n: whole } : { value: part / whole, n: whole };
}
