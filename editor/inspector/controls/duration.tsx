// A length of time as people say it: a number and a unit, written as an ISO 8601 duration.
import { InputNumber, Select, Space } from 'antd';
import { useSay } from '../../say.ts';
import type { ControlProps } from '../control.ts';
import { durationOf, partsOf, UNITS, type Unit } from '../lengths.ts';

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
