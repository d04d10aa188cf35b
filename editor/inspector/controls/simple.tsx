// Values of one word or number: names, numbers, choices, yes and no.
import { Input, InputNumber, Select, Switch } from 'antd';
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

export function ChoiceControl({ id, value, change, schema }: ControlProps) {
  const choices = Array.isArray(schema['enum']) ? schema['enum'].map(String) : [];
  return (
    <Select
      id={id}
      allowClear
      style={{ width: '100%' }}
      value={typeof value === 'string' ? value : undefined}
      options={choices.map((choice) => ({ value: choice, label: choice }))}
      onChange={(next?: string) => change(next)}
    />
  );
}

/** Several names, such as tags: typed freely, one after the other. */
export function NamesControl({ id, value, change }: ControlProps) {
  const names = Array.isArray(value)
    ? value.filter((it) => typeof it === 'string')
    : typeof value === 'string'
      ? [value]
      : [];
  return (
    <Select
      id={id}
      mode="tags"
      style={{ width: '100%' }}
      value={names}
      tokenSeparators={[',', '，', '、']}
      onChange={(next: string[]) => change(next.length === 0 ? undefined : next)}
    />
  );
}
