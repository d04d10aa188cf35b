// The life of a task while its visit waits for a person: reminded once, escalated or held once, then over.
// Not the task's contents, and not a step: human-task and approval share it.
import { call, go, listen, type Field, type Outcome, type Resumption, type Visit } from '../step.ts';

/** What happens when the deadline passes without an answer. */
export type OnTimeout = 'escalate' | 'skip' | 'hold';

/** The same as people read it. */
export const OVERDUE_WORDS: Field['choices'] & object = {
  escalate: { zh: '升级给别人', en: 'Hand it to another role' },
  skip: { zh: '走“逾期”出口', en: 'Leave by “expired”' },
  hold: { zh: '标红继续等', en: 'Keep waiting, marked in red' },
} satisfies Readonly<Record<OnTimeout, unknown>>;

const TO_REMINDER = 1;
const TO_DEADLINE = 2;
const TO_LAST = 3;

/** Waits through reminder, deadline and second deadline. `answers` are the ports in the order of the topics. */
export function awaitAnswer(
  answers: readonly string[],
  onTimeout: OnTimeout,
  { stage }: Visit,
  event: Resumption,
): Outcome {
  switch (event.kind) {
    case 'arrived':
      return go(answers[event.topic] ?? 'expired');
    case 'retimed':
      // Whoever has it already after an escalation keeps the second deadline.
      return stage === TO_LAST ? call('escalate-task', TO_LAST) : call('open-task');
    case 'returned':
      return listen(event.until, STAGE_OF[event.code] ?? TO_DEADLINE);
    case 'woke':
      if (stage === TO_REMINDER) return call('remind-task');
      if (stage === TO_DEADLINE && onTimeout !== 'skip') return call('escalate-task');
      return go('expired');
  }
}

const STAGE_OF: Readonly<Record<string, number>> = {
  remind: TO_REMINDER,
  opened: TO_DEADLINE,
  reminded: TO_DEADLINE,
  escalated: TO_LAST,
};
