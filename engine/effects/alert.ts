// Tells the people on duty, and where asked pauses or stops the run.
// Not a message to members. Pausing and stopping go through the run's inbox like an operator's own command.
import type { Text } from '../document.ts';
import { defineEffect } from '../effect.ts';

/** What happens to the run, who is told and in which words. */
export interface AlertInput {
  readonly on: 'alert' | 'pause' | 'stop';
  readonly role?: string;
  readonly text?: Text;
}

export const alert = defineEffect({
  name: 'alert',
  cost: 'quick',
  harmless: true,
  codes: ['done'],
  decide: ({ on }: AlertInput, _facts: Record<never, never>) => ({ code: 'done', why: { on } }),
});
