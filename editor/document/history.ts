// What was done to a document, so that all of it can be undone and done again. Documents are kept whole: they share what
// did not change, and an undo cannot forget anything.
// Knows no React and no server; whether something is saved is a comparison of documents, not a count of keys.
import type { Playbook } from '../../engine/document.ts';
import type { Command } from './commands.ts';

/** A document, and how it came to be. */
interface Moment {
  readonly document: Playbook;
  /** What was done to get here; undefined for the first. */
  readonly says: Command['says'] | undefined;
  readonly gesture: string | undefined;
  readonly at: number;
}

/** Past, present and future of a document. */
export interface History {
  readonly past: readonly Moment[];
  readonly present: Moment;
  readonly future: readonly Moment[];
}

/** Steps that can be undone. */
const DEPTH = 500;
/** A pause of this length ends a gesture: who types on after it begins another. */
const GESTURE_MS = 2_000;

/** Begins with a document. */
export const begin = (document: Playbook, now: number): History => ({
  past: [],
  present: { document, says: undefined, gesture: undefined, at: now },
  future: [],
});

/** Does a command. One that changes nothing leaves no trace; one that goes on with a gesture is undone together with it. */
export function perform(history: History, command: Command, now: number): History {
  const { past, present } = history;
  const document = command.apply(present.document);
  if (document === present.document) return history;
  const goesOn =
    command.gesture !== undefined && command.gesture === present.gesture && now - present.at < GESTURE_MS;
  const next: Moment = { document, says: command.says, gesture: command.gesture, at: now };
  return { past: goesOn ? past : [...past, present].slice(-DEPTH), present: next, future: [] };
}

/** Goes back by one step; the same history at its beginning. */
export function undo({ past, present, future }: History): History {
  const before = past.at(-1);
  if (before === undefined) return { past, present, future };
  // Whoever types on after an undo begins a new gesture.
  return {
    past: past.slice(0, -1),
    present: { ...before, gesture: undefined },
    future: [present, ...future],
  };
}

/** Goes forth by one step; the same history at its end. */
export function redo({ past, present, future }: History): History {
  const [next, ...rest] = future;
  if (next === undefined) return { past, present, future };
  return { past: [...past, present], present: { ...next, gesture: undefined }, future: rest };
}

/** What undo and redo would take back or do again; undefined when there is nothing. */
export const undoSays = ({ past, present }: History): Command['says'] | undefined =>
  past.length === 0 ? undefined : present.says;
export const redoSays = ({ future }: History): Command['says'] | undefined => future[0]?.says;
