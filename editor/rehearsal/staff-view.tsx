// Who has to do how much on which day. A role is filled with people at the launch; here it stands for them.
import { Empty, InputNumber, Tooltip } from 'antd';
import { useMemo, useState } from 'react';
import { sayInstant } from '../../engine/calendar/say.ts';
import { instantAt } from '../../engine/calendar/zone.ts';
import { DAY } from '../../engine/instant.ts';
import { sayRole } from '../../engine/roles.ts';
import { localeOf, useSay, useSpeech } from '../say.ts';
import { TASK_MINUTES } from '../staff-minutes.ts';
import { showNode } from './calendar-view.tsx';
import { loadOf, timeOf, titleOf, type Work } from './sheet.ts';
import { useStage } from './store.ts';
import type { Take } from './take.ts';

/** Minutes for one piece of work, and what one person takes in a day: a guess that anybody may change. */
const GUESS = { minutes: TASK_MINUTES, perDay: 240 } as const;

export function StaffView() {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const take = useStage(({ take: it }) => it);
  const [minutes, setMinutes] = useState<number>(GUESS.minutes);
  const [perDay, setPerDay] = useState<number>(GUESS.perDay);
  const load = useMemo(() => (take === undefined ? undefined : loadOf(take)), [take]);
  if (take === undefined || load === undefined) return null;
  if (load.roles.length === 0)
    return (
      <Empty
        description={say({ zh: '这个剧本不需要人做什么。', en: 'This playbook asks nobody for work.' })}
      />
    );
  const sums = load.roles.flatMap(({ tasks }) => tasks.map((own) => sumOf(own)));
  const most = Math.max(1, ...sums);
  const busy = Array.from({ length: load.days }, (_, day) => day).filter((day) =>
    load.roles.some(({ tasks }) => (tasks[day]?.length ?? 0) > 0),
  );
  const dayWords = (day: number): string =>
    sayInstant(
      instantAt((load.first + day) * DAY, take.zone) ?? take.started,
      take.zone,
      localeOf(language),
      'date',
    ) ?? '';
  return (
    <>
      <div className="help">
        {say({ zh: '一件约 ', en: 'One takes about ' })}
        <InputNumber
          size="small"
          min={1}
          max={480}
          value={minutes}
          aria-label={say({ zh: '一件几分钟', en: 'Minutes for one' })}
          onChange={(value) => setMinutes(value ?? GUESS.minutes)}
        />
        {say({ zh: ' 分钟，一人一天最多 ', en: ' minutes; one person takes at most ' })}
        <InputNumber
          size="small"
          min={10}
          max={1_440}
          step={30}
          value={perDay}
          aria-label={say({ zh: '一人一天几分钟', en: 'Minutes a day' })}
          onChange={(value) => setPerDay(value ?? GUESS.perDay)}
        />
        {say({ zh: ' 分钟。', en: ' minutes a day.' })}
      </div>
      <table className="load">
        <thead>
          <tr>
            <th scope="col">{say({ zh: '角色', en: 'Role' })}</th>
            {busy.map((day) => (
              <th key={day} scope="col">
                {dayWords(day)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {load.roles.map(({ role, tasks }) => (
            <tr key={role}>
              <th scope="row">{sayRole(role, language)}</th>
              {busy.map((day) => (
                <td key={day}>
                  <Cell take={take} tasks={tasks[day] ?? []} most={most} minutes={minutes} perDay={perDay} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Cell(props: {
  readonly take: Take;
  readonly tasks: readonly Work[];
  readonly most: number;
  readonly minutes: number;
  readonly perDay: number;
}) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const { take, tasks, most, minutes, perDay } = props;
  const count = sumOf(tasks);
  if (count === 0) return null;
  const time = count * minutes;
  const isMuch = time > perDay;
  return (
    <Tooltip
      title={
        <>
          {tasks.map(({ node, at, count: own }) => (
            <div key={node}>
              {timeOf(at, take.zone)} {titleOf(take, node, language)}
              {own > 1 ? ` ×${own}` : ''}
            </div>
          ))}
          <div>
            {say({ zh: `约 ${time} 分钟`, en: `about ${time} minutes` })}
            {isMuch
              ? say({
                  zh: `，要 ${Math.ceil(time / perDay)} 个人`,
                  en: `, needs ${Math.ceil(time / perDay)} people`,
                })
              : ''}
          </div>
        </>
      }
    >
      <button
        type="button"
        className={`cell bind${isMuch ? ' much' : ''}`}
        style={{ '--heat': count / most } as React.CSSProperties}
        onClick={() => showNode(take, tasks[0]!.node, tasks[0]!.at)}
      >
        {count}
        {isMuch ? ' !' : ''}
      </button>
    </Tooltip>
  );
}

const sumOf = (tasks: readonly Work[]): number => tasks.reduce((sum, { count }) => sum + count, 0);
