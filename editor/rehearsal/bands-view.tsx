// Between which values the outcome lies when the dice fall otherwise: numbers, and messages by day.
import { Button, Progress } from 'antd';
import { useSay, useSpeech, localeOf, type Words } from '../say.ts';
import { bandOf, bandsByDay, type Band, type Outcome } from './bands.ts';
import { askBands, stopBands, useStage } from './store.ts';

const SEEDS = 40;

const ROWS: readonly (Words & { readonly of: (outcome: Outcome) => number })[] = [
  { zh: '送出的消息', en: 'Messages delivered', of: ({ counts }) => counts.delivered },
  { zh: '触达的成员', en: 'Members reached', of: ({ counts }) => counts.reached },
  { zh: '报名', en: 'Sign-ups', of: ({ counts }) => counts.signUps },
  { zh: '退订', en: 'Opt-outs', of: ({ counts }) => counts.optOuts },
  { zh: '投诉', en: 'Complaints', of: ({ counts }) => counts.complaints },
];

export function Bands() {
  const say = useSay();
  const outcomes = useStage(({ outcomes: it }) => it);
  const wanted = useStage(({ wanted: it }) => it);
  const isUnder = wanted > 0 && outcomes.length < wanted;
  return (
    <div className="bands">
      <div className="deck">
        {isUnder ? (
          <Button size="small" onClick={stopBands}>
            {say({ zh: '停止', en: 'Stop' })}
          </Button>
        ) : (
          <Button size="small" type="primary" onClick={() => askBands(SEEDS)}>
            {say({ zh: `换 ${SEEDS} 个种子各演一遍`, en: `Rehearse with ${SEEDS} seeds` })}
          </Button>
        )}
        {isUnder ? (
          <Progress
            percent={Math.round((100 * outcomes.length) / wanted)}
            size="small"
            style={{ maxWidth: 240 }}
          />
        ) : null}
        <span className="help">
          {say({
            zh: '十次里有九次落在「低」和「高」之间。反应率仍是您设的，变的只是运气。',
            en: 'Nine of ten lie between low and high. The rates stay yours; only the dice differ.',
          })}
        </span>
      </div>
      {outcomes.length < 2 ? null : <Table outcomes={outcomes} />}
      {outcomes.length < 2 ? null : <Chart bands={bandsByDay(outcomes)} />}
    </div>
  );
}

function Table({ outcomes }: { readonly outcomes: readonly Outcome[] }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const number = new Intl.NumberFormat(localeOf(language));
  const unfinished = outcomes.filter(({ isDone }) => !isDone).length;
  return (
    <>
      <table className="numbers">
        <thead>
          <tr>
            <th />
            <th scope="col">{say({ zh: '低', en: 'Low' })}</th>
            <th scope="col">{say({ zh: '中', en: 'Middle' })}</th>
            <th scope="col">{say({ zh: '高', en: 'High' })}</th>
          </tr>
        </thead>
        <tbody>
          {ROWS.map(({ of, ...words }) => {
            const band = bandOf(outcomes.map(of));
            return band === undefined ? null : (
              <tr key={words.en}>
                <th scope="row">{say(words)}</th>
                <td>{number.format(band.low)}</td>
                <td>
                  <b>{number.format(band.middle)}</b>
                </td>
                <td>{number.format(band.high)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {unfinished > 0 ? (
        <p className="hint">
          {say({
            zh: `${outcomes.length} 次里有 ${unfinished} 次没有走到底。`,
            en: `${unfinished} of ${outcomes.length} did not reach the end.`,
          })}
        </p>
      ) : null}
    </>
  );
}

const WIDTH = 640;
const HEIGHT = 130;

function Chart({ bands }: { readonly bands: readonly Band[] }) {
  const say = useSay();
  const most = Math.max(1, ...bands.map(({ high }) => high));
  const x = (day: number): number => (bands.length < 2 ? 0 : (day / (bands.length - 1)) * WIDTH);
  const y = (value: number): number => HEIGHT - (value / most) * (HEIGHT - 14);
  const line = (of: (band: Band) => number): string[] => bands.map((band, day) => `${x(day)},${y(of(band))}`);
  const area = [...line(({ high }) => high), ...line(({ low }) => low).toReversed()].join(' ');
  return (
    <figure style={{ margin: '12px 0 0' }}>
      <figcaption className="help">
        {say({ zh: '到每天为止送出的消息', en: 'Messages delivered until each day' })}
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT + 16}`} role="img" aria-hidden="true">
        <polygon className="area" points={area} />
        <polyline className="line" points={line(({ middle }) => middle).join(' ')} />
        <text x="0" y="10">
          {most}
        </text>
        <text x="0" y={HEIGHT + 14}>
          {say({ zh: '第 1 天', en: 'day 1' })}
        </text>
        <text x={WIDTH} y={HEIGHT + 14} textAnchor="end">
          {say({ zh: `第 ${bands.length} 天`, en: `day ${bands.length}` })}
        </text>
      </svg>
    </figure>
  );
}
