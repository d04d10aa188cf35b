// The parameters of the playbook, designed here: name, type, the words that whoever launches reads, default and example.
// Renaming one renames it wherever it is used.
import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Collapse, Input, Select, Switch } from 'antd';
import { useState } from 'react';
import type { Playbook } from '../../engine/document.ts';
import type { Json } from '../../engine/json.ts';
import { setPart } from '../document/commands.ts';
import { renameParam } from '../document/param-commands.ts';
import { paramsOf, paramTitle, requiredParams, withParam, type ParamSchema } from '../document/params.ts';
import { act } from '../document/store.ts';
import { useProblems } from '../document/problems.ts';
import { useSay, useSpeech } from '../say.ts';
import { TextControl } from './controls/text.tsx';
import { Faults } from './faults.tsx';
import { Labelled } from './labelled.tsx';
import { NO_FIELD } from './no-field.ts';
import { choicesOf, kindOf, KINDS, ParamValue } from './param-value.tsx';

export function ParamsForm({ document }: { readonly document: Playbook }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const problems = useProblems(({ problems: it }) => it).filter(({ place }) =>
    (place.pointer ?? '').startsWith('/params'),
  );
  const [open, setOpen] = useState<string[]>([]);
  const declared = paramsOf(document);
  const add = (): void => {
    let no = 1;
    while (Object.hasOwn(declared, `param${no}`)) no += 1;
    const name = `param${no}`;
    act(
      setPart('params', withParam(document, name, { name, schema: { type: 'string' }, isRequired: false })),
    );
    setOpen([name]);
  };
  return (
    <div data-control="p-params">
      <p className="help">
        {say({
          zh: '启动时要填的东西。任何设置都可以改由参数决定：点设置右上角的链接图标。',
          en: 'What is filled in at launch. Any setting can be taken from a parameter: the link beside its label.',
        })}
      </p>
      <Collapse
        size="small"
        activeKey={open}
        onChange={(keys) => setOpen([keys].flat().map(String))}
        items={Object.entries(declared).map(([name, schema]) => ({
          key: name,
          label: `${paramTitle(document, name, language)}`,
          extra: <code>{name}</code>,
          children: (
            <>
              <ParamForm
                document={document}
                name={name}
                schema={schema}
                renamed={(next) => setOpen(open.map((it) => (it === name ? next : it)))}
              />
              <Faults
                problems={problems.filter(({ place }) =>
                  `${place.pointer}/`.startsWith(`/params/properties/${name}/`),
                )}
              />
            </>
          ),
        }))}
      />
      <Button block type="dashed" icon={<PlusOutlined />} onClick={add} className="add-param">
        {say({ zh: '添加参数', en: 'Add a parameter' })}
      </Button>
    </div>
  );
}

interface ParamProps {
  readonly document: Playbook;
  readonly name: string;
  readonly schema: ParamSchema;
}

function ParamForm({
  document,
  name,
  schema,
  renamed,
}: ParamProps & { readonly renamed: (name: string) => void }) {
  const say = useSay();
  const id = `p-params-properties-${name}`;
  const isRequired = requiredParams(document).includes(name);
  const set = (next: ParamSchema, must = isRequired): void =>
    act({
      ...setPart('params', withParam(document, name, { name, schema: next, isRequired: must })),
      gesture: `param ${name}`,
    });
  const setKey = (key: string, value: Json | undefined): void => {
    const { [key]: _old, ...rest } = schema;
    set(value === undefined ? rest : { ...rest, [key]: value });
  };
  const kind = kindOf(schema);
  const title = typeof schema['title'] === 'string' ? { 'zh-CN': schema['title'] } : schema['title'];
  return (
    <div data-control={id}>
      <Labelled
        id={`${id}-title`}
        label={say({ zh: '启动的人看到的名字', en: 'Words for whoever launches' })}
      >
        <TextControl
          {...NO_FIELD}
          id={`${id}-title`}
          value={title as Json | undefined}
          change={(it) => setKey('title', it)}
        />
      </Labelled>
      <Labelled id={`${id}-name`} label={say({ zh: '代号', en: 'Name in texts and conditions' })}>
        <NameInput
          id={`${id}-name`}
          name={name}
          isTaken={(next) => Object.hasOwn(paramsOf(document), next)}
          rename={(next) => {
            act(renameParam(document, name, next));
            renamed(next);
          }}
        />
      </Labelled>
      <Labelled id={`${id}-kind`} label={say({ zh: '类型', en: 'Type' })}>
        <Select<string>
          id={`${id}-kind`}
          style={{ width: '100%' }}
          value={kind}
          options={KINDS.map((it) => ({ value: it.kind, label: say(it) }))}
          onChange={(next) => {
            const begun = KINDS.find((it) => it.kind === next)?.schema ?? { type: 'string' };
            set(title === undefined ? begun : { ...begun, title: title as Json });
          }}
        />
      </Labelled>
      <Values id={id} schema={schema} setKey={setKey} />
      <div className="row inline">
        <label htmlFor={`${id}-must`}>{say({ zh: '必须填写', en: 'Must be filled in' })}</label>
        <Switch id={`${id}-must`} checked={isRequired} onChange={(next) => set(schema, next)} />
      </div>
      <Button
        danger
        size="small"
        icon={<DeleteOutlined />}
        onClick={() => act(setPart('params', withParam(document, name, undefined)))}
      >
        {say({ zh: '删除这个参数', en: 'Remove this parameter' })}
      </Button>
    </div>
  );
}

/** What the parameter is unless somebody says otherwise, and what it may be. */
function Values({
  id,
  schema,
  setKey,
}: {
  readonly id: string;
  readonly schema: ParamSchema;
  readonly setKey: (key: string, value: Json | undefined) => void;
}) {
  const say = useSay();
  const kind = kindOf(schema);
  const [example] = Array.isArray(schema['examples']) ? (schema['examples'] as readonly Json[]) : [];
  return (
    <>
      {kind === 'choice' ? (
        <Labelled id={`${id}-enum`} label={say({ zh: '有哪些选项', en: 'Choices' })}>
          <Select<string[]>
            id={`${id}-enum`}
            mode="tags"
            style={{ width: '100%' }}
            value={choicesOf(schema)}
            onChange={(next) => setKey('enum', next)}
          />
        </Labelled>
      ) : null}
      <Labelled id={`${id}-default`} label={say({ zh: '没人填就用', en: 'Unless somebody fills it in' })}>
        <ParamValue
          id={`${id}-default`}
          schema={schema}
          value={schema['default']}
          change={(it) => setKey('default', it)}
        />
      </Labelled>
      <Labelled
        id={`${id}-example`}
        label={say({ zh: '示例（预览和检查用）', en: 'Example, for previews and checks' })}
      >
        <ParamValue
          id={`${id}-example`}
          schema={schema}
          value={example}
          change={(it) => setKey('examples', it === undefined ? undefined : [it])}
        />
      </Labelled>
    </>
  );
}

/** A name is taken over when the input is left, so that half a name renames nothing. */
function NameInput({
  id,
  name,
  isTaken,
  rename,
}: {
  readonly id: string;
  readonly name: string;
  readonly isTaken: (name: string) => boolean;
  readonly rename: (name: string) => void;
}) {
  const say = useSay();
  const [draft, setDraft] = useState(name);
  const isRight = draft === name || (/^[A-Za-z]\w{0,63}$/.test(draft) && !isTaken(draft));
  const take = (): void => {
    if (draft !== name && isRight) rename(draft);
  };
  return (
    <>
      <Input
        id={id}
        value={draft}
        status={isRight ? '' : 'error'}
        onChange={({ target }) => setDraft(target.value)}
        onBlur={take}
        onPressEnter={take}
      />
      {isRight ? null : (
        <p className="fault">
          {say({
            zh: '用英文字母开头，只含字母、数字和下划线，并且没有用过。',
            en: 'Begin with a letter; letters, digits and _ only; and not taken yet.',
          })}
        </p>
      )}
    </>
  );
}
