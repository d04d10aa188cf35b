// The registry of step types, in the order in which a palette shows them.
// An explicit list: every tool can read it, and the names of all steps follow from it.
import type { StepDefinition } from '../step.ts';
import { approval } from './approval.ts';
import { branchMetric } from './branch-metric.ts';
import { branch } from './branch.ts';
import { collectForm } from './collect-form.ts';
import { end } from './end.ts';
import { enter } from './enter.ts';
import { exit } from './exit.ts';
import { humanTask } from './human-task.ts';
import { join } from './join.ts';
import { journey } from './journey.ts';
import { parallel } from './parallel.ts';
import { repeat } from './repeat.ts';
import { report } from './report.ts';
import { runPlaybook } from './run-playbook.ts';
import { sendMessage } from './send-message.ts';
import { setAttribute } from './set-attribute.ts';
import { split } from './split.ts';
import { start } from './start.ts';
import { tag } from './tag.ts';
import { waitForEvent } from './wait-for-event.ts';
import { waitUntil } from './wait-until.ts';
import { wait } from './wait.ts';
import { watch } from './watch.ts';
import { webhook } from './webhook.ts';

/** Every step type by its name. */
export const steps = {
  start,
  enter,
  'send-message': sendMessage,
  wait,
  'wait-until': waitUntil,
  'wait-for-event': waitForEvent,
  branch,
  'branch-metric': branchMetric,
  split,
  parallel,
  join,
  repeat,
  journey,
  'run-playbook': runPlaybook,
  'human-task': humanTask,
  approval,
  'collect-form': collectForm,
  tag,
  'set-attribute': setAttribute,
  watch,
  webhook,
  report,
  exit,
  end,
} as const satisfies Readonly<Record<string, StepDefinition>>;
