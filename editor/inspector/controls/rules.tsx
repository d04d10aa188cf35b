// The rules of a condition: a field, a comparison and a value each, in groups that may stand inside each other.
// Fields, comparisons and kinds of values come from the schema; nothing here knows a particular field.
import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, DatePicker, Input, InputNumber, Select, Space } from 'antd';
import dayjs from 'dayjs';
import { FIELD_ROOTS, fieldOf, OPERATORS_OF } from '../../../engine/language/rule.ts';
import type {
  FieldRoot,
  FieldSchema,
  FieldType,
  Operator,
  Rule,
  RuleGroup,
  RuleValue,
} from '../../../engine/language/rule.ts';
import { sayOperator } from '../../../engine/language/say-condition.ts';
import { localeOf, read, useSay, useSpeech, type Words } from '../../say.ts';

interface GroupProps {
  readonly id: string;
  readonly group: RuleGroup;
  readonly fields: FieldSchema;
  readonly change: (group: RuleGroup) => void;
  /** Takes the group away, where it stands in another. */
  readonly remove?: () => void;
  readonly depth?: number;
}

/** What the roots are called in a list of fields. */
const ROOTS: Readonly<Record<FieldRoot, Words>> = {
  member: { zh: '成员', en: 'Member' },
  event: { zh: '事件', en: 'Event' },
  run: { zh: '这次活动', en: 'This run' },
  params: { zh: '参数', en: 'Parameters' },
  metrics: { zh: '指标', en: 'Metrics' },
};

/** Deeper groups nobody reads. */
const DEEPEST = 3;

export function GroupForm({ id, group, fields, change, remove, depth = 1 }: GroupProps) {
  const say = useSay();
  const { rules } = group;
  const set = (at: number, next: Rule | RuleGroup | undefined): void =>
    change({ ...group, rules: next === undefined ? rules.toSpliced(at, 1) : rules.with(at, next) });
  return (
    <fieldset className="rule-group" aria-label={say({ zh: '一组规则', en: 'A group of rules' })}>
      <div className="rule-head">
        <Select<string>
          size="small"
          id={depth === 1 ? id : `${id}-of`}
          aria-label={say({ zh: '怎么合起来', en: 'How they are joined' })}
          value={`${group.not === true ? 'not-' : ''}${group.combinator}`}
          options={[
            { value: 'and', label: say({ zh: '全部成立', en: 'All of these' }) },
            { value: 'or', label: say({ zh: '任一成立', en: 'Any of these' }) },
            { value: 'not-and', label: say({ zh: '不是全部成立', en: 'Not all of these' }) },
            { value: 'not-or', label: say({ zh: '都不成立', en: 'None of these' }) },
          ]}
          onChange={(next) => {
            const { not: _not, ...rest } = group;
            const combinator = next.endsWith('or') ? 'or' : 'and';
            change(next.startsWith('not') ? { ...rest, combinator, not: true } : { ...rest, combinator });
          }}
        />
        {remove === undefined ? null : <RemoveButton onClick={remove} />}
      </div>
      {rules.map((rule, at) =>
        'rules' in rule ? (
          <GroupForm
            key={at}
            id={`${id}-${at}`}
            group={rule}
            fields={fields}
            depth={depth + 1}
            change={(next) => set(at, next)}
            remove={() => set(at, undefined)}
          />
        ) : (
          <RuleForm
            key={at}
            id={`${id}-${at}`}
            rule={rule}
            fields={fields}
            change={(next) => set(at, next)}
            remove={() => set(at, undefined)}
          />
        ),
      )}
      <Space size="small" wrap>
        <Button
          size="small"
          type="dashed"
          icon={<PlusOutlined />}
          onClick={() => change({ ...group, rules: [...rules, firstRule(fields)] })}
        >
          {say({ zh: '加一条规则', en: 'Add a rule' })}
        </Button>
        {depth < DEEPEST && rules.length > 0 ? (
          <Button
            size="small"
            type="text"
            onClick={() =>
              change({ ...group, rules: [...rules, { combinator: 'or', rules: [firstRule(fields)] }] })
            }
          >
            {say({ zh: '加一组', en: 'Add a group' })}
          </Button>
        ) : null}
      </Space>
    </fieldset>
  );
}

/** The first field there is, with its first comparison. */
function firstRule(fields: FieldSchema): Rule {
  const root = FIELD_ROOTS.find((it) => Object.keys(fields[it] ?? {}).length > 0) ?? 'member';
  const name =
    root === 'member' && fields.member?.['tags'] !== undefined ? 'tags' : Object.keys(fields[root] ?? {})[0];
  return begun(`${root}.${name}`, fields);
}

function begun(field: string, fields: FieldSchema): Rule {
  const type = fieldOf(field, fields)?.type ?? 'string';
  const operator = OPERATORS_OF[type][0]!;
  return { field, operator, value: BEGINNINGS[type] };
}

const BEGINNINGS: Readonly<Record<FieldType, RuleValue>> = {
  string: '',
  number: 0,
  boolean: true,
  instant: '',
  strings: '',
};

interface RuleProps {
  readonly id: string;
  readonly rule: Rule;
  readonly fields: FieldSchema;
  readonly change: (rule: Rule) => void;
  readonly remove: () => void;
}

function RuleForm({ id, rule, fields, change, remove }: RuleProps) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const type = fieldOf(rule.field, fields)?.type ?? 'string';
  const takesValue = rule.operator !== 'null' && rule.operator !== 'notNull';
  return (
    <div className="rule">
      <FieldSelect
        id={`${id}-field`}
        label={say({ zh: '字段', en: 'Field' })}
        value={rule.field}
        fields={fields}
        change={(field) => {
          const next = begun(field, fields);
          const nextType = fieldOf(field, fields)?.type ?? 'string';
          change(nextType === type ? { ...rule, field } : next);
        }}
      />
      <Select<string>
        id={`${id}-operator`}
        aria-label={say({ zh: '比较', en: 'Comparison' })}
        value={rule.operator}
        options={OPERATORS_OF[type].map((it) => ({ value: it, label: sayOperator(it, localeOf(language)) }))}
        onChange={(operator) => change(withOperator(rule, operator as Operator, type))}
      />
      {takesValue ? (
        <ValueForm id={`${id}-value`} rule={rule} type={type} fields={fields} change={change} />
      ) : null}
      <RemoveButton onClick={remove} />
    </div>
  );
}

/** The same rule with another comparison: its value stays where it still fits. */
function withOperator(rule: Rule, operator: Operator, type: FieldType): Rule {
  const { value, valueSource, ...rest } = rule;
  if (operator === 'null' || operator === 'notNull') return { ...rest, operator };
  const isMany = ['in', 'notIn', 'between', 'notBetween'].includes(operator);
  if (isMany) return { ...rest, operator, value: Array.isArray(value) ? value : [] };
  const single = Array.isArray(value) ? (value[0] as RuleValue | undefined) : value;
  const source = valueSource === undefined ? {} : { valueSource };
  return { ...rest, ...source, operator, value: single ?? BEGINNINGS[type] };
}

function FieldSelect({
  id,
  label,
  value,
  fields,
  type,
  change,
}: {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly fields: FieldSchema;
  /** Only fields of this type. */
  readonly type?: FieldType;
  readonly change: (field: string) => void;
}) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const options = FIELD_ROOTS.map((root) => ({
    label: say(ROOTS[root]),
    options: Object.entries(fields[root] ?? {})
      .filter(([, field]) => type === undefined || field.type === type)
      .map(([key, field]) => {
        const said = read(field.label, language);
        return { value: `${root}.${key}`, label: said === '' ? key : said, search: `${said} ${root}.${key}` };
      }),
  })).filter((group) => group.options.length > 0);
  return (
    <Select<string>
      id={id}
      aria-label={label}
      showSearch={{
        filterOption: (input, option) =>
          String((option as { search?: string } | undefined)?.search ?? '')
            .toLowerCase()
            .includes(input.toLowerCase()),
      }}
      popupMatchSelectWidth={260}
      value={value}
      options={options}
      onChange={change}
    />
  );
}

interface ValueProps {
  readonly id: string;
  readonly rule: Rule;
  readonly type: FieldType;
  readonly fields: FieldSchema;
  readonly change: (rule: Rule) => void;
}

/** What a rule compares with: a value of the field's type, several, a range, or another field. */
function ValueForm({ id, rule, type, fields, change }: ValueProps) {
  const say = useSay();
  const { valueSource: _source, ...own } = rule;
  const isMany = rule.operator === 'in' || rule.operator === 'notIn';
  const isRange = rule.operator === 'between' || rule.operator === 'notBetween';
  const label = say({ zh: '值', en: 'Value' });
  const one = (value: RuleValue | undefined, set: (next: RuleValue) => void, control = id) => (
    <OneValue
      id={control}
      label={label}
      type={type === 'strings' ? 'string' : type}
      value={value}
      change={set}
    />
  );
  if (isMany) {
    return (
      <Select<string[]>
        id={id}
        aria-label={label}
        mode="tags"
        value={Array.isArray(rule.value) ? rule.value.map(String) : []}
        tokenSeparators={[',', '，', '、']}
        onChange={(next) =>
          change({ ...own, value: type === 'number' ? next.map(Number).filter(Number.isFinite) : next })
        }
      />
    );
  }
  if (isRange) {
    const [from, to] = Array.isArray(rule.value) ? (rule.value as readonly (string | number)[]) : [];
    const pair = (a: RuleValue | undefined, b: RuleValue | undefined): readonly (string | number)[] =>
      [a ?? BEGINNINGS[type], b ?? BEGINNINGS[type]] as (string | number)[];
    return (
      <Space.Compact>
        {one(from, (next) => change({ ...own, value: pair(next, to) }))}
        {one(to, (next) => change({ ...own, value: pair(from, next) }), `${id}-to`)}
      </Space.Compact>
    );
  }
  const element = type === 'strings' ? 'string' : type;
  if (rule.valueSource === 'field') {
    return (
      <span className="rule-value">
        <FieldSelect
          id={id}
          label={say({ zh: '另一个字段', en: 'Another field' })}
          value={String(rule.value ?? '')}
          fields={fields}
          type={element}
          change={(field) => change({ ...rule, value: field })}
        />
        <Turn
          says={{ zh: '改成固定值', en: 'Use a value' }}
          onClick={() => change({ ...own, value: BEGINNINGS[type] })}
        />
      </span>
    );
  }
  return (
    <span className="rule-value">
      {one(rule.value, (next) => change({ ...own, value: next }))}
      {type === 'boolean' ? null : (
        <Turn
          says={{ zh: '和字段比', en: 'Use a field' }}
          onClick={() => {
            const other = FIELD_ROOTS.flatMap((root) =>
              Object.entries(fields[root] ?? {}).map(([key, it]) => ({
                path: `${root}.${key}`,
                type: it.type,
              })),
            ).find((it) => it.type === element && it.path !== rule.field);
            if (other !== undefined) change({ ...own, value: other.path, valueSource: 'field' });
          }}
        />
      )}
    </span>
  );
}

function Turn({ says, onClick }: { readonly says: Words; readonly onClick: () => void }) {
  const say = useSay();
  return (
    <Button size="small" type="link" onClick={onClick}>
      {say(says)}
    </Button>
  );
}

function OneValue({
  id,
  label,
  type,
  value,
  change,
}: {
  readonly id: string;
  readonly label: string;
  readonly type: Exclude<FieldType, 'strings'>;
  readonly value: RuleValue | undefined;
  readonly change: (value: RuleValue) => void;
}) {
  const say = useSay();
  const shared = { id, 'aria-label': label } as const;
  switch (type) {
    case 'number':
      return (
        <InputNumber
          {...shared}
          value={typeof value === 'number' ? value : Number(value ?? 0)}
          onChange={(next) => change(next ?? 0)}
        />
      );
    case 'boolean':
      return (
        <Select<string>
          {...shared}
          value={String(value)}
          options={[
            { value: 'true', label: say({ zh: '是', en: 'yes' }) },
            { value: 'false', label: say({ zh: '否', en: 'no' }) },
          ]}
          onChange={(next) => change(next === 'true')}
        />
      );
    case 'instant':
      return (
        <DatePicker
          {...shared}
          showTime={{ format: 'HH:mm' }}
          value={typeof value === 'string' && value !== '' && dayjs(value).isValid() ? dayjs(value) : null}
          onChange={(next) => change(next === null || Array.isArray(next) ? '' : next.toISOString())}
        />
      );
    case 'string':
      return (
        <Input
          {...shared}
          value={typeof value === 'string' ? value : ''}
          onChange={({ target }) => change(target.value)}
        />
      );
  }
}

function RemoveButton({ onClick }: { readonly onClick: () => void }) {
  const say = useSay();
  return (
    <Button
      type="text"
      size="small"
      danger
      icon={<DeleteOutlined />}
      aria-label={say({ zh: '删除规则', en: 'Remove the rule' })}
      onClick={onClick}
    />
  );
}
