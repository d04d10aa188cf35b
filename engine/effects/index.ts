// The registry of effects: everything that a step can have done or asked.
// Not who does it: workers/effects/ and the rehearsal each gather the facts for the same decisions.
import type { EffectDefinition } from '../effect.ts';
import { alert } from './alert.ts';
import { choose } from './choose.ts';
import { closeForm, openForm } from './form.ts';
import { instant } from './instant.ts';
import { launchJourney, startPlaybook } from './launch.ts';
import { measure } from './measure.ts';
import { setAttribute, tag } from './member-data.ts';
import { draftReport } from './report.ts';
import { send } from './send.ts';
import { escalateTask, openTask, remindTask } from './task.ts';
import { watch } from './watch.ts';
import { webhook } from './webhook.ts';

/** Every effect by its name. */
export const effects = {
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
} as const satisfies Readonly<Record<string, EffectDefinition<string, string, never, never>>>;

/** The name of an effect. */
export type EffectName = keyof typeof effects;

/** The input that an effect takes from a node's config. */
export type InputOf<Name extends EffectName> = Parameters<(typeof effects)[Name]['decide']>[0];
