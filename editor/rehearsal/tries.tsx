// What if: other people, other dates, other answers. It changes the rehearsal and nothing of the playbook, until somebody keeps it.
import { Button, InputNumber, Select, Slider } from 'antd';
import { COMMUNITY_DEFAULTS } from '../../engine/simulate.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import { boundField } from '../document/bound-field.ts';
import { act } from '../document/store.ts';
import { ParamValue } from '../inspector/param-value.tsx';
import { read, useSay, useSpeech, type Words } from '../say.ts';
import { isRecord } from '../values.ts';
import { communityWith, NOTHING_TRIED, type WhatIf } from './order.ts';
import { portWords, titleOf } from './sheet.ts';
import { tryOut, useStage } from './store.ts';
import type { Take } from './take.ts';

const RATES: Readonly<Record<keyof typeof COMMUNITY_DEFAULTS.rates, Words>> = {
  read: { zh: '阅读', en: 'Read' },
  click: { zh: '点击', en: 'Click' },
  reply: { zh: '回复', en: 'Reply' },
  signUp: { zh: '报名', en: 'Sign up' },
  optOut: { zh: '退订', en: 'Opt out' },
  complain: { zh: '投诉', en: 'Complain' },
  fail: { zh: '送达失败', en: 'Not delivered' },
};

export function Tries() {
  const say = useSay();
  const take = useStage(({ take: it }) => it);
  const whatIf = useStage(({ whatIf: it }) => it);
  if (take === undefined) return null;
  const isTrying = whatIf !== NOTHING_TRIED;
  return (
    <>
      <div className="deck">
        <Button size="small" disabled={!isTrying} onClick={() => tryOut(NOTHING_TRIED)}>
          {say({ zh: '恢复剧本自己的设置', en: 'Back to the playbook’s own' })}
        </Button>
        <Button size="small" disabled={!isTrying} onClick={() => keep(whatIf)}>
          {say({ zh: '存为剧本的彩排设置', en: 'Keep as the playbook’s own' })}
        </Button>
        <span className="help">
          {say({
            zh: '这里的改动只影响彩排。',
            en: 'What you change here touches the rehearsal alone.',
          })}
        </span>
      </div>
      <People take={take} whatIf={whatIf} />
      <Params take={take} whatIf={whatIf} />
      <Answers take={take} whatIf={whatIf} />
    </>
  );
}

interface Tried {
  readonly take: Take;
  readonly whatIf: WhatIf;
}

/** As one change that undo takes back. */
function keep(whatIf: WhatIf): void {
  act({
    says: { zh: '修改彩排设置', en: 'Change the rehearsal settings' },
    apply: (document) => ({ ...document, rehearsal: communityWith(document.rehearsal ?? {}, whatIf) }),
  });
  tryOut({ ...NOTHING_TRIED, params: whatIf.params });
}

function People({ take, whatIf }: Tried) {
  const say = useSay();
  const { community } = take.order;
  const number = (key: 'members' | 'groups' | 'seed', words: Words, max: number) => (
    <label className="try">
      <span>{say(words)}</span>
      <InputNumber
        size="small"
        min={key === 'groups' ? 1 : 0}
        max={max}
        precision={0}
        value={whatIf[key] ?? community[key] ?? COMMUNITY_DEFAULTS[key]}
        onChange={(value) => {
          if (value !== null) tryOut({ ...whatIf, [key]: value });
        }}
      />
    </label>
  );
  return (
    <>
      <h4>{say({ zh: '社群', en: 'Community' })}</h4>
      <div className="tries">
        {number('members', { zh: '成员数', en: 'Members' }, 100_000)}
        {number('groups', { zh: '群数', en: 'Groups' }, 10_000)}
        {number('seed', { zh: '随机种子', en: 'Seed' }, 2_147_483_647)}
      </div>
      <h4>{say({ zh: '反应', en: 'Reactions' })}</h4>
      <div className="tries">
        {Object.entries(RATES).map(([key, words]) => (
          <Rate key={key} name={key as keyof typeof RATES} words={words} take={take} whatIf={whatIf} />
        ))}
      </div>
    </>
  );
}

function Rate({
  name,
  words,
  take,
  whatIf,
}: Tried & { readonly name: keyof typeof RATES; readonly words: Words }) {
  const say = useSay();
  const value = whatIf.rates[name] ?? take.order.community.rates?.[name] ?? COMMUNITY_DEFAULTS.rates[name];
  const isRare = name === 'optOut' || name === 'complain';
  return (
    <label className="try">
      <span>
        {say(words)} {Number((value * 100).toFixed(2))}%
      </span>
      <Slider
        min={0}
        max={isRare ? 0.05 : 1}
        step={isRare ? 0.0005 : 0.01}
        value={value}
        tooltip={{ open: false }}
        ariaLabelForHandle={say(words)}
        onChange={(share) => tryOut({ ...whatIf, rates: { ...whatIf.rates, [name]: share } })}
      />
    </label>
  );
}

/** Parameters, as the launch asks for them. */
function Params({ take, whatIf }: Tried) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const properties = take.order.document.params?.['properties'] as JsonObject | undefined;
  const declared = Object.entries(properties ?? {}).filter((entry): entry is [string, JsonObject] =>
    isRecord(entry[1]),
  );
  if (declared.length === 0) return null;
  // What is emptied is the playbook's own again.
  const set = (name: string, value: Json | undefined): void => {
    const { [name]: _old, ...rest } = whatIf.params;
    tryOut({ ...whatIf, params: value === undefined ? rest : { ...rest, [name]: value } });
  };
  return (
    <>
      <h4>{say({ zh: '参数', en: 'Parameters' })}</h4>
      <div className="tries">
        {declared.map(([name, schema]) => {
          const { title } = schema;
          const label = isRecord(title) ? read(title as Record<string, string>, language) : title;
          const id = `try-${name}`;
          return (
            <div key={name} className="try">
              <label htmlFor={id}>{typeof label === 'string' && label !== '' ? label : name}</label>
              <ParamValue
                id={id}
                schema={schema}
                field={boundField(take.order.document, name)}
                value={take.order.params[name]}
                change={(it) => set(name, it)}
              />
            </div>
          );
        })}
      </div>
    </>
  );
}

const OWN = ' own';

function Answers({ take, whatIf }: Tried) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  if (take.asking.length === 0) return null;
  const set = (node: string, answer: string): void => {
    const { [node]: _old, ...others } = whatIf.answers;
    tryOut({ ...whatIf, answers: answer === OWN ? others : { ...others, [node]: answer } });
  };
  return (
    <>
      <h4>{say({ zh: '人的回答', en: 'What people answer' })}</h4>
      <div className="tries">
        {take.asking.map(({ node, answers }) => (
          <div key={node} className="try">
            <span>{titleOf(take, node, language)}</span>
            <Select
              size="small"
              aria-label={titleOf(take, node, language)}
              value={whatIf.answers[node] ?? OWN}
              onChange={(answer) => set(node, answer)}
              options={[
                { value: OWN, label: say({ zh: '按剧本', en: 'As planned' }) },
                ...answers.map((answer) => ({
                  value: answer,
                  label: portWords(take, node, answer, language),
                })),
                { value: '', label: say({ zh: '没人回答', en: 'Nobody answers' }) },
              ]}
            />
          </div>
        ))}
      </div>
    </>
  );
}
