// One subject's way through the rehearsal: the activity itself, or one member of a journey.
import { InputNumber, Select, Timeline } from 'antd';
import { useEffect, useState } from 'react';
import { sayInstant } from '../../engine/calendar/say.ts';
import { parseInstant } from '../../engine/instant.ts';
import { NO_PORT } from '../../engine/run/trace.ts';
import { CAMPAIGN } from '../document/graphs.ts';
import { sayEnd } from '../run/say-code.ts';
import { localeOf, read, useSay, useSpeech } from '../say.ts';
import { showNode } from './calendar-view.tsx';
import { portWords, titleOf } from './sheet.ts';
import { askTrace, useStage } from './store.ts';
import type { Take } from './take.ts';

export function Member() {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const take = useStage(({ take: it }) => it);
  const trace = useStage(({ trace: it }) => it);
  const [graph, setGraph] = useState(CAMPAIGN);
  const [no, setNo] = useState(1);
  useEffect(() => {
    if (take !== undefined) askTrace(graph, graph === CAMPAIGN ? 0 : no - 1);
  }, [take, graph, no]);
  if (take === undefined) return null;
  const journeys = Object.entries(take.order.document.journeys ?? {});
  return (
    <>
      <div className="deck">
        <Select
          size="small"
          value={graph}
          aria-label={say({ zh: '看谁', en: 'Whom to follow' })}
          onChange={setGraph}
          style={{ minWidth: 160 }}
          options={[
            { value: CAMPAIGN, label: say({ zh: '活动', en: 'The activity' }) },
            ...journeys.map(([value, { title }]) => ({ value, label: read(title, language) || value })),
          ]}
        />
        {graph === CAMPAIGN ? null : (
          <InputNumber
            size="small"
            min={1}
            max={1_000_000}
            precision={0}
            value={no}
            aria-label={say({ zh: '第几位成员', en: 'Which member' })}
            prefix={say({ zh: '第', en: 'No.' })}
            onChange={(value) => setNo(value ?? 1)}
          />
        )}
        <span className="help">
          {trace === undefined || trace === null
            ? ''
            : trace.end === null
              ? say({ zh: '还在路上', en: 'still under way' })
              : `${say({ zh: '结束：', en: 'ended: ' })}${sayEnd(take.order.document, trace.end, language)}`}
        </span>
      </div>
      {trace === undefined ? null : trace === null || trace.steps.length === 0 ? (
        <p className="help">{say({ zh: '没有这位成员进入。', en: 'No such member came in.' })}</p>
      ) : (
        <Timeline
          items={trace.steps.map((step, index) => ({
            key: index,
            content: <Passed take={take} step={step} />,
          }))}
        />
      )}
    </>
  );
}

function Passed({
  take,
  step: { at, node, lap, port },
}: {
  readonly take: Take;
  readonly step: {
    readonly at: string;
    readonly node: string;
    readonly lap: number;
    readonly port: string | null;
  };
}) {
  const language = useSpeech(({ language: it }) => it);
  const instant = parseInstant(at) ?? 0;
  return (
    <button type="button" className="bind" onClick={() => showNode(take, node, instant)}>
      {sayInstant(instant, take.zone, localeOf(language))} · {titleOf(take, node, language)}
      {lap > 0 ? ` (${lap + 1})` : ''}
      {port === null || port === NO_PORT ? '' : ` → ${portWords(take, node, port, language)}`}
    </button>
  );
}
