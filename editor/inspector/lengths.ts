// Lengths of time as one number and one unit, and as ISO 8601 writes them. Pure; the inputs are controls/duration.tsx and time.tsx.
import type { Words } from '../words.ts';

export const UNITS = {
  M: { zh: '分钟', en: 'minutes' },
  H: { zh: '小时', en: 'hours' },
  D: { zh: '天', en: 'days' },
  W: { zh: '周', en: 'weeks' },
} as const satisfies Readonly<Record<string, Words>>;
export type Unit = keyof typeof UNITS;

const MINUTES: Readonly<Record<Unit, number>> = { M: 1, H: 60, D: 1_440, W: 10_080 };

/** A duration as one number and one unit, a composed one (a day and two hours) in its smallest; undefined with seconds in it. */
export function partsOf(iso: string): { readonly count: number; readonly unit: Unit } | undefined {
  const found = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(iso);
  const given = (['W', 'D', 'H', 'M'] as const).flatMap((unit, index) => {
    const count = found?.[index + 1];
    return count === undefined ? [] : [{ count: +count, unit }];
  });
  const smallest = given.at(-1);
  if (smallest === undefined) return undefined;
  const minutes = given.reduce((sum, { count, unit }) => sum + count * MINUTES[unit], 0);
  return { count: minutes / MINUTES[smallest.unit], unit: smallest.unit };
}

export const durationOf = (count: number, unit: Unit): string =>
  unit === 'M' || unit === 'H' ? `PT${count}${unit}` : `P${count}${unit}`;
