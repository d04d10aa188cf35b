// What the run page shows beside the drawing: what needs people, what happened and what comes, and the messages.
import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Empty, Skeleton, Table, Tag } from 'antd';
import type { Playbook } from '../../engine/document.ts';
import { sayDeed } from '../../engine/run-commands.ts';
import { sayCode, STUCK_WORDS } from '../../engine/run/words.ts';
import { CAMPAIGN } from '../document/graphs.ts';
import { addressOf } from '../location.ts';
import { read, useSay, useSpeech } from '../say.ts';
import { runs } from './api.ts';
import type { DeliveryGroup, Overview, StuckVisit } from './shapes.ts';
import { useDeliveries, useReports, useRunTasks, useStuck } from './ask-run.ts';
import { DEFAULT_ZONE } from './forecast.ts';
import { useNodeName } from './node-name.ts';
import { VisitActions } from './visit-actions.tsx';
import { Receipt } from './receipt.tsx';
import { StoryView } from './story.tsx';
import { TaskLine } from './task-line.tsx';
import { Why } from './why.tsx';
import { sayChannel, sayPerson, sayReasonOfRun } from './say-code.ts';
import { DELIVERY, isOver, sayAt } from './words.ts';

interface Props {
  readonly run: Overview;
  readonly document: Playbook;
  readonly select: (node: string) => void;
}

export function Attention({ run, document, select }: Props) {
  const say = useSay();
  const stuck = useStuck(run.id);
  const tasks = useRunTasks(run.id);
  const reports = useReports(run.id);
  const open = (tasks.data?.tasks ?? []).filter(({ state }) =>
    ['open', 'accepted', 'escalated'].includes(state),
  );
  const visits = stuck.data?.stuck ?? [];
  const report = reports.data?.reports.at(-1);
  return (
    <>
      {run.status === 'cancelled' ? <Stopped run={run} document={document} /> : null}
      <Halted run={run} document={document} />
      {visits.length > 0 ? (
        <StuckList run={run.id} visits={visits} document={document} select={select} />
      ) : null}
      <section>
        <h3>{say({ zh: '待办', en: 'Open tasks' })}</h3>
        {tasks.data === undefined ? (
          <Skeleton active />
        ) : open.length === 0 ? (
          <p className="help">{say({ zh: '现在没有要人做的事。', en: 'Nothing waits for people now.' })}</p>
        ) : (
          <ul className="lines">
            {open.map((task) => (
              <TaskLine key={task.id} task={task} />
            ))}
          </ul>
        )}
      </section>
      {report === undefined ? null : (
        <Alert
          type={report.state === 'approved' ? 'success' : 'info'}
          showIcon
          title={
            report.state === 'approved'
              ? say({ zh: '复盘已批准', en: 'The review is approved' })
              : say({ zh: '复盘等人写完', en: 'The review waits to be finished' })
          }
          action={
            <a className="ant-btn" href={addressOf('reports', report.id)}>
              {say({ zh: '打开复盘', en: 'Open the review' })}
            </a>
          }
        />
      )}
      <Ahead run={run} document={document} />
    </>
  );
}

/** Why a run does not go on, or how it ended. */
function Halted({ run: { status, reason }, document }: Omit<Props, 'select'>) {
  const language = useSpeech(({ language: it }) => it);
  const kind = HALTED[status];
  return kind === undefined || reason === null ? null : (
    <Alert type={kind} showIcon title={sayReasonOfRun(document, reason, language)} />
  );
}

const HALTED: Readonly<Partial<Record<Overview['status'], 'error' | 'warning' | 'success'>>> = {
  failed: 'error',
  paused: 'warning',
  completed: 'success',
};

function Stopped({ run, document }: Omit<Props, 'select'>) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const deliveries = useDeliveries(run.id);
  return (
    <Alert
      type="warning"
      showIcon
      title={say({ zh: '活动已停止', en: 'The activity was stopped' })}
      description={
        <>
          {run.reason === null ? null : sayReasonOfRun(document, run.reason, language)}
          {deliveries.data === undefined ? null : <Receipt groups={deliveries.data.deliveries} />}
        </>
      }
    />
  );
}

function StuckList({
  run,
  visits,
  document,
  select,
}: {
  readonly run: string;
  readonly visits: readonly StuckVisit[];
  readonly document: Playbook;
  readonly select: (node: string) => void;
}) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const name = useNodeName(document);
  return (
    <section className="stuck-list">
      <h3>
        {say({ zh: `停住了，等您决定（${visits.length}）`, en: `Stuck, waiting for you (${visits.length})` })}
      </h3>
      <ul className="people">
        {visits.map((visit) => (
          <li key={`${visit.node}/${visit.ordinal}/${visit.lap}`} className="stuck">
            <div>
              <Button type="link" className="plain" onClick={() => select(visit.node)}>
                {name(visit.node)}
              </Button>
              <span className="soft">
                {visit.subject === 'campaign' ? '' : `${sayPerson(visit.name ?? visit.subject, language)} · `}
                {sayAt(visit.at, language, document.zone ?? DEFAULT_ZONE)}
              </span>
              <p className="fault">{say(sayCode(STUCK_WORDS, visit.reason))}</p>
              {visit.why === null ? null : (
                <Why why={visit.why} zone={document.zone ?? DEFAULT_ZONE} document={document} />
              )}
            </div>
            <VisitActions run={run} visit={visit} isStuck again={visit.again} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What comes next. */
function Ahead({ run, document }: { readonly run: Overview; readonly document: Playbook }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const name = useNodeName(document);
  const upcoming = useQuery({ queryKey: ['run', run.id, 'upcoming'], queryFn: () => runs.upcoming(run.id) });
  const list = upcoming.data?.upcoming ?? [];
  if (isOver(run.status) || list.length === 0) return null;
  return (
    <section>
      <h3>{say({ zh: '接下来', en: 'Next' })}</h3>
      <ul className="ahead-list">
        {list.slice(0, 8).map(({ at, node, next }) => (
          <li key={node}>
            <time dateTime={at}>{sayAt(at, language, document.zone ?? DEFAULT_ZONE)}</time>
            <span>
              {next.length === 0
                ? name(node)
                : next.map((it) => name(it.node)).join(say({ zh: '、', en: ', ' }))}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The activity's own way, with what operators have done to it. */
export function Timeline({ run, document, select }: Props) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const audit = useQuery({ queryKey: ['run', run.id, 'audit'], queryFn: () => runs.audit(run.id) });
  const entries = (audit.data?.entries ?? []).filter(({ action }) => action.startsWith('run.'));
  return (
    <>
      <StoryView run={run.id} document={document} graph={CAMPAIGN} ordinal={0} select={select} />
      {entries.length === 0 ? null : (
        <section>
          <h3>{say({ zh: '谁做了什么', en: 'Who did what' })}</h3>
          <ul className="ahead-list">
            {entries.map(({ id, at, name, action, reason }) => (
              <li key={id}>
                <time dateTime={at}>{sayAt(at, language, document.zone ?? DEFAULT_ZONE)}</time>
                <span>
                  {name === null ? '' : <b>{name} </b>}
                  {say(sayDeed(action))}
                  {reason === null ? '' : say({ zh: `（${reason}）`, en: ` (${reason})` })}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

/** What was sent, and what was not and why. */
export function Messages({ run, document, select }: Props) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const name = useNodeName(document);
  const deliveries = useDeliveries(run.id);
  if (deliveries.data === undefined) return <Skeleton active />;
  const groups = deliveries.data.deliveries;
  if (groups.length === 0) return <Empty description={say({ zh: '还没有消息。', en: 'No messages yet.' })} />;
  return (
    <Table<DeliveryGroup>
      size="small"
      pagination={false}
      rowKey={(it) => `${it.node} ${it.channel} ${it.state} ${it.reason}`}
      dataSource={[...groups]}
      columns={[
        {
          title: say({ zh: '消息', en: 'Message' }),
          render: (_, it) => (
            <>
              <Button type="link" className="plain" onClick={() => select(it.node)}>
                {name(it.node)}
              </Button>
              <div className="soft">
                {sayAt(it.at, language, document.zone ?? DEFAULT_ZONE)} · {sayChannel(it.channel, language)}
              </div>
            </>
          ),
        },
        {
          title: say({ zh: '状态', en: 'State' }),
          render: (_, it) => (
            <>
              <Tag color={it.state === 'sent' ? 'green' : it.state === 'failed' ? 'red' : 'default'}>
                {say(sayCode(DELIVERY, it.state))}
              </Tag>
              {it.why === null ? null : <div className="soft">{read(it.why, language)}</div>}
            </>
          ),
        },
        { title: say({ zh: '收件方', en: 'Recipients' }), dataIndex: 'recipients', align: 'right' },
      ]}
    />
  );
}
