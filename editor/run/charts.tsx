// The charts of a review: goals against what came of them, the funnel, messages by day and one by one, and colleagues' work.
// What they draw is review-figures.ts; the same numbers stand in the review's text.
import { useMemo } from 'react';
import { useDark } from '../dark.ts';
import { useNarrow } from '../narrow.ts';
import { useSay, useSpeech, type Words } from '../say.ts';
import { Chart } from './chart.tsx';
import { barsOption, INK, type Bars } from './chart-option.ts';
import { aimsOf, messageRows, messagesByDay, sayNumber, workByDay, type Aim } from './review-figures.ts';
import type { ReviewData } from './review-shapes.ts';

interface Props {
  readonly data: ReviewData;
}

export function Charts({ data }: Props) {
  return (
    <div className="charts">
      <Aims data={data} />
      <Funnel data={data} />
      <MessagesByDay data={data} />
      <Work data={data} />
      <EachMessage data={data} />
    </div>
  );
}

function Aims({ data }: Props) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const aims = aimsOf(data, language);
  if (aims.length === 0) return null;
  return (
    <figure>
      <figcaption>{say({ zh: '目标与实际', en: 'Goals and what came of them' })}</figcaption>
      <ul className="aims">
        {aims.map((aim) => (
          <AimBar key={`${aim.name} ${aim.isLimit}`} aim={aim} />
        ))}
      </ul>
    </figure>
  );
}

const KEPT: readonly [Words, Words, Words] = [
  { zh: '达到', en: 'reached' },
  { zh: '没有达到', en: 'not reached' },
  { zh: '没有数据', en: 'no data' },
];
const WITHIN: readonly [Words, Words, Words] = [
  { zh: '没有越线', en: 'kept' },
  { zh: '越线', en: 'exceeded' },
  { zh: '没有数据', en: 'no data' },
];

/** A bar that is full where the goal is met, with a line at the goal. */
function AimBar({
  aim: { name, wanted, actual, baseline, isLimit, isKept, isShare },
}: {
  readonly aim: Aim;
}) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const number = (value: number | null): string => sayNumber(value, isShare, language);
  // The line of the goal stands at three quarters, so that more than wanted has room.
  const share =
    wanted === null || wanted === 0 || actual === null ? 0 : Math.min(1, (actual / wanted) * 0.75);
  const state = (isLimit ? WITHIN : KEPT)[isKept === null ? 2 : isKept ? 0 : 1];
  return (
    <li className={isKept === null ? 'open' : isKept ? 'good' : 'bad'}>
      <div className="aim-head">
        <b>{name}</b>
        <span className="aim-state">{say(state)}</span>
      </div>
      <div className="aim-bar" aria-hidden>
        <span className="aim-actual" style={{ width: `${share * 100}%` }} />
        {wanted === null ? null : <span className="aim-wanted" />}
      </div>
      <p className="soft">
        {say({ zh: `实际 ${number(actual)}`, en: `Actual ${number(actual)}` })}
        {' · '}
        {isLimit
          ? say({ zh: `不超过 ${number(wanted)}`, en: `at most ${number(wanted)}` })
          : say({ zh: `目标 ${number(wanted)}`, en: `goal ${number(wanted)}` })}
        {baseline === null
          ? ''
          : say({ zh: ` · 基线 ${number(baseline)}`, en: ` · baseline ${number(baseline)}` })}
      </p>
    </li>
  );
}

/** A figure of bars, with what it says for whoever does not see it. */
function BarFigure({
  title,
  note,
  bars,
  height,
}: {
  readonly title: string;
  readonly note?: string;
  readonly bars: Bars;
  readonly height: number;
}) {
  const ink = INK[useDark() ? 'dark' : 'light'];
  const option = useMemo(() => barsOption(bars, ink), [bars, ink]);
  const label = bars.names
    .map((name, no) => {
      const parts = bars.series.map((it) => `${it.name} ${it.values[no] ?? 0}`);
      return `${name.replaceAll('\n', ' ')}: ${parts.join(', ')}`;
    })
    .join('; ');
  return (
    <figure>
      <figcaption>{title}</figcaption>
      {note === undefined ? null : <p className="soft">{note}</p>}
      <Chart option={option} label={label} height={height} />
    </figure>
  );
}

function Funnel({ data: { counts } }: Props) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const bars = useMemo((): Bars => {
    const steps = [
      { name: { zh: '触达', en: 'Reached' }[language], value: counts.reached },
      { name: { zh: '报名', en: 'Signed up' }[language], value: counts.signUps },
    ];
    return {
      names: steps.map(({ name }) => name),
      series: [{ name: { zh: '人数', en: 'People' }[language], values: steps.map(({ value }) => value) }],
      lie: true,
      left: 84,
      width: 28,
    };
  }, [counts, language]);
  const rate = counts.reached === 0 ? null : counts.signUps / counts.reached;
  return (
    <BarFigure
      title={say({ zh: '漏斗：触达与报名', en: 'Funnel: reached and signed up' })}
      note={say({
        zh: `报名率 ${sayNumber(rate, true, language)}；触达按群人数估计。`,
        en: `${sayNumber(rate, true, language)} signed up; reach in groups is an estimate.`,
      })}
      bars={bars}
      height={116}
    />
  );
}

const COLUMN = 180;

function MessagesByDay({ data }: Props) {
  return (
    <Days data={data} title={{ zh: '每天的消息', en: 'Messages by day' }} of={messagesByDay} names={SENT} />
  );
}

function Work({ data }: Props) {
  return <Days data={data} title={WORK} of={workByDay} names={DONE} />;
}

const SENT: readonly Words[] = [
  { zh: '送达', en: 'Sent' },
  { zh: '没有发', en: 'Withheld' },
];
const WORK: Words = { zh: '同事的工作量（分钟，按截止日）', en: 'Colleagues’ work (minutes, by deadline)' };
const DONE: readonly Words[] = [
  { zh: '按时', en: 'In time' },
  { zh: '逾期', en: 'Late' },
  { zh: '没有做', en: 'Not done' },
];

/** Columns for each local day; `names` says what the values of a day are, in their order. */
function Days({
  data,
  title,
  of,
  names,
}: Props & { readonly title: Words; readonly of: typeof workByDay; readonly names: readonly Words[] }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const bars = useMemo((): Bars => {
    const rows = of(data, language);
    return {
      names: rows.map(({ day }) => day),
      series: names.map((name, no) => ({
        name: name[language],
        values: rows.map(({ values }) => values[no]!),
      })),
      lie: false,
      width: 36,
    };
  }, [data, language, of, names]);
  if (bars.names.length === 0) return null;
  return <BarFigure title={say(title)} bars={bars} height={COLUMN} />;
}

function EachMessage({ data }: Props) {
  const say = useSay();
  const isNarrow = useNarrow();
  const language = useSpeech(({ language: it }) => it);
  const bars = useMemo((): Bars => {
    const rows = messageRows(data, language);
    return {
      names: rows.map(({ name, when }) => `${shortened(name, isNarrow ? 16 : WIDEST)}\n${when}`),
      series: [
        { name: { zh: '送达', en: 'Sent' }[language], values: rows.map(({ sent }) => sent) },
        { name: { zh: '没有发', en: 'Withheld' }[language], values: rows.map(({ withheld }) => withheld) },
      ],
      lie: true,
      left: isNarrow ? 124 : 168,
      width: 18,
    };
  }, [data, language, isNarrow]);
  if (bars.names.length === 0) return null;
  return (
    <BarFigure
      title={say({ zh: '每条消息', en: 'Each message' })}
      bars={bars}
      height={48 + bars.names.length * 42}
    />
  );
}

const WIDEST = 24;

/** As much as stands beside a bar: Chinese characters are twice as wide as Latin ones. */
function shortened(text: string, widest: number): string {
  let width = 0;
  const letters = Array.from(text);
  const end = letters.findIndex((letter) => (width += letter > '\u02ff' ? 2 : 1) > widest);
  return end === -1 ? text : `${letters.slice(0, end).join('')}…`;
}
