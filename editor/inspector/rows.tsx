// The fields of a step, or of one row of a list, each with its label, its control and what is wrong with it.
// Which control edits a field follows from the field's kind; no step has a form of its own.
import { LinkOutlined } from '@ant-design/icons';
import { Dropdown, Tag, Tooltip } from 'antd';
import type { ComponentType } from 'react';
import { isWithin } from '../../engine/compile/pointer.ts';
import type { FieldKind } from '../../engine/step.ts';
import { useDesk } from '../document/store.ts';
import { withinNode } from '../problems/where.ts';
import { useSay } from '../say.ts';
import { isParam } from '../values.ts';
import type { ControlProps, RowsProps } from './control.ts';
import { AudienceControl } from './controls/audience.tsx';
import { ConditionControl } from './controls/condition.tsx';
import { DurationControl } from './controls/duration.tsx';
import { JsonControl } from './controls/json.tsx';
import { ListControl } from './controls/list.tsx';
import {
  BooleanControl,
  ChoiceControl,
  NamesControl,
  NumberControl,
  StringControl,
} from './controls/simple.tsx';
import { TextControl } from './controls/text.tsx';
import { TimeControl } from './controls/time.tsx';
import { Faults } from './faults.tsx';

const CONTROLS: Readonly<Partial<Record<FieldKind, ComponentType<ControlProps>>>> = {
  string: StringControl,
  integer: NumberControl,
  number: NumberControl,
  percent: NumberControl,
  boolean: BooleanControl,
  choice: ChoiceControl,
  text: TextControl,
  condition: ConditionControl,
  time: TimeControl,
  duration: DurationControl,
  'local-time': StringControl,
  cron: StringControl,
  zone: StringControl,
  metric: StringControl,
  event: StringControl,
  channel: StringControl,
  audience: AudienceControl,
  role: StringControl,
  tag: NamesControl,
  attribute: StringControl,
  journey: StringControl,
  playbook: StringControl,
  url: StringControl,
  list: ListControl,
};

export function Rows({ prefix, pointer, fields, schema, values, problems, change }: RowsProps) {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Record<string, unknown>>>;
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return (
    <>
      {fields.map((field) => (
        <Row
          key={field.key}
          id={`${prefix}-${field.key}`}
          field={field}
          schema={properties[field.key] ?? {}}
          isRequired={required.includes(field.key)}
          value={values[field.key]}
          pointer={`${pointer}/${field.key}`}
          problems={problems.filter(({ place }) =>
            isWithin(withinNode(place.pointer), `${pointer}/${field.key}`),
          )}
          change={(next) => change(field.key, next)}
          Nested={Rows}
        />
      ))}
    </>
  );
}

function Row(props: ControlProps & { readonly isRequired: boolean }) {
  const { id, field, value, isRequired, problems, change } = props;
  const say = useSay();
  const isNames = field.as !== 'list' && field.as !== 'choice' && props.schema['type'] === 'array';
  const Control = isNames ? NamesControl : (CONTROLS[field.as] ?? JsonControl);
  const param = isParam(value) ? value.param : undefined;
  return (
    <div className="row" data-field={field.key} data-control={id}>
      <div className="caption">
        <label htmlFor={id}>
          {say(field.label)}
          {isRequired ? (
            <span className="must" aria-label={say({ zh: '必填', en: 'required' })}>
              *
            </span>
          ) : null}
        </label>
        <Binding bound={param} bind={(name) => change(name === undefined ? undefined : { param: name })} />
      </div>
      {param === undefined ? <Control {...props} /> : <Tag color="orange">{`{${param}}`}</Tag>}
      {field.help === undefined ? null : <p className="help">{say(field.help)}</p>}
      {field.as === 'list' && Array.isArray(value) ? (
        // What is wrong inside of a row is said there.
        <Faults
          problems={problems.filter(
            ({ place }) => !/^\/\d+\/./.test(withinNode(place.pointer).slice(props.pointer.length)),
          )}
        />
      ) : (
        <Faults problems={problems} />
      )}
    </div>
  );
}

/** Any field can take its value from a parameter, which is filled in at launch. */
function Binding({
  bound,
  bind,
}: {
  readonly bound: string | undefined;
  readonly bind: (name: string | undefined) => void;
}) {
  const say = useSay();
  const params = useDesk(({ history }) => history?.present.document.params);
  const names = Object.keys((params?.['properties'] ?? {}) as object);
  if (names.length === 0) return null;
  const own = { key: '', label: say({ zh: '不用参数', en: 'No parameter' }) };
  const items = [...(bound === undefined ? [] : [own]), ...names.map((name) => ({ key: name, label: name }))];
  return (
    <Dropdown menu={{ items, onClick: ({ key }) => bind(key === '' ? undefined : key) }} trigger={['click']}>
      <Tooltip title={say({ zh: '由参数决定', en: 'Take it from a parameter' })}>
        <button
          type="button"
          className="bind"
          aria-label={say({ zh: '由参数决定', en: 'Take it from a parameter' })}
        >
          <LinkOutlined />
        </button>
      </Tooltip>
    </Dropdown>
  );
}
