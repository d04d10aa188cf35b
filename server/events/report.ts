// An event as somebody reports it: in our own shape, or as a CloudEvent 1.0 in any of its three modes over HTTP.
// Reading alone: whether the team knows whom and what it names is asked later, for all of a request at once.
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '../../engine/json.ts';
import { makeCheck, type Fault } from '../validate.ts';

/** An event that was read. */
export interface Reported {
  readonly name: string;
  readonly source: string;
  readonly sourceId: string;
  /** RFC 3339. */
  readonly at?: string;
  readonly member?: string;
  /** An account on a channel, by the channel's name or id. */
  readonly identity?: { readonly channel: string; readonly externalId: string; readonly name?: string };
  /** Of a CloudEvent: whom it is about, where it names a member or an account of one of the team's channels. */
  readonly subject?: string;
  readonly group?: string;
  readonly community?: string;
  readonly data?: JsonObject;
}

/** What was read, or why it is none. */
export type Read = { readonly event: Reported } | { readonly fault: Fault };

/** One request: its events, and how their parts are called there. */
export interface Request {
  readonly events: readonly Read[];
  /** One event alone: whether it was taken in is the answer to the request. */
  readonly isSingle: boolean;
  /** Where the sender finds what we call so: `/at` is `/time` in a CloudEvent. */
  readonly placeOf: (pointer: string) => string;
}

/** The most events in one request. */
export const MOST_EVENTS = 1_000;

/** The content types of CloudEvents that carry everything in the body: one, and several. */
export const CLOUD_EVENT = 'application/cloudevents+json';
export const CLOUD_EVENTS = 'application/cloudevents-batch+json';

const name = { type: 'string', minLength: 1, maxLength: 100, pattern: '^[\\w.-]+$' };
/** The name of a source. What the product itself reports goes by `run/…`, `form`, `page` and `link`. */
export const SOURCE = {
  type: 'string',
  minLength: 1,
  maxLength: 300,
  not: { pattern: '^(run/|(form|page|link)$)' },
} as const;
const sourceId = { type: 'string', minLength: 1, maxLength: 200 };
const at = { type: 'string', format: 'date-time' };
const uuid = { type: 'string', format: 'uuid', maxLength: 36 };
const externalId = { type: 'string', minLength: 1, maxLength: 200 };
/** What the product itself reads of an event's data stands here; whatever else is in it is for conditions and texts. */
const dataProperties = {
  text: { description: 'What the member wrote: of member.replied, five characters or more count as active.' },
  replyTo: {
    type: 'string',
    minLength: 1,
    maxLength: 200,
    description:
      'Of member.replied: the sourceId (id of a CloudEvent) of the message that this one answers, in the same source.',
  },
};
const data = { type: 'object', maxProperties: 50, properties: dataProperties };

/** An event in our own shape. */
export const eventSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'source', 'sourceId'],
  properties: {
    name,
    source: SOURCE,
    sourceId,
    at,
    member: uuid,
    identity: {
      type: 'object',
      additionalProperties: false,
      required: ['channel', 'externalId'],
      properties: { channel: externalId, externalId, name: externalId },
    },
    group: uuid,
    community: uuid,
    data,
  },
};

/** A CloudEvent: what we read of it. Attributes that we do not know are the sender's own affair. */
export const cloudEventSchema = {
  type: 'object',
  required: ['specversion', 'id', 'source', 'type'],
  properties: {
    specversion: { enum: ['1.0'] },
    id: sourceId,
    source: SOURCE,
    type: name,
    time: at,
    subject: { type: 'string', maxLength: 500 },
    datacontenttype: { type: 'string', pattern: '^[Aa]pplication/([\\w.-]+\\+)?[Jj]son\\s*(;.*)?$' },
    memberid: uuid,
    channel: externalId,
    externalid: externalId,
    membername: externalId,
    groupid: uuid,
    communityid: uuid,
    data: { ...data, type: ['object', 'null'] },
    // Ours are JSON.
    data_base64: { type: 'null' },
  },
};

const checkEvent = makeCheck(eventSchema);
const checkCloudEvent = makeCheck(cloudEventSchema);

/** Reads a request by its content type; a fault where it holds no events at all. */
export function readRequest(headers: IncomingHttpHeaders, body: unknown): Request | Fault {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
  if (type === CLOUD_EVENT) return cloud([body], true);
  if (type === CLOUD_EVENTS) return several(body, '', (events) => cloud(events, false));
  if (headers['ce-specversion'] !== undefined) return cloud([binaryEvent(headers, type, body)], true);
  const isBatch = typeof body === 'object' && body !== null && 'events' in body;
  if (!isBatch) return native([body], true);
  const stranger = Object.keys(body).find((key) => key !== 'events');
  if (stranger !== undefined)
    return { pointer: `/${stranger}`, zh: '不认识这一项', en: 'this key is not known' };
  return several(body.events, '/events', (events) => native(events, false));
}

const TOO_MANY = {
  zh: `应该是 1 到 ${MOST_EVENTS} 个事件的列表`,
  en: `must be a list of 1 to ${MOST_EVENTS} events`,
};

function several(
  events: unknown,
  pointer: string,
  read: (events: readonly unknown[]) => Request,
): Request | Fault {
  if (!Array.isArray(events) || events.length === 0 || events.length > MOST_EVENTS)
    return { pointer, ...TOO_MANY };
  return read(events);
}

const native = (events: readonly unknown[], isSingle: boolean): Request => ({
  events: events.map((event) => {
    const fault = checkEvent(event);
    return fault === undefined ? { event: event as Reported } : { fault };
  }),
  isSingle,
  placeOf: (pointer) => pointer,
});

const PLACES: Readonly<Record<string, string>> = {
  '/name': '/type',
  '/sourceId': '/id',
  '/at': '/time',
  '/member': '/memberid',
  '/identity': '/subject',
  '/group': '/groupid',
  '/community': '/communityid',
};

const cloud = (events: readonly unknown[], isSingle: boolean): Request => ({
  events: events.map((event) => {
    const fault = checkCloudEvent(event);
    return fault === undefined ? { event: reportedOf(event as CloudEvent) } : { fault };
  }),
  isSingle,
  placeOf: (pointer) => PLACES[pointer] ?? pointer,
});

interface CloudEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time?: string;
  readonly subject?: string;
  readonly memberid?: string;
  readonly channel?: string;
  readonly externalid?: string;
  readonly membername?: string;
  readonly groupid?: string;
  readonly communityid?: string;
  readonly data?: JsonObject | null;
}

function reportedOf(event: CloudEvent): Reported {
  const { id, source: from, type, time, subject, data: facts } = event;
  const { memberid, channel, externalid, membername, groupid, communityid } = event;
  const identity =
    channel === undefined || externalid === undefined
      ? undefined
      : { channel, externalId: externalid, ...(membername === undefined ? {} : { name: membername }) };
  return {
    name: type,
    source: from,
    sourceId: id,
    ...(time === undefined ? {} : { at: time }),
    ...(memberid === undefined ? {} : { member: memberid }),
    ...(identity === undefined ? {} : { identity }),
    ...(subject === undefined ? {} : { subject }),
    ...(groupid === undefined ? {} : { group: groupid }),
    ...(communityid === undefined ? {} : { community: communityid }),
    ...(facts === undefined || facts === null ? {} : { data: facts }),
  };
}

/** In binary mode the attributes are headers, percent-encoded, and the body is the data. */
function binaryEvent(headers: IncomingHttpHeaders, type: string, body: unknown): object {
  const attributes = Object.entries(headers).flatMap(([header, value]) =>
    header.startsWith('ce-') && typeof value === 'string' ? [[header.slice(3), decoded(value)] as const] : [],
  );
  const event = Object.fromEntries(attributes);
  return body === undefined || body === null ? event : { ...event, datacontenttype: type, data: body };
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
