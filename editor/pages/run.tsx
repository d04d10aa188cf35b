// One run: its drawing with live counts, and beside it what needs people, what happened, and what was sent.
import { useQuery } from '@tanstack/react-query';
import { Alert, Badge, Breadcrumb, Skeleton, Spin, Tabs, Tag } from 'antd';
import { useEffect, useState } from 'react';
import type { Playbook } from '../../engine/document.ts';
import { CAMPAIGN, type GraphName } from '../document/graphs.ts';
import { keepNames } from '../document/use-names.ts';
import { addressOf } from '../location.ts';
import { useNarrow } from '../narrow.ts';
import { runs } from '../run/api.ts';
import type { Overview } from '../run/shapes.ts';
import { useOverview } from '../run/ask-run.ts';
import { Commands } from '../run/commands.tsx';
import { Doors } from '../run/doors.tsx';
import { keepCounts, RunDrawing } from '../run/drawing.tsx';
import { DEFAULT_ZONE } from '../run/forecast.ts';
import { useLive } from '../run/live.ts';
import { NodePanel } from '../run/node-panel.tsx';
import { Outline } from '../run/outline.tsx';
import { Attention, Messages, Timeline } from '../run/panels.tsx';
import { isOver, sayAt, STATUS } from '../run/words.ts';
import { read, useSay, useSpeech } from '../say.ts';
import { Bar } from '../shell/bar.tsx';
import { Frame } from '../shell/frame.tsx';
import { Trouble } from './trouble.tsx';

export function RunPage({ id }: { readonly id: string }) {
  const overview = useOverview(id);
  const run = overview.data;
  const document = useQuery({
    queryKey: ['version', run?.playbook, run?.version],
    queryFn: () => runs.document(run!.playbook, run!.version),
    enabled: run !== undefined,
    staleTime: Infinity,
  });
  useKeepCounts(run);
  useItsNames(document.data?.document);
  const error = overview.error ?? document.error;
  if (error !== null && (run === undefined || document.data === undefined))
    return (
      <Frame>
        <Trouble error={error} again={() => void Promise.all([overview.refetch(), document.refetch()])} />
      </Frame>
    );
  if (run === undefined || document.data === undefined)
    return (
      <Frame>
        <Skeleton active paragraph={{ rows: 10 }} />
      </Frame>
    );
  return <Shown run={run} document={document.data.document} isAway={overview.error !== null} />;
}

/** What its drawing names is called as its version calls it. */
function useItsNames(document: Playbook | undefined): void {
  useEffect(() => {
    if (document !== undefined) keepNames(document);
  }, [document]);
}

/** Counts follow the run, and go with its page. */
function useKeepCounts(run: Overview | undefined): void {
  useEffect(() => {
    if (run !== undefined) keepCounts(run.nodes);
  }, [run]);
  useEffect(() => () => keepCounts([]), []);
}

function Shown({
  run,
  document,
  isAway,
}: {
  readonly run: Overview;
  readonly document: Playbook;
  readonly isAway: boolean;
}) {
  const isNarrow = useNarrow();
  const [graph, setGraph] = useState<GraphName>(CAMPAIGN);
  const [selected, setSelected] = useState<string | undefined>();
  const isLive = useLive(run.id, isOver(run.status));
  const show = (node: string): void => {
    const home = run.nodes.find((it) => it.node === node)?.graph;
    if (home !== undefined) setGraph(home);
    setSelected(node);
  };
  const panel =
    selected === undefined ? (
      <Panels run={run} document={document} select={show} />
    ) : (
      <NodePanel
        key={selected}
        run={run}
        document={document}
        graph={graph}
        node={selected}
        select={setSelected}
      />
    );
  return (
    <div className={`desk run-desk${isNarrow ? ' narrow' : ''}`}>
      <Bar />
      <Head
        run={run}
        document={document}
        graph={graph}
        showGraph={setGraph}
        isLive={isLive}
        isAway={isAway}
      />
      {isNarrow ? (
        <main className="run-narrow">
          {panel}
          {selected === undefined ? (
            <Outline
              document={document}
              select={(name, node) => {
                setGraph(name);
                setSelected(node);
              }}
            />
          ) : null}
        </main>
      ) : (
        <main className="run-work">
          <RunDrawing
            document={document}
            graph={graph}
            selected={selected}
            select={setSelected}
            nodes={run.nodes}
          />
          <aside className="inspector">{panel}</aside>
        </main>
      )}
    </div>
  );
}

function Head({
  run,
  document,
  graph,
  showGraph,
  isLive,
  isAway,
}: {
  readonly run: Overview;
  readonly document: Playbook;
  readonly graph: GraphName;
  readonly showGraph: (graph: GraphName) => void;
  readonly isLive: boolean;
  readonly isAway: boolean;
}) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const { status } = run;
  const isSlow = useAfter(SLOW_MS);
  const journeys = Object.entries(document.journeys ?? {});
  const campaign = say({ zh: '活动', en: 'Activity' });
  const name = (it: string): string =>
    it === CAMPAIGN ? campaign : read(document.journeys?.[it]?.title, language);
  return (
    <header className="run-head">
      <Title run={run} zone={document.zone ?? DEFAULT_ZONE} />
      <Tag className="status" color={STATUS[status].colour}>
        {say(STATUS[status])}
      </Tag>
      {isOver(status) ? null : isLive && !isAway ? (
        <Badge status="processing" text={say({ zh: '实时', en: 'Live' })} />
      ) : (
        <Badge status="default" text={say({ zh: '重新连接中…', en: 'Reconnecting…' })} />
      )}
      {journeys.length === 0 ? null : (
        <Breadcrumb
          items={[
            {
              title: name(graph),
              menu: {
                items: [
                  { key: CAMPAIGN, label: campaign },
                  ...journeys.map(([key]) => ({ key, label: name(key) })),
                ],
                onClick: ({ key }) => showGraph(key),
              },
            },
          ]}
        />
      )}
      <Commands run={run} document={document} />
      {status === 'waiting' && isSlow ? (
        <Alert
          className="wide"
          type="info"
          showIcon
          icon={<Spin size="small" />}
          title={say({
            zh: '还在准备执行引擎，准备好就自动开始。',
            en: 'The engine is still being prepared. The run begins by itself when it is ready.',
          })}
        />
      ) : null}
    </header>
  );
}

function Title({ run, zone }: { readonly run: Overview; readonly zone: string }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const { title, playbook, version, mode, ended, now } = run;
  const at = (instant: string): string => sayAt(instant, language, zone);
  return (
    <div className="title">
      <h1>{read(title, language)}</h1>
      <p className="soft">
        <a href={addressOf('playbooks', playbook)}>
          {say({ zh: `第 ${version} 版`, en: `Version ${version}` })}
        </a>
        {mode === 'fast' ? say({ zh: ' · 压缩时间', en: ' · compressed time' }) : ''}
        {ended !== null
          ? say({ zh: ` · 结束于 ${at(ended)}`, en: ` · ended ${at(ended)}` })
          : now !== null && mode === 'fast'
            ? say({ zh: ` · 活动里的时间 ${at(now)}`, en: ` · ${at(now)} in the activity` })
            : ''}
      </p>
    </div>
  );
}

/** A start that takes longer than this wants an explanation. */
const SLOW_MS = 4_000;

function useAfter(ms: number): boolean {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setOver(true), ms);
    return () => clearTimeout(timer);
  }, [ms]);
  return isOver;
}

function Panels(props: {
  readonly run: Overview;
  readonly document: Playbook;
  readonly select: (node: string) => void;
}) {
  const say = useSay();
  const { stuck, openTasks } = props.run;
  return (
    <Tabs
      items={[
        {
          key: 'attention',
          label: (
            <Badge count={stuck + openTasks} size="small" offset={[8, 0]}>
              {say({ zh: '要处理的', en: 'To do' })}
            </Badge>
          ),
          children: <Attention {...props} />,
        },
        { key: 'timeline', label: say({ zh: '时间线', en: 'Timeline' }), children: <Timeline {...props} /> },
        { key: 'messages', label: say({ zh: '消息', en: 'Messages' }), children: <Messages {...props} /> },
        ...(props.run.journeys.length === 0
          ? []
          : [{ key: 'doors', label: say({ zh: '入口', en: 'Entrances' }), children: <Doors {...props} /> }]),
      ]}
    />
  );
}
