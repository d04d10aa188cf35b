// The fields of a step, or of one row of a list, each with its label, its control and what is wrong with it.
// Which control edits a field follows from the field's kind; no step has a form of its own.
import { LinkOutlined } from '@ant-design/icons';
import { Dropdown, Tag, Tooltip } from 'antd';
import type { ComponentType } from 'react';
import { isWithin } from '../../engine/compile/pointer.ts';
import type { FieldKind } from '../../engine/step.ts';
import { PARAM_TYPES, paramsOf, paramTitle } from '../document/params.ts';
import { useDesk } from '../document/store.ts';
import { withinNode } from '../problems/where.ts';
import { useSay, useSpeech } from '../say.ts';
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
  LocalTimeControl,
  NumberControl,
  StringControl,
} from './controls/simple.tsx';
import { NamesControl, SuggestControl } from './controls/suggest.tsx';
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
  'local-time': LocalTimeControl,
  cron: StringControl,
  zone: SuggestControl,
  metric: SuggestControl,
  event: SuggestControl,
  channel: SuggestControl,
  audience: AudienceControl,
  role: SuggestControl,
  tag: NamesControl,
  attribute: SuggestControl,
  journey: SuggestControl,
  playbook: StringControl,
  reason: StringControl,
  url: StringControl,
  list: ListControl,
};

export function Rows({ prefix, pointer, fields, schema, values, problems, change, newParam }: RowsProps) {
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
          siblings={{ fields, values }}
          pointer={`${pointer}/${field.key}`}
          problems={problems.filter(({ place }) =>
            isWithin(withinNode(place.pointer), `${pointer}/${field.key}`),
          )}
          change={(next) => change(field.key, next)}
          Nested={Rows}
          {...(newParam === undefined ? {} : { newParam: () => newParam(field) })}
        />
      ))}
    </>
  );
}

function Row(props: ControlProps & { readonly isRequired: boolean; readonly newParam?: () => void }) {
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
        {props.pointer.startsWith('/config/') ? (
          <Binding
            bound={param}
            bind={(name) => change(name === undefined ? undefined : { param: name })}
            newParam={Object.hasOwn(PARAM_TYPES, field.as) ? props.newParam : undefined}
          />
        ) : null}
      </div>
      {param === undefined ? <Control {...props} /> : <Bound name={param} />}
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

// No parameter is called so.
const NEW = '+';

/** Any setting of a step can take its value from a parameter, which is filled in at launch. */
function Binding({
  bound,
  bind,
  newParam,
}: {
  readonly newParam: (() => void) | undefined;
  readonly bound: string | undefined;
  readonly bind: (name: string | undefined) => void;
}) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const document = useDesk(({ history }) => history?.present.document);
  const names = document === undefined ? [] : Object.keys(paramsOf(document));
  if (document === undefined || (names.length === 0 && newParam === undefined)) return null;
  const own = { key: '', label: say({ zh: '不用参数', en: 'No parameter' }) };
  const items = [
    ...(bound === undefined ? [] : [own]),
    ...names.map((name) => ({ key: name, label: paramTitle(document, name, language) })),
    ...(newParam === undefined || bound !== undefined
      ? []
      : [{ key: NEW, label: say({ zh: '＋ 变成新参数', en: '+ Make it a new parameter' }) }]),
  ];
  const choose = (key: string): void => {
    if (key === NEW) newParam?.();
    else bind(key === '' ? undefined : key);
  };
  return (
    <Dropdown menu={{ items, onClick: ({ key }) => choose(key) }} trigger={['click']}>
      <Tooltip title={say({ zh: '由参数决定', en: 'Take it from a parameter' })}>
        <button
          type="button"
          className={`bind${bound === undefined ? '' : ' bound'}`}
          aria-label={say({ zh: '由参数决定', en: 'Take it from a parameter' })}
        >
          <LinkOutlined />
        </button>
      </Tooltip>
    </Dropdown>
  );
}

/** Which parameter decides, by the words that whoever launches reads. */
function Bound({ name }: { readonly name: string }) {
  const language = useSpeech(({ language: it }) => it);
  const document = useDesk(({ history }) => history?.present.document);
  const title = document === undefined ? name : paramTitle(document, name, language);
  return (
    <Tag color="orange" icon={<LinkOutlined />}>
      {title}
      {title === name ? null : <code> {name}</code>}
    </Tag>
  );
}
