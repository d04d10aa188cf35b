// A length of time as people say it: a number and a unit, written as an ISO 8601 duration.
import { InputNumber, Select, Space } from 'antd';
import { useSay, type Words } from '../../say.ts';
import type { ControlProps } from '../control.ts';

export const UNITS = {
  M: { zh: '分钟', en: 'minutes' },
  H: { zh: '小时', en: 'hours' },
  D: { zh: '天', en: 'days' },
  W: { zh: '周', en: 'weeks' },
} as const satisfies Readonly<Record<string, Words>>;
export type Unit = keyof typeof UNITS;

/** A number and a unit of a simple duration; undefined for a composed one. */
export function partsOf(iso: string): { readonly count: number; readonly unit: Unit } | undefined {
  const [, days, dayUnit, time, timeUnit] = /^P(?:(\d+)([DW])|T(\d+)([MH]))$/.exec(iso) ?? [];
  if (days !== undefined) return { count: +days, unit: dayUnit as Unit };
  return time === undefined ? undefined : { count: +time, unit: timeUnit as Unit };
}

export const durationOf = (count: number, unit: Unit): string =>
  unit === 'M' || unit === 'H' ? `PT${count}${unit}` : `P${count}${unit}`;

type Props = Pick<ControlProps, 'id' | 'value' | 'change'> & {
  /** What is taken where nothing is filled in. */
  readonly hint?: string;
};

export function DurationControl({ id, value, change, hint = '' }: Props) {
  const say = useSay();
  const usual = partsOf(hint);
  const { count, unit } = (typeof value === 'string' ? partsOf(value) : undefined) ?? {
    count: null,
    unit: usual?.unit ?? 'H',
  };
  return (
    <Space.Compact style={{ width: '100%' }}>
      <InputNumber
        id={id}
        min={0}
        precision={0}
        value={count}
        placeholder={typeof value === 'string' ? value : String(usual?.count ?? '')}
        onChange={(next) => change(next === null ? undefined : durationOf(next, unit))}
      />
      <Select
        value={unit}
        aria-label={say({ zh: '单位', en: 'Unit' })}
        options={Object.entries(UNITS).map(([key, words]) => ({ value: key, label: say(words) }))}
        onChange={(next: Unit) => change(durationOf(count ?? 1, next))}
      />
    </Space.Compact>
  );
}
