// The registry of the worker's halves: one for each effect of the language.
import type { EffectName } from '../../engine/effects/index.ts';
import { alert } from './alert.ts';
import { choose } from './choose.ts';
import { closeForm, openForm } from './form.ts';
import { instant } from './instant.ts';
import { launchJourney } from './launch-journey.ts';
import { measure } from './measure.ts';
import { setAttribute, tag } from './member-data.ts';
import { draftReport } from './report.ts';
import { send } from './send.ts';
import { startPlaybook } from './start-playbook.ts';
import { escalateTask, openTask, remindTask } from './task.ts';
import { watch } from './watch.ts';
import { webhook } from './webhook.ts';
import type { Work } from './work.ts';

const works = {
  instant,
  choose,
  measure,
  watch,
  alert,
  send,
  'open-task': openTask,
  'remind-task': remindTask,
  'escalate-task': escalateTask,
  'open-form': openForm,
  'close-form': closeForm,
  tag,
  'set-attribute': setAttribute,
  webhook,
  'draft-report': draftReport,
  'launch-journey': launchJourney,
  'start-playbook': startPlaybook,
} as const satisfies Readonly<Record<EffectName, Work>>;

/** The worker's half of an effect. */
export function effectWork(effect: string): Work {
  return works[effect as EffectName];
}

/** Whether an effect looks at what the run has passed so far. */
export function readsTrace(effect: string): boolean {
  const work = effectWork(effect);
  return work.kind === 'internal' && work.readsTrace;
}
