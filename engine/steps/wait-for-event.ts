// Waits until something happens, one exit for each thing that may, but never for ever.
// Knows no clock and no member: the inbox matches the event, the deadline is an instant.
import type { InstantInput } from '../effects/instant.ts';
import { EVENT_WORDS } from '../event-words.ts';
import { exactMsOf } from '../instant.ts';
import { conditionSchema } from '../language/rule.ts';
import { call, defineStep, go, listen, type Port } from '../step.ts';
import {
  distinct,
  durationSchema,
  nameSchema,
  ownPort,
  portSchema,
  takesTime,
  usualTolerance,
} from './shapes.ts';

/** A port by which one event leaves is called after it, where the product has words for that event. */
function portOf(name: string, topics: readonly { readonly port: string; readonly event: string }[]): Port {
  const events = topics.filter(({ port }) => port === name).map(({ event }) => event);
  const [event] = events;
  return events.length === 1 && Object.hasOwn(EVENT_WORDS, event!)
    ? { name, label: EVENT_WORDS[event!]! }
    : ownPort(name);
}

export const waitForEvent = defineStep({
  type: 'wait-for-event',
  family: 'wait',
  scope: 'any',
  label: { zh: '等事件', en: 'Wait for event' },
  says: {
    zh: '等成员做一件事（或几件事之一），最多等一段时间。',
    en: 'Waits until the member does one of some things, for a limited time.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['topics', 'within'],
    properties: {
      topics: {
        type: 'array',
        minItems: 1,
        maxItems: 24,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['event', 'port'],
          properties: { event: nameSchema, where: conditionSchema, port: portSchema },
        },
      },
      within: durationSchema,
    },
  },
  fields: [
    {
      key: 'topics',
      as: 'list',
      label: { zh: '等什么', en: 'Events' },
      of: [
        { key: 'event', as: 'event', label: { zh: '事件', en: 'Event' } },
        { key: 'where', as: 'condition', label: { zh: '只有当', en: 'Only if' } },
        {
          key: 'port',
          as: 'string',
          label: { zh: '出口名', en: 'Port name' },
          help: { zh: '几个事件可以走同一个出口。', en: 'Several events may share one.' },
        },
      ],
    },
    { key: 'within', as: 'duration', label: { zh: '最多等', en: 'At most' } },
  ],
  ports: ({ topics }) => [
    ...distinct(topics.map(({ port }) => port)).map((port) => portOf(port, topics)),
    { name: 'timeout', label: { zh: '超时', en: 'Timeout' } },
  ],
  skip: 'timeout',
  waits: ({ within }) => takesTime(within),
  instants: 'duration',
  grainMs: ({ within }) => usualTolerance(within),
  effects: { instant: ({ within }): InstantInput => ({ rule: { for: within } }) },
  topics: ({ topics }) =>
    topics.map(({ event, where }) => (where === undefined ? { event } : { event, where })),
  lint: ({ topics }) =>
    topics.flatMap(({ port }, index) =>
      port === 'timeout' ? [{ code: 'E-PORT-SAME', pointer: `/topics/${index}/port`, values: { port } }] : [],
    ),

  enter: ({ within }, { now }) => {
    const ms = exactMsOf(within);
    return ms === undefined ? call('instant') : listen(now + ms);
  },

  // The inbox hands over what happened before the deadline even when it is read after it.
  resume: ({ topics }, _visit, event) => {
    if (event.kind === 'returned') return listen(event.until);
    return go(event.kind === 'arrived' ? (topics[event.topic]?.port ?? 'timeout') : 'timeout');
  },

  examples: [
    {
      says: { zh: '两小时后有了回复。', en: 'A reply after two hours.' },
      config: { topics: [{ event: 'member.replied', port: 'replied' }], within: 'PT48H' },
      world: [{ at: 'PT2H', arrives: 0 }],
      leaves: 'replied',
      at: 'PT2H',
    },
    {
      says: { zh: '一直没有动静。', en: 'Silence.' },
      config: { topics: [{ event: 'member.replied', port: 'replied' }], within: 'PT48H' },
      leaves: 'timeout',
      at: 'PT48H',
    },
    {
      says: {
        zh: '两件事各走各的出口，最多等到三天后的同一时刻。',
        en: 'Two events with a port each, until the same time three days later.',
      },
      config: {
        topics: [
          { event: 'member.replied', port: 'replied' },
          { event: 'member.signed-up', port: 'signed-up' },
        ],
        within: 'P3D',
      },
      world: [
        { effect: 'instant', answers: 'at', until: 'PT72H' },
        { at: 'PT5H', arrives: 1 },
      ],
      leaves: 'signed-up',
      at: 'PT5H',
    },
  ],
});
