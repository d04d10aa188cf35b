// Who has to do how much on which day. A role is filled with people at the launch; here one tries how many it takes.
import { Empty, InputNumber, Tooltip } from 'antd';
import { useMemo, useState } from 'react';
import { sayInstant } from '../../engine/calendar/say.ts';
import { instantAt } from '../../engine/calendar/zone.ts';
import { DAY } from '../../engine/instant.ts';
import { sayRole } from '../../engine/roles.ts';
import { localeOf, useSay, useSpeech } from '../say.ts';
import { TASK_MINUTES } from '../staff-minutes.ts';
import { showNode } from './calendar-view.tsx';
import { timeOf, titleOf, type Work } from './sheet.ts';
import { loadOf, type Staff } from './staff.ts';
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
  const [staff, setStaff] = useState<Staff>({});
  const load = useMemo(() => (take === undefined ? undefined : loadOf(take, staff)), [take, staff]);
  if (take === undefined || load === undefined) return null;
  if (load.people.length === 0)
    return (
      <Empty
        description={say({ zh: '这个剧本不需要人做什么。', en: 'This playbook asks nobody for work.' })}
      />
    );
  const sums = load.people.flatMap(({ tasks }) => tasks.map((own) => sumOf(own)));
  const most = Math.max(1, ...sums);
  const busy = Array.from({ length: load.days }, (_, day) => day).filter((day) =>
    load.people.some(({ tasks }) => (tasks[day]?.length ?? 0) > 0),
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
      <Guess minutes={minutes} perDay={perDay} setMinutes={setMinutes} setPerDay={setPerDay} />
      <Heads roles={[...new Set(load.people.map(({ role }) => role))]} staff={staff} change={setStaff} />
      <table className="load">
        <thead>
          <tr>
            <th scope="col">{say({ zh: '谁', en: 'Who' })}</th>
            {busy.map((day) => (
              <th key={day} scope="col">
                {dayWords(day)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {load.people.map(({ role, person, tasks }) => (
            <tr key={`${role} ${person}`}>
              <th scope="row">
                {sayRole(role, language)}
                {(staff[role] ?? 1) > 1 ? ` ${person + 1}` : ''}
              </th>
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

/** How long a piece of work takes, and what one person takes on. */
function Guess({
  minutes,
  perDay,
  setMinutes,
  setPerDay,
}: {
  readonly minutes: number;
  readonly perDay: number;
  readonly setMinutes: (minutes: number) => void;
  readonly setPerDay: (minutes: number) => void;
}) {
  const say = useSay();
  return (
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
  );
}

/** How many people share each role. */
function Heads({
  roles,
  staff,
  change,
}: {
  readonly roles: readonly string[];
  readonly staff: Staff;
  readonly change: (staff: Staff) => void;
}) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  return (
    <div className="help heads">
      {say({ zh: '各有几个人：', en: 'People in each role:' })}
      {roles.map((role) => (
        <label key={role}>
          {sayRole(role, language)}{' '}
          <InputNumber
            size="small"
            min={1}
            max={20}
            precision={0}
            value={staff[role] ?? 1}
            onChange={(value) => change({ ...staff, [role]: value ?? 1 })}
          />
        </label>
      ))}
    </div>
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
        {say({ zh: `${count} 件`, en: String(count) })}
        {isMuch ? ' !' : ''}
      </button>
    </Tooltip>
  );
}

const sumOf = (tasks: readonly Work[]): number => tasks.reduce((sum, { count }) => sum + count, 0);
