// The event that launches a playbook, as its start says.
// Not the launching: see workers/store/trigger.ts.
import type { Json } from './json.ts';
import type { Plan } from './plan.ts';

/** What the start of a version waits for. */
export interface Awaits {
  readonly event: string;
  /** As CEL; empty when any such event will do. */
  readonly where: string;
}

/** What the start of a plan waits for; undefined when it is launched otherwise. */
export function awaitedAtStart({ nodes, graphs }: Plan): Awaits | undefined {
  const { trigger, event, where } = (nodes[graphs[0]!.start]?.config ?? {}) as {
    readonly trigger?: Json;
    readonly event?: Json;
    readonly where?: { readonly cel: string };
  };
  return trigger === 'event' && typeof event === 'string' ? { event, where: where?.cel ?? '' } : undefined;
}
