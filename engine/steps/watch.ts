// A guard in a branch of its own: looks at a number again and again, and leaves when it goes wrong or time is over.
// Not a branch: it takes as long as the activity. On a breach it may alert people, pause the run or stop it first.
import { timeRuleSchema } from '../calendar/time-rule.ts';
import type { AlertInput } from '../effects/alert.ts';
import type { WatchInput } from '../effects/watch.ts';
import { exactMsOf, MINUTE } from '../instant.ts';
import { call, defineStep, go, sleep } from '../step.ts';
import { durationSchema, nameSchema, textSchema, windowFindings } from './shapes.ts';

export const watch = defineStep({
  type: 'watch',
  family: 'guard',
  scope: 'campaign',
  label: { zh: '盯数据', en: 'Watch' },
  says: {
    zh: '隔一会儿看一次数据，越线就走“越线”，可以提醒、暂停或停止；到期走“结束”。',
    en: 'Looks at a number again and again until an end; a breach can alert, pause or stop the run.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['metric', 'op', 'value', 'every', 'until'],
    properties: {
      metric: nameSchema,
      op: { enum: ['<', '<=', '>', '>='] },
      value: { type: 'number' },
      window: durationSchema,
      minimum: { type: 'integer', minimum: 0, maximum: 1_000_000 },
      every: durationSchema,
      until: timeRuleSchema,
      onBreach: { enum: ['nothing', 'alert', 'pause', 'stop'] },
      role: nameSchema,
      text: textSchema,
    },
  },
  fields: [
    { key: 'metric', as: 'metric', label: { zh: '盯哪个数据', en: 'Metric' } },
    {
      key: 'op',
      as: 'choice',
      label: { zh: '什么算越线', en: 'Breach when' },
      choices: {
        '<': { zh: '低于界线', en: 'Below the limit' },
        '<=': { zh: '不高于界线', en: 'At or below the limit' },
        '>': { zh: '高于界线', en: 'Above the limit' },
        '>=': { zh: '不低于界线', en: 'At or above the limit' },
      },
    },
    { key: 'value', as: 'number', label: { zh: '界线', en: 'Limit' } },
    { key: 'window', as: 'duration', label: { zh: '最近多久', en: 'Over the last' } },
    {
      key: 'minimum',
      as: 'integer',
      label: { zh: '至少多少个数才算', en: 'Only from' },
      help: { zh: '样本太少不算越线。', en: 'Fewer observations are no breach.' },
    },
    { key: 'every', as: 'duration', label: { zh: '多久看一次', en: 'Every' } },
    { key: 'until', as: 'time', label: { zh: '盯到什么时候', en: 'Until' } },
    {
      key: 'onBreach',
      as: 'choice',
      label: { zh: '越线时', en: 'On a breach' },
      choices: {
        nothing: { zh: '只走“越线”出口', en: 'Only leave by “breach”' },
        alert: { zh: '提醒', en: 'Alert' },
        pause: { zh: '暂停整个运行', en: 'Pause the run' },
        stop: { zh: '停止整个运行', en: 'Stop the run' },
      },
    },
    { key: 'role', as: 'role', label: { zh: '提醒谁', en: 'Alert' } },
    { key: 'text', as: 'text', label: { zh: '提醒的话', en: 'Words of the alert' } },
  ],
  ports: () => [
    { name: 'breach', label: { zh: '越线', en: 'Breach' } },
    { name: 'ended', label: { zh: '结束', en: 'Ended' } },
  ],
  skip: 'ended',
  waits: () => true,
  effects: {
    watch: (config): WatchInput => ({
      metric: config.metric,
      op: config.op,
      value: config.value,
      every: config.every,
      until: config.until,
      ...(config.window === undefined ? {} : { window: config.window }),
      ...(config.minimum === undefined ? {} : { minimum: config.minimum }),
    }),
    alert: ({ onBreach, role, text }): AlertInput => ({
      on: onBreach === 'pause' || onBreach === 'stop' ? onBreach : 'alert',
      ...(role === undefined ? {} : { role }),
      ...(text === undefined ? {} : { text }),
    }),
  },
  lint: ({ every, metric, window }) => [
    ...windowFindings({ metric, window }),
    ...((exactMsOf(every) ?? 0) < MINUTE
      ? [{ code: 'E-WATCH-OFTEN', pointer: '/every', values: { value: every } }]
      : []),
  ],

  enter: () => call('watch'),

  resume: ({ onBreach = 'alert' }, _visit, event) => {
    if (event.kind !== 'returned') return call('watch');
    if (event.code === 'fine') return sleep(event.until);
    if (event.code === 'ended') return go('ended');
    return event.code === 'breach' && onBreach !== 'nothing' ? call('alert') : go('breach');
  },

  examples: [
    {
      says: {
        zh: '第二次看时投诉越线，提醒值班。',
        en: 'At the second look complaints are too many; people are told.',
      },
      config: {
        metric: 'complaints',
        op: '>=',
        value: 3,
        window: 'PT30M',
        every: 'PT5M',
        until: { anchor: 'T', offset: 'PT2H' },
      },
      world: [
        { effect: 'watch', answers: 'fine', until: 'PT5M' },
        { effect: 'watch', answers: 'breach' },
        { effect: 'alert', answers: 'done' },
      ],
      leaves: 'breach',
      at: 'PT5M',
    },
    {
      says: { zh: '平安无事到结束。', en: 'All is well until the end.' },
      config: { metric: 'opt_out', op: '>', value: 0.005, every: 'PT30M', until: { for: 'PT1H' } },
      world: [
        { effect: 'watch', answers: 'fine', until: 'PT30M' },
        { effect: 'watch', answers: 'fine', until: 'PT1H' },
        { effect: 'watch', answers: 'ended' },
      ],
      leaves: 'ended',
      at: 'PT1H',
    },
  ],
});
