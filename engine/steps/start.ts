// Where an activity begins, and what may launch it.
// Not the launching itself: schedules and armed triggers are kept by the server, which reads this configuration.
import { conditionSchema } from '../language/rule.ts';
import { defineStep, go } from '../step.ts';
import { nameSchema } from './shapes.ts';

export const start = defineStep({
  type: 'start',
  family: 'trigger',
  scope: 'campaign',
  label: { zh: '开始', en: 'Start' },
  says: {
    zh: '活动从这里开始：由人启动，或按时间表、接口调用、发生的事件启动。',
    en: 'The activity begins here: launched by a person, by a schedule, through the API or by an event.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    properties: {
      trigger: { enum: ['manual', 'schedule', 'api', 'event'] },
      cron: { type: 'string', minLength: 9, maxLength: 100 },
      event: nameSchema,
      where: conditionSchema,
    },
  },
  fields: [
    {
      key: 'trigger',
      as: 'choice',
      label: { zh: '怎么启动', en: 'Launched by' },
      choices: {
        manual: { zh: '由人启动', en: 'A person' },
        schedule: { zh: '按时间表', en: 'A schedule' },
        api: { zh: '由接口调用', en: 'A program' },
        event: { zh: '发生某件事', en: 'An event' },
      },
    },
    {
      key: 'cron',
      as: 'cron',
      label: { zh: '时间表', en: 'Schedule' },
      help: { zh: '按剧本的时区，例如每周一 9:00。', en: 'In the playbook’s zone, such as Mondays at 9:00.' },
    },
    {
      key: 'event',
      as: 'event',
      label: { zh: '哪个事件', en: 'Event' },
      help: {
        zh: '发布之后由运营打开；每来一个这样的事件，就启动一次最新版本。',
        en: 'Switched on by an operator once it is published; each such event launches the newest version.',
      },
    },
    { key: 'where', as: 'condition', label: { zh: '只有当', en: 'Only if' } },
  ],
  ports: () => [{ name: 'out', label: { zh: '下一步', en: 'Next' } }],
  block: () => ({ kind: 'start' }),
  waits: () => false,
  lint: ({ trigger, cron, event }) => [
    ...(trigger === 'schedule' && cron === undefined
      ? [{ code: 'E-MISSING' as const, pointer: '/cron', values: { key: 'cron' } }]
      : []),
    ...(trigger === 'event' && event === undefined
      ? [{ code: 'E-MISSING' as const, pointer: '/event', values: { key: 'event' } }]
      : []),
  ],

  enter: () => go('out'),

  examples: [
    {
      says: { zh: '人工启动后立刻往下走。', en: 'Launched by a person, it goes on at once.' },
      config: { trigger: 'manual' },
      leaves: 'out',
    },
    {
      says: { zh: '每张一千以上的订单启动一次。', en: 'Launched once for each order above a thousand.' },
      config: { trigger: 'event', event: 'order.paid', where: { cel: 'event.amount > 1000.0' } },
      leaves: 'out',
    },
  ],
});
