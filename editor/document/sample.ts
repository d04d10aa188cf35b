// Values to show a playbook with before anybody has filled it in: defaults and examples of its parameters, and a made-up member.
// Not a launch and not a rehearsal; what is shown with them is said to be an example.
import { parseLocal } from '../../engine/calendar/resolve.ts';
import type { Anchors } from '../../engine/calendar/time-rule.ts';
import { paramsContext } from '../../engine/context.ts';
import type { Playbook } from '../../engine/document.ts';
import { sampleParams } from '../../engine/index.ts';
import { isoOf } from '../../engine/instant.ts';
import { communityOf, personFields } from '../../engine/simulate.ts';
import { anchorNames } from './params.ts';

/** The zone of a playbook that names none. */
export const DEFAULT_ZONE = 'Asia/Shanghai';

export const zoneOf = ({ zone }: Pick<Playbook, 'zone'>): string => zone ?? DEFAULT_ZONE;

/** The dates that times count from, as far as the parameters have values. */
export function sampleAnchors(document: Playbook): Anchors {
  const sample = sampleParams(document);
  return Object.fromEntries(
    anchorNames(document).flatMap((name) => {
      const value = sample[name];
      const at = typeof value === 'string' ? parseLocal(value, zoneOf(document)) : undefined;
      return at === undefined ? [] : [[name, at] as const];
    }),
  );
}

/** The values of a text's placeholders, for one member of the synthetic community. */
export function sampleValues(
  document: Playbook,
  person: number,
  now: number,
): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const community = communityOf(document.rehearsal);
  const anchors = sampleAnchors(document);
  const startedAt = isoOf(now);
  return {
    member: { ...personFields(community, person), joinedAt: startedAt, lastActiveAt: startedAt, idleDays: 0 },
    params: paramsContext(sampleParams(document), anchors),
    run: { id: 'run', name: Object.values(document.title)[0] ?? '', tags: [], startedAt, day: 1 },
    event: { name: 'member.replied', at: startedAt, text: '…' },
    metrics: {},
  };
}
