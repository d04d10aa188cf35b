// Two states of a playbook side by side: both drawings with marks, and below them in words what is different.
// Used by the history, by a conflict, and by whoever publishes.
import { Empty, Segmented, Tag } from 'antd';
import { useMemo, useState } from 'react';
import type { Playbook } from '../../engine/document.ts';
import { CAMPAIGN, graphNames } from '../document/graphs.ts';
import { Drawing } from '../drawing/drawing.tsx';
import type { Mark } from '../drawing/mark.ts';
import { read, useSay, useSpeech, type Words } from '../say.ts';
import './history.css';
import { marksOf, sayChanges, type SaidChange, type SaidField } from './say-changes.ts';
import { wordDiff } from './word-diff.ts';

/** What each mark is called. */
export type MarkWords = Readonly<Record<Mark, Words>>;

const MARKS: MarkWords = {
  added: { zh: '新增', en: 'Added' },
  removed: { zh: '删除', en: 'Removed' },
  changed: { zh: '修改', en: 'Changed' },
};

export interface SidesProps {
  readonly before: Playbook;
  readonly after: Playbook;
  readonly names: { readonly before: string; readonly after: string };
  /** How many of live runs stand on which step. */
  readonly standing?: Readonly<Record<string, number>>;
  /** Where neither is the older one, nothing was added or removed. Default: added, removed, changed. */
  readonly marks?: MarkWords;
}

export function Sides({ before, after, names, standing = {}, marks = MARKS }: SidesProps) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const changes = useMemo(() => sayChanges(before, after, language), [before, after, language]);
  // One begins with the first difference in view.
  const first = changes.find(({ what }) => what === 'step') ?? changes[0];
  const [graph, show] = useState(first?.graph ?? CAMPAIGN);
  const [chosen, choose] = useState(first?.node);
  const graphs = [...new Set([...graphNames(before), ...graphNames(after)])];
  const titleOf = (name: string): string =>
    name === CAMPAIGN
      ? say({ zh: '活动', en: 'Activity' })
      : read((after.journeys?.[name] ?? before.journeys?.[name])?.title, language) || name;
  if (changes.length === 0)
    return (
      <Empty
        description={say({
          zh: '两边意思相同，最多只是画的位置不同。',
          en: 'Both mean the same; at most things are drawn elsewhere.',
        })}
      />
    );
  const side = (document: Playbook, which: 'before' | 'after') => (
    <figure>
      <figcaption>{names[which]}</figcaption>
      <Drawing
        document={document}
        graph={graph}
        marks={marksOf(changes, graph, which)}
        chosen={chosen}
        choose={choose}
        label={names[which]}
      />
    </figure>
  );
  return (
    <div className="sides">
      {graphs.length > 1 ? (
        <Segmented
          value={graph}
          onChange={show}
          options={graphs.map((value) => ({ value, label: titleOf(value) }))}
        />
      ) : null}
      <div className="pictures">
        {side(before, 'before')}
        {side(after, 'after')}
      </div>
      <ul className="differences" aria-label={say({ zh: '不同之处', en: 'What is different' })}>
        {changes.map((change) => (
          <Change
            key={change.key}
            change={change}
            standing={change.what === 'step' && change.node !== undefined ? standing[change.node] : undefined}
            marks={marks}
            isChosen={change.node !== undefined && change.node === chosen && change.what === 'step'}
            choose={() => {
              show(change.graph);
              choose(change.node);
            }}
          />
        ))}
      </ul>
    </div>
  );
}

function Change({
  change: { what, mark, name, fields },
  standing = 0,
  marks,
  isChosen,
  choose,
}: {
  readonly change: SaidChange;
  readonly standing: number | undefined;
  readonly marks: MarkWords;
  readonly isChosen: boolean;
  readonly choose: () => void;
}) {
  const say = useSay();
  const kinds: Readonly<Record<SaidChange['what'], Words>> = {
    step: { zh: '步骤', en: 'step' },
    wire: { zh: '连线', en: 'wire' },
    frame: { zh: '剧本', en: 'playbook' },
  };
  return (
    <li className={`${mark}${isChosen ? ' chosen' : ''}`}>
      <button type="button" onClick={choose}>
        <span className="mark">{say(marks[mark])}</span>
        <span className="kind">{say(kinds[what])}</span>
        <b>{name}</b>
        {standing > 0 ? (
          <Tag color="orange">{say({ zh: `${standing} 个正在这里`, en: `${standing} are here now` })}</Tag>
        ) : null}
      </button>
      {fields.map((field) => (
        <FieldSides key={field.label} field={field} />
      ))}
    </li>
  );
}

function FieldSides({ field: { label, before, after } }: { readonly field: SaidField }) {
  const say = useSay();
  const nothing = <i>{say({ zh: '没有', en: 'nothing' })}</i>;
  return (
    <div className="field">
      <span className="label">{label}</span>
      {before === undefined || after === undefined ? (
        <span className="values">
          {before === undefined ? nothing : <del>{before}</del>} →{' '}
          {after === undefined ? nothing : <ins>{after}</ins>}
        </span>
      ) : (
        <span className="values">
          {wordDiff(before, after).map(({ text, is }, no) =>
            is === 'same' ? (
              <span key={no}>{text}</span>
            ) : is === 'gone' ? (
              <del key={no}>{text}</del>
            ) : (
              <ins key={no}>{text}</ins>
            ),
          )}
        </span>
      )}
    </div>
  );
}
