// Where an activity begins, and what may launch it.
// Not the launching itself: schedules are kept by the server, which reads this configuration.
import { defineStep, go } from '../step.ts';

export const start = defineStep({
  type: 'start',
  family: 'trigger',
  scope: 'campaign',
  label: { zh: '开始', en: 'Start' },
  says: {
    zh: '活动从这里开始：由人启动，或按时间表、接口调用启动。',
    en: 'The activity begins here: launched by a person, by a schedule or through the API.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    properties: {
      trigger: { enum: ['manual', 'schedule', 'api'] },
      cron: { type: 'string', minLength: 9, maxLength: 100 },
    },
  },
  fields: [
    { key: 'trigger', as: 'choice', label: { zh: '怎么启动', en: 'Launched by' } },
    {
      key: 'cron',
      as: 'cron',
      label: { zh: '时间表', en: 'Schedule' },
      help: { zh: '按剧本的时区，例如每周一 9:00。', en: 'In the playbook’s zone, such as Mondays at 9:00.' },
    },
  ],
  ports: () => [{ name: 'out', label: { zh: '下一步', en: 'Next' } }],
  block: () => ({ kind: 'start' }),
  waits: () => false,
  lint: ({ trigger, cron }) =>
    trigger === 'schedule' && cron === undefined
      ? [{ code: 'E-MISSING', pointer: '/cron', values: { key: 'cron' } }]
      : [],

  enter: () => go('out'),

  examples: [
    {
      says: { zh: '人工启动后立刻往下走。', en: 'Launched by a person, it goes on at once.' },
      config: { trigger: 'manual' },
      leaves: 'out',
    },
  ],
});
