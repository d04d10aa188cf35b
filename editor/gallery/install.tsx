// Beginning with a template: its parameters are filled in, and what the team lacks is named and can be mapped.
import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Modal, Skeleton } from 'antd';
import { useId, useState } from 'react';
import type { Playbook } from '../../engine/document.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import type { Field } from '../../engine/step.ts';
import { api, ask } from '../api.ts';
import { Drawing } from '../drawing/drawing.tsx';
import { CAMPAIGN } from '../document/graphs.ts';
import { boundField } from '../document/bound-field.ts';
import { ParamValue } from '../inspector/param-value.tsx';
import { read, useSay, useSpeech } from '../say.ts';
import { isRecord } from '../values.ts';
import { Lacking } from './lacking.tsx';
import {
  KINDS,
  missingOf,
  nameOfNeed,
  NEED_WORDS,
  needsOf,
  renamed,
  unknownSteps,
  type Mapping,
  type NeedKind,
  type Needs,
} from './needs.ts';

/** The simulator is always there. Roles of the team stand for those who have them. */
const ALWAYS = { channel: ['simulator'], role: ['owner', 'designer', 'operator', 'approver'] } as const;

/** What a team has, by name. */
function useHas(): Needs | undefined {
  const has = useQuery({
    queryKey: ['has'],
    queryFn: async (): Promise<Needs> => {
      const [channels, attributes, playbooks] = await Promise.all([
        ask<{ readonly channels: readonly { readonly name: string }[] }>('GET', '/api/channels'),
        ask<{ readonly attributes: readonly { readonly key: string }[] }>('GET', '/api/attributes'),
        api.playbooks(),
      ]);
      return {
        channel: [...new Set([...ALWAYS.channel, ...channels.channels.map(({ name }) => name)])],
        role: ALWAYS.role,
        attribute: attributes.attributes.map(({ key }) => key),
        playbook: playbooks.playbooks.map(({ key }) => key),
      };
    },
  });
  return has.data;
}

export function Install({
  document,
  close,
  begin,
  isBeginning,
}: {
  readonly document: Playbook;
  readonly close: () => void;
  readonly begin: (document: Playbook) => void;
  readonly isBeginning: boolean;
}) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const has = useHas();
  const [values, fill] = useState<JsonObject>({});
  const [mapping, map] = useState<Mapping>({});
  const done = (): void => begin(withValues(renamed(document, mapping), values));
  return (
    <Modal
      open
      width={820}
      title={read(document.title, language)}
      onCancel={close}
      footer={[
        <Button key="no" onClick={close}>
          {say({ zh: '取消', en: 'Cancel' })}
        </Button>,
        <Button key="yes" type="primary" disabled={has === undefined} loading={isBeginning} onClick={done}>
          {say({ zh: '开始', en: 'Begin' })}
        </Button>,
      ]}
    >
      <div className="preview" tabIndex={0}>
        <Drawing document={document} graph={CAMPAIGN} label={read(document.title, language)} />
      </div>
      <p>{read(document.description, language)}</p>
      {has === undefined ? (
        <Skeleton active />
      ) : (
        <Missing missing={missingOf(needsOf(document), has)} has={has} mapping={mapping} map={map} />
      )}
      <Unknown steps={unknownSteps(document)} />
      <Values document={document} values={values} fill={fill} />
    </Modal>
  );
}

/** Steps that nothing here can stand for: they come along, and keep the playbook from being published. */
function Unknown({ steps }: { readonly steps: readonly string[] }) {
  const say = useSay();
  if (steps.length === 0) return null;
  return (
    <Alert
      type="error"
      showIcon
      title={say({
        zh: `这里没有这些步骤：${steps.join('、')}`,
        en: `There are no such steps here: ${steps.join(', ')}`,
      })}
      description={say({
        zh: '文件可能来自更新的版本。它们会留在画布上；换成别的步骤或删掉之后才能发布。',
        en: 'The file may be from a newer version. They stay on the canvas; replace or remove them before you publish.',
      })}
    />
  );
}

function Missing(props: {
  readonly missing: Needs;
  readonly has: Needs;
  readonly mapping: Mapping;
  readonly map: (mapping: Mapping) => void;
}) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const { missing, has, mapping, map } = props;
  const rows = KINDS.flatMap((kind) => missing[kind].map((name) => ({ kind, name })));
  if (rows.length === 0) return null;
  const choose = (kind: NeedKind, name: string, to: string): void => {
    const { [name]: _old, ...others } = mapping[kind] ?? {};
    map({ ...mapping, [kind]: to === name ? others : { ...others, [name]: to } });
  };
  return (
    <Lacking
      title={{ zh: '团队里还没有这些', en: 'The team does not have these yet' }}
      advice={{
        zh: '可以换成已有的，也可以先这样开始，以后再补。',
        en: 'Take one that is there instead, or begin as it is and add it later.',
      }}
      rows={rows.map(({ kind, name }) => ({
        key: `${kind} ${name}`,
        kind: NEED_WORDS[kind],
        name: nameOfNeed(kind, name, language),
        value: mapping[kind]?.[name] ?? name,
        options: [
          { value: name, label: say({ zh: '先这样', en: 'Leave it' }) },
          ...has[kind].map((value) => ({ value, label: nameOfNeed(kind, value, language) })),
        ],
        choose: (to) => choose(kind, name, to),
      }))}
    />
  );
}

function Values({
  document,
  values,
  fill,
}: {
  readonly document: Playbook;
  readonly values: JsonObject;
  readonly fill: (values: JsonObject) => void;
}) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const declared = declaredIn(document);
  if (declared.length === 0) return null;
  const set = (name: string, value: Json | null): void => {
    const { [name]: _old, ...others } = values;
    fill(value === null || value === '' ? others : { ...others, [name]: value });
  };
  return (
    <>
      <h3>{say({ zh: '填一填', en: 'Fill in' })}</h3>
      <p className="help">
        {say({
          zh: '填的值成为默认值，启动时还可以改；现在不填也行。',
          en: 'What you fill in becomes the default and can be changed at the launch; you may leave it for now.',
        })}
      </p>
      <div className="tries needs">
        {declared.map(([name, schema]) => (
          <label key={name} className="try">
            <span>{labelOf(name, schema, language)}</span>
            <ValueInput
              schema={schema}
              field={boundField(document, name)}
              value={values[name]}
              set={(value) => set(name, value)}
            />
          </label>
        ))}
      </div>
    </>
  );
}

function ValueInput({
  schema,
  field,
  value,
  set,
}: {
  readonly schema: JsonObject;
  readonly field: Field | undefined;
  readonly value: Json | undefined;
  readonly set: (value: Json | null) => void;
}) {
  const id = useId();
  const { examples, default: own } = schema;
  const example = own ?? (Array.isArray(examples) ? (examples as readonly Json[])[0] : undefined);
  const hint = typeof example === 'string' || typeof example === 'number' ? String(example) : '';
  return (
    <ParamValue
      id={id}
      schema={schema}
      field={field}
      value={value}
      hint={hint}
      change={(it) => set(it ?? null)}
    />
  );
}

const declaredIn = ({ params }: Playbook): [string, JsonObject][] =>
  Object.entries((params?.['properties'] ?? {}) as JsonObject).filter(
    (entry): entry is [string, JsonObject] => isRecord(entry[1]),
  );

function labelOf(name: string, { title }: JsonObject, language: 'zh' | 'en'): string {
  const label = isRecord(title) ? read(title as Record<string, string>, language) : title;
  return typeof label === 'string' && label !== '' ? label : name;
}

/** What was filled in becomes the default of its parameter. */
function withValues(document: Playbook, values: JsonObject): Playbook {
  const entries = declaredIn(document);
  if (Object.keys(values).length === 0) return document;
  const properties = Object.fromEntries(
    entries.map(([name, schema]) => [
      name,
      Object.hasOwn(values, name) ? { ...schema, default: values[name]! } : schema,
    ]),
  );
  return { ...document, params: { ...document.params, properties } as NonNullable<Playbook['params']> };
}
