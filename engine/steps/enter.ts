// Where a journey begins, and which members may enter it: who, how often, and how many.
// Not the enrolment: whoever launches the journey finds the members by this configuration.
import { MOST_LISTED } from '../entrance.ts';
import { conditionSchema } from '../language/rule.ts';
import { typed } from '../json.ts';
import { defineStep, go, type Finding } from '../step.ts';
import { durationSchema, nameSchema } from './shapes.ts';

export const enter = defineStep({
  type: 'enter',
  family: 'trigger',
  scope: 'member',
  label: { zh: '进入旅程', en: 'Enter' },
  says: {
    zh: '成员从这里进入旅程：旅程启动时符合条件的人，名单上的人，或者此后发生某件事的人。员工和测试账号不进入。',
    en: 'Members enter the journey here: those who qualify when it is launched, those on a list, or from then on whoever does something. Staff and test accounts do not enter.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    properties: {
      from: { enum: ['segment', 'list', 'event'] },
      segment: conditionSchema,
      list: typed<readonly string[]>({
        type: 'array',
        minItems: 1,
        maxItems: MOST_LISTED,
        items: { type: 'string', minLength: 1, maxLength: 200 },
      }),
      event: nameSchema,
      where: conditionSchema,
      open: durationSchema,
      again: { enum: ['run', 'once', 'after-exit', 'after', 'key'] },
      days: { type: 'integer', minimum: 1, maximum: 3650 },
      key: nameSchema,
      capacity: { type: 'integer', minimum: 1, maximum: 10_000_000 },
    },
  },
  fields: [
    {
      key: 'from',
      as: 'choice',
      label: { zh: '谁来', en: 'Who comes' },
      choices: {
        segment: { zh: '启动时符合条件的人（默认）', en: 'Those who qualify at the launch (default)' },
        list: { zh: '名单上符合条件的人', en: 'Those of a list who qualify' },
        event: {
          zh: '此后每个发生这件事、符合条件的人',
          en: 'From then on, everybody who does it and qualifies',
        },
      },
    },
    {
      key: 'event',
      as: 'event',
      label: { zh: '哪个事件', en: 'Event' },
      help: {
        zh: '例如 member.joined。成员做了这件事就进入；发布新版本后，新来的人进入新版本。',
        en: 'Such as member.joined: whoever does it enters. Once a newer version is published, they enter that one.',
      },
    },
    { key: 'where', as: 'condition', label: { zh: '只有当', en: 'Only if' } },
    {
      key: 'open',
      as: 'duration',
      label: { zh: '开放多久', en: 'Open for' },
      help: {
        zh: '从旅程启动算起；不填就一直开放，直到有人关闭入口。',
        en: 'From the launch of the journey. Empty: until somebody closes the entrance.',
      },
    },
    {
      key: 'segment',
      as: 'condition',
      label: { zh: '哪些成员', en: 'Which members' },
      help: { zh: '不填就是全部成员。', en: 'Empty: every member.' },
    },
    {
      key: 'list',
      as: 'string',
      label: { zh: '名单', en: 'List' },
      help: {
        zh: '成员编号或外部编号，多半是一个参数。',
        en: 'Ids or external keys of members, most often a parameter.',
      },
    },
    {
      key: 'again',
      as: 'choice',
      label: { zh: '能再来吗', en: 'Again' },
      choices: {
        run: { zh: '每次运行一次（默认）', en: 'Once in each run (default)' },
        once: { zh: '只进一次', en: 'Once ever' },
        'after-exit': { zh: '走完可以再来', en: 'Again when through' },
        after: { zh: '走完并且隔够天数', en: 'Some days after being through' },
        key: {
          zh: '事件里的某个值每个只进一次，例如每张订单',
          en: 'Once for each value of a field of the event, such as each order',
        },
      },
      help: {
        zh: '“只进一次”算的是整个剧本：换了版本、再次启动都算。',
        en: 'Once ever counts the whole playbook, over all runs and versions.',
      },
    },
    {
      key: 'days',
      as: 'integer',
      label: { zh: '隔多少天', en: 'Days between' },
      help: { zh: '从上次进入算起。', en: 'Counted from the last time they entered.' },
    },
    {
      key: 'key',
      as: 'string',
      label: { zh: '按事件的哪个字段', en: 'Field of the event' },
      help: {
        zh: '例如 item。没有这个字段的事件算同一个值。',
        en: 'Such as item. Events without it count as one value.',
      },
    },
    {
      key: 'capacity',
      as: 'integer',
      label: { zh: '最多多少人', en: 'At most' },
      help: { zh: '一次运行里总共进入的人次。', en: 'Entries in a run, all in all.' },
    },
  ],
  ports: () => [{ name: 'out', label: { zh: '下一步', en: 'Next' } }],
  block: () => ({ kind: 'start' }),
  waits: () => false,
  lint: misfits,

  enter: () => go('out'),

  examples: [
    {
      says: { zh: '符合条件的成员进入后往下走。', en: 'A member who qualifies goes on at once.' },
      config: { segment: { cel: 'member.consent' }, capacity: 500 },
      leaves: 'out',
    },
    {
      says: { zh: '名单上的人，三十天后可以再来。', en: 'Those on a list, again after thirty days.' },
      config: { from: 'list', list: ['C-1001', 'C-1002'], again: 'after', days: 30 },
      leaves: 'out',
    },
    {
      says: {
        zh: '每个新入群的人进入一次，一直开放。',
        en: 'Everybody who joins enters once, for as long as the playbook runs.',
      },
      config: { from: 'event', event: 'member.joined', again: 'once' },
      leaves: 'out',
    },
    {
      says: {
        zh: '九十天里，每张一千以上的订单进入一次。',
        en: 'For ninety days, once for each order above a thousand.',
      },
      config: {
        from: 'event',
        event: 'order.paid',
        where: { cel: 'event.amount > 1000.0' },
        open: 'P90D',
        again: 'key',
        key: 'item',
      },
      leaves: 'out',
    },
  ],
});

/** Settings that belong to a value of another, and whether that value needs them. */
const BELONGS = [
  ['list', 'from', 'list', true],
  ['event', 'from', 'event', true],
  ['where', 'from', 'event', false],
  ['open', 'from', 'event', false],
  ['days', 'again', 'after', true],
  ['key', 'again', 'key', true],
] as const;

// A setting that means nothing is most often one that was meant otherwise.
function misfits(config: Readonly<Record<string, unknown>>): Finding[] {
  const byKey = config['again'] === 'key' && config['from'] !== 'event';
  return [
    ...BELONGS.flatMap(([key, setting, value, isNeeded]): Finding[] => {
      const isSet = config[key] !== undefined;
      if (config[setting] !== value) {
        return isSet
          ? [{ code: 'E-NO-USE', pointer: `/${key}`, values: { key, needs: `${setting}: ${value}` } }]
          : [];
      }
      return isNeeded && !isSet ? [{ code: 'E-MISSING', pointer: `/${key}`, values: { key } }] : [];
    }),
    ...(byKey
      ? [{ code: 'E-NO-USE', pointer: '/again', values: { key: 'again', needs: 'from: event' } }]
      : []),
  ];
}
