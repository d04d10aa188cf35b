// What a kind of channel is, as data: what an account of it needs, what its provider can do, how long a text may be.
// Shared by the compiler, the editor and the adapters, so that they cannot disagree. Not the adapters: see workers/channels/.
import type { JsonObject, JsonSchema } from '../json.ts';
import type { Field } from '../step.ts';

/** How a text is marked up. Every channel takes `text`. */
export type Format = 'text' | 'markdown';

/** How a provider counts a text: UTF-8 bytes, characters (code points), or units of UTF-16. */
export type LengthUnit = 'bytes' | 'characters' | 'utf16';

/** What a provider can do. A message that needs more is not handed over, and says why. */
export interface Capabilities {
  /** Posts into groups. */
  readonly groupPost: boolean;
  /** Writes to one member. */
  readonly dm: boolean;
  /**
   * `auto`: sends by itself. `confirm`: makes a task that a colleague confirms in the provider's own client.
   * `person`: colleagues copy and paste.
   */
  readonly sends: 'auto' | 'confirm' | 'person';
  /** What members write can be read. */
  readonly readMessages: boolean;
  /** Joins and leaves are reported. */
  readonly memberEvents: boolean;
  readonly formats: readonly Format[];
  /** The longest text of one message, as the provider counts. */
  readonly maxLength: { readonly count: number; readonly unit: LengthUnit };
  /** The provider recognises a repeated idempotency key, so that a doubtful message may simply be handed over again. */
  readonly dedupes: boolean;
}

interface Words {
  readonly zh: string;
  readonly en: string;
}

/** How the provider names a group, a member or a colleague, and what such a name looks like. */
export interface Naming {
  readonly label: Words;
  /** A regular expression for the whole name. */
  readonly pattern: string;
  readonly example: string;
}

/** A kind of channel. */
export interface ChannelKind {
  readonly label: Words;
  readonly says: Words;
  /** What of an account is not secret; an object. */
  readonly config: JsonSchema;
  readonly fields: readonly Field[];
  /** What of an account is secret: an object of texts, each kept sealed and never shown again. */
  readonly secret: JsonSchema;
  readonly secretFields: readonly Field[];
  readonly capabilities: Capabilities;
  /** Names of groups and members. Null: the account posts to one place of its own, and nobody else needs naming. */
  readonly names: { readonly group: Naming | null; readonly member: Naming | null };
  /** Whether this account's other side can be asked what became of a message. Absent: it cannot. */
  readonly answers?: (config: JsonObject) => boolean;
  /** How a colleague is called to a post in a group. Null: a colleague is addressed like a member, or cannot be. */
  readonly mention: Naming | null;
}

/** Defines a kind; the reader finds what people see first, then what is set, then what it can do. */
export const defineChannel = (kind: ChannelKind): ChannelKind => kind;

/** The length of a text as a provider counts it. */
export function lengthIn(text: string, unit: LengthUnit): number {
  switch (unit) {
    case 'bytes':
      return Array.from(text).reduce((bytes, it) => bytes + bytesOf(it.codePointAt(0)!), 0);
    case 'characters':
      return Array.from(text).length;
    case 'utf16':
      return text.length;
  }
}

// Half of a pair that stands alone is sent as U+FFFD, which has three bytes as well.
const bytesOf = (point: number): number => (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4);

/** Whether a text fits into one message. */
export const fits = (text: string, { maxLength }: Pick<Capabilities, 'maxLength'>): boolean =>
  lengthIn(text, maxLength.unit) <= maxLength.count;
