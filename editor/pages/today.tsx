// 工作台: my tasks over all runs, what needs attention, what goes out next, and what is under way.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Empty, Skeleton } from 'antd';
import { addressOf, go } from '../location.ts';
import { runs, work } from '../run/api.ts';
import type { ListedRun, Notice, Upcoming } from '../run/shapes.ts';
import { TaskLine } from '../run/task-line.tsx';
import { isOver, ownZone, sayAt } from '../run/words.ts';
import { localeOf, read, useSay, useSpeech } from '../say.ts';
import { Frame } from '../shell/frame.tsx';
import { RunLine } from './runs.tsx';
import { Trouble } from './trouble.tsx';

const REFRESH_MS = 5_000;

async function askToday() {
  const [{ tasks }, { notices }, { runs: all }, { upcoming }] = await Promise.all([
    work.mine(),
    work.notices(),
    runs.list(),
    runs.upcoming(),
  ]);
  return {
    tasks,
    notices,
    upcoming,
    live: all.filter(({ status }) => !isOver(status)),
    hasRun: all.length > 0,
  };
}

export function TodayPage() {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const today = useQuery({ queryKey: ['today'], queryFn: askToday, refetchInterval: REFRESH_MS });
  const date = new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'full' }).format(new Date());
  return (
    <Frame className="today">
      <h1>
        {say({ zh: '工作台', en: 'Today' })} <span className="soft">{date}</span>
      </h1>
      {today.error !== null && today.data === undefined ? (
        <Trouble error={today.error} again={() => void today.refetch()} />
      ) : today.data === undefined ? (
        <Skeleton active paragraph={{ rows: 8 }} />
      ) : !today.data.hasRun && today.data.notices.length === 0 ? (
        <Empty
          description={say({
            zh: '活动跑起来以后，您的任务、审批和要处理的事都在这里。',
            en: 'Once an activity runs, your tasks, approvals and whatever needs you appear here.',
          })}
        >
          <Button type="primary" onClick={() => go('playbooks')}>
            {say({ zh: '从一个剧本开始', en: 'Begin with a playbook' })}
          </Button>
        </Empty>
      ) : (
        <>
          <Attention live={today.data.live} notices={today.data.notices} />
          <section>
            <h2>
              {say({
                zh: `我的任务（${today.data.tasks.length}）`,
                en: `My tasks (${today.data.tasks.length})`,
              })}
            </h2>
            {today.data.tasks.length === 0 ? (
              <p className="help">{say({ zh: '都做完了。', en: 'All done.' })}</p>
            ) : (
              <ul className="lines">
                {today.data.tasks.map((task) => (
                  <TaskLine key={task.id} task={task} />
                ))}
              </ul>
            )}
          </section>
          <Next upcoming={today.data.upcoming} />
          <section>
            <h2>{say({ zh: '进行中的活动', en: 'Under way' })}</h2>
            {today.data.live.length === 0 ? (
              <p className="help">{say({ zh: '现在没有进行中的活动。', en: 'No activity is under way.' })}</p>
            ) : (
              <ul className="lines">
                {today.data.live.map((run) => (
                  <RunLine key={run.id} run={run} />
                ))}
              </ul>
            )}
          </section>
        </>
      )}
    </Frame>
  );
}

/** What goes out next. */
function Next({ upcoming }: { readonly upcoming: readonly Upcoming[] }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  if (upcoming.length === 0) return null;
  return (
    <section>
      <h2>{say({ zh: '接下来', en: 'Next' })}</h2>
      <ul className="ahead-list">
        {upcoming.slice(0, 10).map(({ run, node, at, playbook, title, next }) => (
          <li key={`${run} ${node}`}>
            <time dateTime={at}>{sayAt(at, language, ownZone())}</time>
            <a href={addressOf('runs', run)}>
              {(next.length === 0 ? [{ title }] : next)
                .map((it) => read(it.title ?? undefined, language))
                .filter((it) => it !== '')
                .join(say({ zh: '、', en: ', ' }))}{' '}
              <span className="soft">{read(playbook, language)}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What cannot wait: parked visits, runs that paused themselves, alerts. */
function Attention({
  live,
  notices,
}: {
  readonly live: readonly ListedRun[];
  readonly notices: readonly Notice[];
}) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const queries = useQueryClient();
  const seen = useMutation({
    mutationFn: (id: number) => work.seen(id),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['today'] }),
  });
  const stuck = live.filter((run) => run.stuck > 0);
  if (stuck.length + notices.length === 0) return null;
  return (
    <section>
      <h2>{say({ zh: '要留意', en: 'Needs attention' })}</h2>
      <div className="alerts">
        {stuck.map(({ id, title, stuck: count }) => (
          <Alert
            key={id}
            type="error"
            showIcon
            title={say({
              zh: `${read(title, language)}：${count} 个停住了，等人决定`,
              en: `${read(title, language)}: ${count} stuck, waiting for a decision`,
            })}
            action={<a href={addressOf('runs', id)}>{say({ zh: '去处理', en: 'Decide' })}</a>}
          />
        ))}
        {notices.slice(0, 10).map(({ id, text, at, run, playbook, detail }) => (
          <Alert
            key={id}
            type="warning"
            showIcon
            title={<NoticeText run={run} playbook={detail.playbook} text={read(text, language)} />}
            description={[read(playbook ?? undefined, language), sayAt(at, language, ownZone())]
              .filter((it) => it !== '')
              .join(' · ')}
            closable={{ 'aria-label': say({ zh: '知道了', en: 'Seen' }), onClose: () => seen.mutate(id) }}
          />
        ))}
      </div>
    </section>
  );
}

/** Leads to the run, or to the playbook that was to become one. */
function NoticeText({
  run,
  playbook,
  text,
}: {
  readonly run: string | null;
  readonly playbook: string | undefined;
  readonly text: string;
}) {
  if (run !== null) return <a href={addressOf('runs', run)}>{text}</a>;
  return playbook === undefined ? text : <a href={addressOf('playbooks', playbook)}>{text}</a>;
}
