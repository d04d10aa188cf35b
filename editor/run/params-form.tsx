// The form that a playbook's parameters make: one field for each, by its type; what has a default is folded away.
// Not the rules (the compiler checks), and no field knows a playbook.
import { Collapse, Input, InputNumber, Select, Switch } from 'antd';
import { useId, type ReactNode } from 'react';
import type { Text } from '../../engine/document.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import { read, useSay, useSpeech } from '../say.ts';

/** A parameter as a playbook declares it. */
interface Param {
  readonly type?: string;
  readonly format?: string;
  readonly title?: string | Text;
  readonly description?: string | Text;
  readonly enum?: readonly string[];
  readonly default?: Json;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}

interface Props {
  readonly schema: JsonObject;
  readonly values: JsonObject;
  readonly change: (values: JsonObject) => void;
  /** What is wrong, by parameter. */
  readonly faults?: Readonly<Record<string, string>>;
}

export function ParamsForm({ schema, values, change, faults = {} }: Props) {
  const say = useSay();
  const properties = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Param>>);
  const required = new Set(Array.isArray(schema['required']) ? (schema['required'] as string[]) : []);
  const field = ([name, param]: [string, Param]): ReactNode => (
    <ParamField
      key={name}
      name={name}
      param={param}
      isRequired={required.has(name)}
      value={values[name]}
      fault={faults[name]}
      change={(value) => {
        const { [name]: _old, ...rest } = values;
        change(value === undefined ? rest : { ...values, [name]: value });
      }}
    />
  );
  const isPlain = ([name, { default: preset }]: [string, Param]): boolean =>
    required.has(name) || preset === undefined;
  const more = properties.filter((it) => !isPlain(it));
  return (
    <>
      <div className="params">{properties.filter(isPlain).map(field)}</div>
      {more.length === 0 ? null : (
        <Collapse
          ghost
          items={[
            {
              key: 'more',
              label: say({
                zh: `更多设置（${more.length} 项，已有默认值）`,
                en: `More (${more.length}, with defaults)`,
              }),
              children: <div className="params">{more.map(field)}</div>,
            },
          ]}
        />
      )}
    </>
  );
}

interface FieldProps {
  readonly name: string;
  readonly param: Param;
  readonly isRequired: boolean;
  readonly value: Json | undefined;
  readonly fault: string | undefined;
  readonly change: (value: Json | undefined) => void;
}

function ParamField({ name, param, isRequired, value, fault, change }: FieldProps) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const id = useId();
  const worded = (it: string | Text | undefined): string =>
    typeof it === 'string' ? it : read(it, language);
  const help = worded(param.description);
  return (
    <div className="row" data-param={name}>
      <label className="caption" htmlFor={id}>
        <span>
          {worded(param.title) || name}
          {isRequired ? (
            <span className="must" aria-label={say({ zh: '必填', en: 'required' })}>
              *
            </span>
          ) : null}
        </span>
      </label>
      <ParamControl id={id} param={param} value={value} isWrong={fault !== undefined} change={change} />
      {help === '' ? null : <p className="help">{help}</p>}
      {fault === undefined ? null : (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
    </div>
  );
}

function ParamControl({
  id,
  param,
  value,
  isWrong,
  change,
}: Pick<FieldProps, 'param' | 'value' | 'change'> & { readonly id: string; readonly isWrong: boolean }) {
  const state = isWrong ? ({ status: 'error' } as const) : {};
  const { type, format, enum: choices, minimum, maximum, maxLength } = param;
  if (choices !== undefined)
    return (
      <Select
        id={id}
        {...state}
        value={typeof value === 'string' ? value : null}
        options={choices.map((it) => ({ value: it, label: it }))}
        onChange={(next: string) => change(next)}
      />
    );
  if (type === 'boolean') return <Switch id={id} checked={value === true} onChange={change} />;
  if (type === 'number' || type === 'integer')
    return (
      <InputNumber
        id={id}
        {...state}
        value={typeof value === 'number' ? value : null}
        {...(minimum === undefined ? {} : { min: minimum })}
        {...(maximum === undefined ? {} : { max: maximum })}
        step={type === 'integer' ? 1 : 0.01}
        onChange={(next) => change(next ?? undefined)}
      />
    );
  if (type === 'string') {
    const text = typeof value === 'string' ? value : '';
    const common = {
      id,
      ...state,
      value: format === 'date-time' ? text.slice(0, 16) : text,
      onChange: ({ target }: { readonly target: { readonly value: string } }) =>
        change(target.value === '' ? undefined : target.value),
    };
    if (format === 'date-time') return <Input type="datetime-local" {...common} />;
    if ((maxLength ?? 0) > 400) return <Input.TextArea autoSize {...common} />;
    return <Input {...common} inputMode={format === 'uri' ? 'url' : 'text'} />;
  }
  return <JsonInput id={id} value={value} change={change} />;
}

/** What has no field of its own is written as JSON; what cannot be read is told by the check. */
function JsonInput({ id, value, change }: Pick<FieldProps, 'value' | 'change'> & { readonly id: string }) {
  return (
    <Input.TextArea
      id={id}
      className="code"
      autoSize
      defaultValue={value === undefined ? '' : JSON.stringify(value, null, 1)}
      onBlur={({ target }) => {
        try {
          change(target.value.trim() === '' ? undefined : (JSON.parse(target.value) as Json));
        } catch {
          change(target.value);
        }
      }}
    />
  );
}
