// How a command ends other than well: one exit code, and what happened, where, and what to do.
// Not the problems of a playbook: those stand in engine/problem.ts.
import type { Sentence } from '../settings.ts';

/** Exit codes, as `kindling --help` and the README promise them. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3 } as const;

/** Ends the command; main.ts prints it. */
export class Failure extends Error {
  readonly exit: number;
  readonly says: Sentence;
  constructor(exit: number, says: Sentence) {
    super(says.en);
    this.name = 'Failure';
    this.exit = exit;
    this.says = says;
  }
}

/** The command was called in a way that makes no sense. */
export const misuse = (zh: string, en: string): Failure => new Failure(EXIT.usage, { zh, en });
