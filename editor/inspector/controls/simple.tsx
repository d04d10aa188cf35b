// Values of one word or number: names, numbers, choices, yes and no.
import { Input, InputNumber, Select, Switch } from 'antd';
import { useSay } from '../../say.ts';
import type { ControlProps } from '../control.ts';

export function StringControl({ id, value, change }: ControlProps) {
  return (
    <Input
      id={id}
      value={typeof value === 'string' ? value : ''}
      onChange={({ target }) => change(target.value === '' ? undefined : target.value)}
    />
  );
}

export function NumberControl({ id, value, change, schema }: ControlProps) {
  const bound = (key: string) =>
    typeof schema[key] === 'number' ? { [key === 'minimum' ? 'min' : 'max']: schema[key] } : {};
  return (
    <InputNumber
      id={id}
      style={{ width: '100%' }}
      value={typeof value === 'number' ? value : null}
      {...bound('minimum')}
      {...bound('maximum')}
      onChange={(next) => change(next ?? undefined)}
    />
  );
}

export function BooleanControl({ id, value, change }: ControlProps) {
  return <Switch id={id} checked={value === true} onChange={(next) => change(next)} />;
}

/** One of the words of a choice, or several where the value is a list. A value that is no choice is shown as it stands. */
export function ChoiceControl({ id, field, value, change, schema }: ControlProps) {
  const say = useSay();
  const options = Object.entries(field.choices ?? {}).map(([key, words]) => ({
    value: key,
    label: say(words),
  }));
  const shared = { id, allowClear: true, style: { width: '100%' }, options } as const;
  if (schema['type'] === 'array') {
    return (
      <Select<string[]>
        {...shared}
        mode="multiple"
        value={Array.isArray(value) ? value.map(String) : []}
        onChange={(next) => change(next.length === 0 ? undefined : next)}
      />
    );
  }
  return (
    <Select<string>
      {...shared}
      {...(typeof value === 'string' ? { value } : {})}
      placeholder={say({ zh: '请选择', en: 'Choose' })}
      onChange={(next?: string) => change(next)}
    />
  );
}

/** A time of day: `09:00`. */
export function LocalTimeControl({ id, value, change }: ControlProps) {
  return (
    <Input
      id={id}
      type="time"
      value={typeof value === 'string' ? value : ''}
      onChange={({ target }) => change(target.value === '' ? undefined : target.value)}
    />
  );
}
