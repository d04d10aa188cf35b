// A value of a parameter by its kind: one input for defaults, examples, launches and templates alike.
// Not the words around it, and not the rules, which the compiler checks.
import { Input, InputNumber, Select } from 'antd';
import type { Json, JsonObject } from '../../engine/json.ts';
import type { Field } from '../../engine/step.ts';
import type { ParamSchema } from '../document/params.ts';
import { useSay, type Words } from '../say.ts';
import { isRecord } from '../values.ts';
import { DurationControl } from './controls/duration.tsx';
import { inPercent, isShare, ofPercent } from './share.ts';

/** The kinds of parameters, and the schema that each begins with. */
export const KINDS: readonly (Words & { readonly kind: string; readonly schema: JsonObject })[] = [
  { kind: 'text', zh: '文字', en: 'Text', schema: { type: 'string' } },
  { kind: 'date', zh: '日期和时间', en: 'Date and time', schema: { type: 'string', format: 'date-time' } },
  { kind: 'integer', zh: '整数', en: 'Whole number', schema: { type: 'integer' } },
  { kind: 'number', zh: '数字', en: 'Number', schema: { type: 'number' } },
  { kind: 'boolean', zh: '是或否', en: 'Yes or no', schema: { type: 'boolean' } },
  { kind: 'choice', zh: '选项', en: 'Choice', schema: { type: 'string', enum: ['a', 'b'] } },
  { kind: 'list', zh: '几项文字', en: 'Several texts', schema: { type: 'array', items: { type: 'string' } } },
  { kind: 'uri', zh: '网址', en: 'Web address', schema: { type: 'string', format: 'uri' } },
  { kind: 'duration', zh: '时长', en: 'Duration', schema: { type: 'string', format: 'duration' } },
  { kind: 'local-time', zh: '几点', en: 'Time of day', schema: { type: 'string', format: 'local-time' } },
  { kind: 'time-zone', zh: '时区', en: 'Time zone', schema: { type: 'string', format: 'time-zone' } },
];

/** What kind a schema makes a parameter. */
export function kindOf({ type, format, enum: choices, items }: ParamSchema): string {
  if (Array.isArray(choices)) return 'choice';
  // Only lists of texts have an input of their own.
  if (type === 'array') return isRecord(items) && items['type'] !== 'string' ? 'object' : 'list';
  if (format === 'date-time') return 'date';
  if (typeof format === 'string') return format;
  return typeof type !== 'string' || type === 'string' ? 'text' : type;
}

/** The choices of a parameter, as texts. */
export const choicesOf = ({ enum: choices }: ParamSchema): string[] =>
  Array.isArray(choices) ? textsOf(choices as readonly Json[]) : [];

const textsOf = (values: readonly Json[]): string[] =>
  values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));

interface Props {
  readonly id: string;
  readonly schema: ParamSchema;
  /** The field of a step that takes it: knows words for its choices, and what is counted in per cent. */
  readonly field?: Field | undefined;
  readonly value: Json | undefined;
  readonly change: (value: Json | undefined) => void;
  readonly isWrong?: boolean;
  /** What is taken where nothing is filled in, shown until something is. */
  readonly hint?: string;
}

/** Texts that may be longer are written on several lines. */
const LINE = 400;

export function ParamValue(props: Props) {
  const { id, schema, value, change, isWrong = false, hint = '' } = props;
  const kind = kindOf(schema);
  const state = { id, placeholder: hint, ...(isWrong ? ({ status: 'error' } as const) : {}) };
  const text = typeof value === 'string' ? value : '';
  const take = ({ target }: { readonly target: { readonly value: string } }): void =>
    change(target.value === '' ? undefined : target.value);
  switch (kind) {
    case 'integer':
    case 'number':
      return <NumberValue {...props} isWhole={kind === 'integer'} />;
    case 'boolean':
    case 'choice':
    case 'list':
      return <Choice {...props} kind={kind} />;
    case 'duration':
      return <DurationControl id={id} value={value} hint={hint} change={change} />;
    case 'date':
      return <Input {...state} type="datetime-local" value={text.slice(0, 16)} onChange={take} />;
    case 'local-time':
      return <Input {...state} type="time" value={text} onChange={take} />;
    case 'object':
      return <JsonInput id={id} value={value} change={change} />;
    default:
      return Number(schema['maxLength'] ?? 0) > LINE ? (
        <Input.TextArea {...state} autoSize value={text} onChange={take} />
      ) : (
        <Input {...state} inputMode={kind === 'uri' ? 'url' : 'text'} value={text} onChange={take} />
      );
  }
}

const WIDE = { width: '100%' } as const;

function NumberValue({
  id,
  schema,
  field,
  value,
  change,
  isWrong,
  isWhole,
  hint = '',
}: Props & { readonly isWhole: boolean }) {
  const { minimum, maximum } = schema;
  const isPart = isShare(schema);
  const shown = (it: number): number => (isPart ? inPercent(it) : it);
  return (
    <InputNumber
      id={id}
      placeholder={hint === '' ? '' : String(shown(Number(hint)))}
      {...(isPart || field?.as === 'percent' ? { suffix: '%' } : {})}
      {...(isWrong === true ? ({ status: 'error' } as const) : {})}
      style={WIDE}
      value={typeof value === 'number' ? shown(value) : null}
      {...(typeof minimum === 'number' ? { min: shown(minimum) } : {})}
      {...(typeof maximum === 'number' ? { max: shown(maximum) } : {})}
      step={isWhole ? 1 : shown(0.01)}
      onChange={(next) => change(next === null ? undefined : isPart ? ofPercent(next) : next)}
    />
  );
}

function Choice({
  id,
  schema,
  field,
  value,
  change,
  isWrong,
  hint = '',
  kind,
}: Props & { readonly kind: 'boolean' | 'choice' | 'list' }) {
  const say = useSay();
  const words = (it: string): string => {
    const own = field?.choices;
    return own !== undefined && Object.hasOwn(own, it) ? say(own[it]!) : it;
  };
  const state = {
    id,
    style: WIDE,
    placeholder: words(hint),
    ...(isWrong === true ? ({ status: 'error' } as const) : {}),
  };
  if (kind === 'list')
    return (
      <Select<string[]>
        {...state}
        mode="tags"
        value={Array.isArray(value) ? textsOf(value as readonly Json[]) : []}
        onChange={(next) => change(next.length === 0 ? undefined : next)}
      />
    );
  if (kind === 'choice')
    return (
      <Select<string>
        {...state}
        allowClear
        {...(typeof value === 'string' && value !== '' ? { value } : {})}
        options={choicesOf(schema).map((it) => ({ value: it, label: words(it) }))}
        onChange={(next?: string) => change(next)}
      />
    );
  return (
    <Select<string>
      {...state}
      allowClear
      {...(typeof value === 'boolean' ? { value: String(value) } : {})}
      options={[
        { value: 'true', label: say({ zh: '是', en: 'yes' }) },
        { value: 'false', label: say({ zh: '否', en: 'no' }) },
      ]}
      onChange={(next?: string) => change(next === undefined ? undefined : next === 'true')}
    />
  );
}

/** What has no field of its own is written as JSON; what cannot be read is told by the check. */
function JsonInput({ id, value, change }: Pick<Props, 'id' | 'value' | 'change'>) {
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
