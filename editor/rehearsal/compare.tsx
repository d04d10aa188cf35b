// Two rehearsals side by side: before and after an edit, or two ways of trying something out.
import { Button, Select } from 'antd';
import { useState } from 'react';
import { localeOf, useSay, useSpeech, type Words } from '../say.ts';
import { titleOf, workOf } from './sheet.ts';
import { keepTake, useStage } from './store.ts';
import type { Take } from './take.ts';

interface Row extends Words {
  readonly of: (take: Take) => number;
  /** Which way is better; without it, neither is. */
  readonly better?: 'more' | 'less';
}

const ROWS: readonly Row[] = [
  { zh: '送出的消息', en: 'Messages delivered', of: ({ counts }) => counts.delivered },
  { zh: '其中营销', en: 'of these marketing', of: ({ counts }) => counts.marketing },
  { zh: '触达的成员', en: 'Members reached', better: 'more', of: ({ counts }) => counts.reached },
  { zh: '报名', en: 'Sign-ups', better: 'more', of: ({ counts }) => counts.signUps },
  { zh: '退订', en: 'Opt-outs', better: 'less', of: ({ counts }) => counts.optOuts },
  { zh: '投诉', en: 'Complaints', better: 'less', of: ({ counts }) => counts.complaints },
  { zh: '人工', en: 'Pieces of work', of: (take) => workOf(take).reduce((sum, { count }) => sum + count, 0) },
  {
    zh: '被推迟或不发',
    en: 'Held back',
    better: 'less',
    of: ({ collisions }) => collisions.reduce((sum, { count }) => sum + count, 0),
  },
  {
    zh: '卡住',
    en: 'Stuck',
    better: 'less',
    of: ({ stuck }) => stuck.reduce((sum, { count }) => sum + count, 0),
  },
];

export function Compare() {
  const say = useSay();
  const take = useStage(({ take: it }) => it);
  const kept = useStage(({ kept: it }) => it);
  const [chosen, choose] = useState<number>();
  const other = kept.find(({ no }) => no === chosen) ?? kept[0];
  if (take === undefined) return null;
  return (
    <>
      <div className="deck">
        <Button size="small" disabled={kept.some((it) => it.take === take)} onClick={keepTake}>
          {say({ zh: '留住这一次', en: 'Put this one aside' })}
        </Button>
        {kept.length === 0 ? null : (
          <Select
            size="small"
            value={other?.no}
            aria-label={say({ zh: '和哪一次比', en: 'Compare with' })}
            onChange={choose}
            options={kept.map(({ no, take: it }) => ({
              value: no,
              label: say({
                zh: `第 ${no} 次（${it.order.community.members ?? ''} 人）`,
                en: `No. ${no} (${it.order.community.members ?? ''} people)`,
              }),
            }))}
          />
        )}
        <span className="help">
          {say({
            zh: '留住一次，再改剧本或「假如」，这里就会并排显示。',
            en: 'Put one aside, change the playbook or what you try: both stand here side by side.',
          })}
        </span>
      </div>
      {other === undefined || other.take === take ? null : <Sides before={other.take} after={take} />}
    </>
  );
}

interface Pair {
  readonly was: number;
  readonly is: number;
  readonly better?: Row['better'];
}

function Sides({ before, after }: { readonly before: Take; readonly after: Take }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const number = new Intl.NumberFormat(localeOf(language));
  const steps = changedSteps(before, after);
  const row = (key: string, name: string, { was, is, better }: Pair) => (
    <tr key={key}>
      <th scope="row">{name}</th>
      <td>{number.format(was)}</td>
      <td>{number.format(is)}</td>
      <td
        className={
          is === was || better === undefined ? '' : is > was === (better === 'more') ? 'good' : 'bad'
        }
      >
        {is === was ? '=' : `${is > was ? '+' : '−'}${number.format(Math.abs(is - was))}`}
      </td>
    </tr>
  );
  return (
    <table className="numbers">
      <thead>
        <tr>
          <th />
          <th scope="col">{say({ zh: '之前', en: 'Before' })}</th>
          <th scope="col">{say({ zh: '现在', en: 'Now' })}</th>
          <th scope="col">{say({ zh: '差', en: 'Difference' })}</th>
        </tr>
      </thead>
      <tbody>
        {ROWS.map(({ of, better, ...words }) =>
          row(words.en, say(words), { was: of(before), is: of(after), better }),
        )}
        {steps.length === 0 ? null : (
          <tr>
            <th colSpan={4} className="help">
              {say({ zh: '走过的次数不同的步骤', en: 'Steps that were passed more or less often' })}
            </th>
          </tr>
        )}
        {steps.map(({ node, was, is }) =>
          row(`step ${node}`, titleOf(is === 0 ? before : after, node, language), { was, is }),
        )}
      </tbody>
    </table>
  );
}

const MOST_STEPS = 40;

function changedSteps(
  before: Take,
  after: Take,
): readonly { readonly node: string; readonly was: number; readonly is: number }[] {
  const [was, is] = [passesOf(before), passesOf(after)];
  return [...new Set([...was.keys(), ...is.keys()])]
    .map((node) => ({ node, was: was.get(node) ?? 0, is: is.get(node) ?? 0 }))
    .filter((it) => it.was !== it.is)
    .toSorted((a, b) => Math.abs(b.is - b.was) - Math.abs(a.is - a.was))
    .slice(0, MOST_STEPS);
}

function passesOf({ nodes, moves }: Take): Map<string, number> {
  const passes = new Map<string, number>();
  for (let row = 0; row < moves.at.length; row += 1) {
    if (moves.port[row]! < -1) continue;
    const { id } = nodes[moves.node[row]!]!;
    passes.set(id, (passes.get(id) ?? 0) + moves.count[row]!);
  }
  return passes;
}
