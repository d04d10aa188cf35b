// The form that a playbook's parameters make: one field for each, by its type; what has a default is folded away.
// Not the rules (the compiler checks), and no field knows a playbook.
import { Collapse } from 'antd';
import { useId, type ReactNode } from 'react';
import type { Playbook, Text } from '../../engine/document.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import type { Field } from '../../engine/step.ts';
import { boundField } from '../document/bound-field.ts';
import type { ParamSchema } from '../document/params.ts';
import { ParamValue } from '../inspector/param-value.tsx';
import { read, useSay, useSpeech } from '../say.ts';
import { isRecord } from '../values.ts';

interface Props {
  /** Its steps know more of their parameters. */
  readonly document: Playbook;
  readonly schema: JsonObject;
  readonly values: JsonObject;
  readonly change: (values: JsonObject) => void;
  /** What is wrong, by parameter. */
  readonly faults?: Readonly<Record<string, string>>;
}

export function ParamsForm({ document, schema, values, change, faults = {} }: Props) {
  const say = useSay();
  const properties = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, ParamSchema>>);
  const required = new Set(Array.isArray(schema['required']) ? (schema['required'] as string[]) : []);
  const field = ([name, param]: [string, ParamSchema]): ReactNode => (
    <ParamField
      key={name}
      name={name}
      param={param}
      field={boundField(document, name)}
      isRequired={required.has(name)}
      value={values[name]}
      fault={faults[name]}
      change={(value) => {
        const { [name]: _old, ...rest } = values;
        change(value === undefined ? rest : { ...values, [name]: value });
      }}
    />
  );
  const isPlain = ([name, { default: preset }]: [string, ParamSchema]): boolean =>
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
  readonly param: ParamSchema;
  readonly field: Field | undefined;
  readonly isRequired: boolean;
  readonly value: Json | undefined;
  readonly fault: string | undefined;
  readonly change: (value: Json | undefined) => void;
}

function ParamField({ name, param, field, isRequired, value, fault, change }: FieldProps) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const id = useId();
  const worded = (it: Json | undefined): string =>
    typeof it === 'string' ? it : isRecord(it) ? read(it as Text, language) : '';
  const help = worded(param['description']);
  return (
    <div className="row" data-param={name}>
      <label className="caption" htmlFor={id}>
        <span>
          {worded(param['title']) || name}
          {isRequired ? (
            <span className="must" aria-label={say({ zh: '必填', en: 'required' })}>
              *
            </span>
          ) : null}
        </span>
      </label>
      <ParamValue
        id={id}
        schema={param}
        field={field}
        value={value}
        isWrong={fault !== undefined}
        change={change}
      />
      {help === '' ? null : <p className="help">{help}</p>}
      {fault === undefined ? null : (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
    </div>
  );
}
