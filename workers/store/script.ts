// The script of a run, read once, and its commands as rows that become due.
import { anchorsIn } from '../../engine/effects/instant.ts';
import type { Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { Plan } from '../../engine/plan.ts';
import type { Control } from '../../engine/run/protocol.ts';
import {
  EMPTY_SCRIPT,
  instantOfControl,
  parseScript,
  type Script,
  type ScriptedControl,
} from '../../engine/script.ts';
import { steps } from '../../engine/steps/index.ts';
import type { Due } from './due-rows.ts';
import type { RunFacts } from './run.ts';

/** Scripts never change during a run. */
const read = new Map<string, Script>();
const KEPT = 100;

/** The script of a run; entries that fit nothing were refused at launch and are passed over here. */
export function scriptOf(run: Pick<RunFacts, 'id' | 'script' | 'plan'>): Script {
  if (run.script.length === 0) return EMPTY_SCRIPT;
  let known = read.get(run.id);
  if (known === undefined) {
    known = parseScript(run.script, run.plan, steps).script;
    if (read.size >= KEPT) read.clear();
    read.set(run.id, known);
  }
  return known;
}

/** The commands of a script at their instants, for the shard 0 of a run that starts now. */
export function scriptedControls(
  plan: Plan,
  {
    script,
    params,
    startAt,
  }: { readonly script: readonly JsonObject[]; readonly params: JsonObject; readonly startAt: Instant },
): Omit<Due, 'run' | 'shard'>[] {
  const { zone } = plan;
  const anchors = anchorsIn(params, zone);
  return parseScript(script, plan, steps).script.controls.flatMap((entry, index) => {
    const at = instantOfControl(entry, { start: startAt, zone, anchors });
    if (at === undefined) return [];
    const { params: changed, texts } = entry;
    const control = controlOf(entry, plan, zone);
    return [
      {
        at,
        key: `control/${index}`,
        payload: {
          kind: 'control' as const,
          ...(control === undefined ? {} : { control }),
          ...(changed === undefined ? {} : { params: changed }),
          ...(texts === undefined ? {} : { texts }),
        },
      },
    ];
  });
}

function controlOf(entry: ScriptedControl, plan: Plan, zone: string): Control | undefined {
  switch (entry.control) {
    case 'pause':
      return { do: 'pause' };
    case 'resume':
      return { do: 'resume', policy: entry.policy ?? 'hold' };
    case 'cancel':
      return { do: 'cancel', reason: entry.reason ?? 'cancelled' };
    case 'retime':
    case 'set-param': {
      // A corrected date moves what hangs on it, whichever word the operator used.
      const anchors = Object.keys(anchorsIn(entry.params ?? {}, zone));
      return anchors.length === 0 ? undefined : { do: 'retime', anchors };
    }
    case 'retext':
      return undefined;
    case 'retry':
    case 'skip':
    case 'end': {
      const node = plan.nodes.findIndex(({ id }) => id === entry.node);
      const ordinal = entry.subject === 'campaign' ? 0 : Number(entry.subject?.split('/').at(-1) ?? 0);
      return { do: entry.control, node, ordinal, lap: entry.lap ?? 0 };
    }
  }
}
