// How the server and the worker speak to the person at the terminal: through `npm start` when it runs them, otherwise directly.
import type { Sentence } from '../settings.ts';

/** What a child sends to the supervisor. */
export interface Announcement {
  readonly announce: Sentence;
}

/** Shows a sentence on the terminal. It may carry a one-time secret: it is printed, never written to a log. */
export function announce(says: Sentence, locale: keyof Sentence = 'en'): void {
  if (process.send === undefined) process.stderr.write(`${says[locale]}\n`);
  else process.send({ announce: says } satisfies Announcement);
}

/** The sentence in a child's message, if it is one. */
export function announced(message: unknown): Sentence | undefined {
  if (typeof message !== 'object' || message === null || !('announce' in message)) return undefined;
  return (message as Announcement).announce;
}
