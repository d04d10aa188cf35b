// The life of a task while its visit waits for a person: reminded once, escalated or held once, then over.
// Not the task's contents, and not a step: human-task and approval share it, report its escalation.
import { timeRuleSchema } from '../calendar/time-rule.ts';
import type { EscalateTaskInput } from '../effects/task.ts';
import { call, go, listen, type Field, type Outcome, type Resumption, type Visit } from '../step.ts';
import { durationSchema, nameSchema } from './shapes.ts';

/** What happens when the deadline passes without an answer. */
export type OnTimeout = 'escalate' | 'skip' | 'hold';

/** Properties of the config: until when somebody has time, and what happens then. */
export const deadlineSchemas = {
  due: timeRuleSchema,
  remindBefore: durationSchema,
  onTimeout: { enum: ['escalate', 'skip', 'hold'] },
  escalateTo: nameSchema,
  escalateWithin: durationSchema,
} as const;

const OVERDUE_WORDS: Field['choices'] & object = {
  escalate: { zh: '升级给别人', en: 'Hand it to another role' },
  skip: { zh: '走“逾期”出口', en: 'Leave by “expired”' },
  hold: { zh: '标红继续等', en: 'Keep waiting, marked in red' },
} satisfies Readonly<Record<OnTimeout, unknown>>;

/** The fields of {@link deadlineSchemas}; by what name people know the deadline is the step's. */
export const deadlineFields = (due: Field['label']): readonly Field[] => [
  { key: 'due', as: 'time', label: due },
  { key: 'remindBefore', as: 'duration', label: { zh: '到期前多久提醒', en: 'Remind before' } },
  {
    key: 'onTimeout',
    as: 'choice',
    label: { zh: '逾期怎么办', en: 'When overdue' },
    choices: OVERDUE_WORDS,
    help: {
      zh: '升级给别人、走“逾期”出口，或标红继续等。',
      en: 'Hand it to another role, leave by “expired”, or keep waiting, marked in red.',
    },
  },
  { key: 'escalateTo', as: 'role', label: { zh: '升级给谁', en: 'Escalate to' } },
  { key: 'escalateWithin', as: 'duration', label: { zh: '升级后再给多久', en: 'Then due within' } },
];

/** The input of the effect `escalate-task`. */
export const escalation = ({
  onTimeout,
  escalateTo,
  escalateWithin,
}: {
  readonly onTimeout?: OnTimeout | undefined;
  readonly escalateTo?: string | undefined;
  readonly escalateWithin?: string | undefined;
}): EscalateTaskInput => ({
  policy: onTimeout === 'hold' ? 'hold' : 'escalate',
  ...(escalateTo === undefined ? {} : { to: escalateTo }),
  ...(escalateWithin === undefined ? {} : { within: escalateWithin }),
});

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
