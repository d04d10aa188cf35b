// One playbook being drawn: the canvas, what can be added, what is selected, and how far it is saved.
import {
  CaretRightOutlined,
  DownOutlined,
  HistoryOutlined,
  RedoOutlined,
  UndoOutlined,
} from '@ant-design/icons';
import { ReactFlowProvider } from '@xyflow/react';
import { useQuery } from '@tanstack/react-query';
import { Button, Dropdown, Modal, Skeleton, Spin, Tooltip } from 'antd';
import { lazy, Suspense, useEffect } from 'react';
import { focusCanvas } from '../canvas/areas.ts';
import { Canvas } from '../canvas/canvas.tsx';
import { PaletteDialog } from '../canvas/palette.tsx';
import { Side } from '../canvas/side.tsx';
import { here, removeSelected } from '../canvas/do.ts';
import { useKeys } from '../canvas/keys.ts';
import { pasteHere } from '../canvas/paste-dialog.tsx';
import { useStage } from '../canvas/stage.ts';
import { copy, read as readPiece, write } from '../document/clipboard.ts';
import { setJourney } from '../document/commands.ts';
import type { Playbook } from '../../engine/document.ts';
import { CAMPAIGN, freshId, graphNames, graphOf } from '../document/graphs.ts';
import { redoSays, undoSays } from '../document/history.ts';
import {
  act,
  closePlaybook,
  openPlaybook,
  redoNext,
  settleConflict,
  undoLast,
  useDesk,
} from '../document/store.ts';
import { Inspector } from '../inspector/inspector.tsx';
import { usePhone } from '../narrow.ts';
import { goToWished } from '../problems/go-to.ts';
import { read, useSay, useSpeech, type Words } from '../say.ts';
import { Announcer } from '../shell/announce.tsx';
import { Bar } from '../shell/bar.tsx';
import { Frame } from '../shell/frame.tsx';
import type { SaveState } from '../document/autosave.ts';
import { LaunchTrouble } from './launch-trouble.tsx';
import { PublishButton } from './publish-button.tsx';
import { Trouble } from './trouble.tsx';

const Past = lazy(() => import('../history/past.tsx').then((it) => ({ default: it.Past })));
const Sides = lazy(() => import('../history/sides.tsx').then((it) => ({ default: it.Sides })));
const Dock = lazy(() => import('../rehearsal/dock.tsx').then((it) => ({ default: it.Dock })));

export function PlaybookPage({ id }: { readonly id: string }) {
  const say = useSay();
  const opened = useQuery({
    queryKey: ['open', id],
    queryFn: () => openPlaybook(id).then(() => true),
    gcTime: 0,
    staleTime: Infinity,
  });
  const isRehearsing = useStage(({ isRehearsing: it }) => it);
  const isPast = useStage(({ isPast: it }) => it);
  useEffect(
    () => () => {
      useStage.setState({ isRehearsing: false, isPast: false });
      closePlaybook();
    },
    [],
  );
  useEffect(() => {
    if (opened.isSuccess) goToWished();
  }, [opened.isSuccess]);
  useKeys();
  usePage();
  if (opened.isPending || opened.error !== null)
    return (
      <Frame>
        {opened.isPending ? (
          <Skeleton active paragraph={{ rows: 10 }} />
        ) : (
          <Trouble error={opened.error} again={() => void opened.refetch()} />
        )}
      </Frame>
    );
  return (
    <ReactFlowProvider>
      <div className="desk">
        <button type="button" className="skip" onClick={focusCanvas}>
          {say({ zh: '跳到画布', en: 'Skip to the canvas' })}
        </button>
        <DeskBar id={id} />
        <LaunchTrouble id={id} />
        {isPast ? (
          <Suspense fallback={null}>
            <Past id={id} close={() => useStage.setState({ isPast: false })} />
          </Suspense>
        ) : null}
        <div className="work">
          <Side />
          <Canvas />
          <Inspector />
        </div>
        {isRehearsing ? (
          <Suspense fallback={<Spin />}>
            <Dock onClose={() => useStage.setState({ isRehearsing: false })} />
          </Suspense>
        ) : null}
        <PaletteDialog />
        <Announcer />
        <Conflict />
      </div>
    </ReactFlowProvider>
  );
}

function DeskBar({ id }: { readonly id: string }) {
  const say = useSay();
  const isPhone = usePhone();
  const isRehearsing = useStage(({ isRehearsing: it }) => it);
  const rehearse = (): void => useStage.setState({ isRehearsing: !isRehearsing });
  const showPast = (): void => useStage.setState({ isPast: true });
  return (
    <Bar
      more={[
        {
          key: 'rehearse',
          icon: <CaretRightOutlined aria-hidden />,
          label: say(isRehearsing ? CLOSE_REHEARSAL : REHEARSE),
          onClick: rehearse,
        },
        {
          key: 'past',
          icon: <HistoryOutlined aria-hidden />,
          label: say(HISTORY),
          onClick: showPast,
        },
      ]}
    >
      <Trail />
      <Steps />
      <SaveWord />
      {isPhone ? null : (
        <>
          <PastButton show={showPast} />
          <RehearseButton isOn={isRehearsing} toggle={rehearse} />
        </>
      )}
      <PublishButton id={id} />
    </Bar>
  );
}

function Trail() {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const document = useDesk(({ history }) => history?.present.document);
  const graph = useDesk(({ graph: it }) => it);
  if (document === undefined) return null;
  const show = (name: string): void => useDesk.setState({ graph: name, selected: [], selectedEdges: [] });
  const add = (): void => {
    const id = freshId(new Set([CAMPAIGN, ...Object.keys(document.journeys ?? {})]), 'journey');
    act(setJourney(id, { 'zh-CN': '新旅程', en: 'New journey' }));
    show(id);
  };
  const menu = {
    items: [
      ...Object.entries(document.journeys ?? {}).map(([name, { title }]) => ({
        key: `journey ${name}`,
        label: read(title, language),
      })),
      { key: 'new', label: say({ zh: '＋ 新旅程', en: '+ New journey' }) },
    ],
    onClick: ({ key }: { key: string }) => (key === 'new' ? add() : show(key.slice('journey '.length))),
  };
  const journey = read(document.journeys?.[graph]?.title, language);
  return (
    <nav className="trail" aria-label={say({ zh: '位置', en: 'Place' })}>
      <button
        type="button"
        onClick={() => show(CAMPAIGN)}
        aria-current={graph === CAMPAIGN ? 'page' : undefined}
      >
        {read(document.title, language)}
      </button>
      {graph === CAMPAIGN ? null : (
        <>
          <span aria-hidden>/</span>
          <button type="button" aria-current="page">
            {journey}
          </button>
        </>
      )}
      <Dropdown menu={menu} trigger={['click']}>
        <button type="button" className="more">
          <span>{say({ zh: '旅程', en: 'Journeys' })}</span> <DownOutlined aria-hidden />
        </button>
      </Dropdown>
    </nav>
  );
}

function Steps() {
  const say = useSay();
  const history = useDesk(({ history: it }) => it);
  if (history === undefined) return null;
  const back = undoSays(history);
  const forth = redoSays(history);
  return (
    <span>
      <Tooltip title={back === undefined ? '' : `${say({ zh: '撤销：', en: 'Undo: ' })}${say(back)}`}>
        <Button
          type="text"
          icon={<UndoOutlined />}
          disabled={back === undefined}
          aria-label={say({ zh: '撤销', en: 'Undo' })}
          onClick={undoLast}
        />
      </Tooltip>
      <Tooltip title={forth === undefined ? '' : `${say({ zh: '重做：', en: 'Redo: ' })}${say(forth)}`}>
        <Button
          type="text"
          icon={<RedoOutlined />}
          disabled={forth === undefined}
          aria-label={say({ zh: '重做', en: 'Redo' })}
          onClick={redoNext}
        />
      </Tooltip>
    </span>
  );
}

const HISTORY: Words = { zh: '历史', en: 'History' };
const REHEARSE: Words = { zh: '彩排', en: 'Rehearse' };
const CLOSE_REHEARSAL: Words = { zh: '关闭彩排', en: 'Close the rehearsal' };

function PastButton({ show }: { readonly show: () => void }) {
  const say = useSay();
  return (
    <Tooltip title={say(HISTORY)}>
      <Button type="text" icon={<HistoryOutlined />} aria-label={say(HISTORY)} onClick={show} />
    </Tooltip>
  );
}

function RehearseButton({ isOn, toggle }: { readonly isOn: boolean; readonly toggle: () => void }) {
  const say = useSay();
  return (
    <Button icon={<CaretRightOutlined aria-hidden />} aria-pressed={isOn} onClick={toggle}>
      {say(REHEARSE)}
    </Button>
  );
}

const SAVE_WORDS: Readonly<Record<SaveState, Words>> = {
  saved: { zh: '已保存', en: 'Saved' },
  pending: { zh: '有修改', en: 'Changed' },
  saving: { zh: '保存中…', en: 'Saving…' },
  here: { zh: '保存在这台电脑上，等服务器恢复', en: 'Kept here, waiting for the server' },
  conflict: { zh: '别人也改过', en: 'Somebody else changed it too' },
  refused: { zh: '没有保存', en: 'Not saved' },
};

function SaveWord() {
  const say = useSay();
  const save = useDesk(({ save: it }) => it);
  const refusal = useDesk(({ refusal: it }) => it);
  return (
    <span className={`save ${save}`} role="status" title={refusal}>
      {say(SAVE_WORDS[save])}
    </span>
  );
}

/** Neither side is the older one. */
const BETWEEN = {
  added: { zh: '只有我有', en: 'Only mine' },
  removed: { zh: '只有他们有', en: 'Only theirs' },
  changed: { zh: '两边不同', en: 'Different' },
} as const;

/** Two people, or two tabs, changed one draft: somebody chooses, and undo keeps the other. */
function Conflict() {
  const say = useSay();
  const theirs = useDesk(({ theirs: it }) => it);
  const mine = useDesk(({ history }) => history?.present.document);
  if (theirs === undefined || mine === undefined) return null;
  const stepsOf = (document: Playbook): number =>
    graphNames(document).reduce((sum, graph) => sum + graphOf(document, graph).nodes.length, 0);
  const take = (words: Words, document: Playbook): string =>
    say({
      zh: `${words.zh}（${stepsOf(document)} 个步骤）`,
      en: `${words.en} (${stepsOf(document)} steps)`,
    });
  return (
    <Modal
      open
      closable={false}
      className="choice"
      style={{ top: 24 }}
      width="min(1100px, 94vw)"
      title={say({ zh: '别人也改过这个剧本', en: 'Somebody else changed this playbook too' })}
      footer={[
        <Button key="theirs" onClick={() => settleConflict(theirs.document)}>
          {take({ zh: '用他们的', en: 'Take theirs' }, theirs.document)}
        </Button>,
        <Button key="mine" type="primary" onClick={() => settleConflict(mine)}>
          {take({ zh: '用我的', en: 'Take mine' }, mine)}
        </Button>,
      ]}
    >
      {say({
        zh: '什么都没有被覆盖。选哪一个都可以撤销，另一个不会丢。',
        en: 'Nothing was overwritten. You can undo your choice; the other one is not lost.',
      })}
      <Suspense fallback={<Spin />}>
        <Sides
          before={theirs.document}
          after={mine}
          names={{ before: say({ zh: '他们的', en: 'Theirs' }), after: say({ zh: '我的', en: 'Mine' }) }}
          marks={BETWEEN}
        />
      </Suspense>
    </Modal>
  );
}

/** The clipboard of the browser, and leaving with something unsaved. */
function usePage(): void {
  useEffect(() => {
    const copied = (event: ClipboardEvent): void => {
      const { history, graph, selected } = useDesk.getState();
      const isText = event.target instanceof Element && event.target.closest('input, textarea') !== null;
      if (history === undefined || selected.length === 0 || isText) return;
      event.preventDefault();
      event.clipboardData?.setData('text/plain', write(copy(history.present.document, graph, selected)));
    };
    const cut = (event: ClipboardEvent): void => {
      copied(event);
      const at = here();
      if (event.defaultPrevented && at !== undefined) removeSelected(at);
    };
    const pasted = (event: ClipboardEvent): void => {
      const isText = event.target instanceof Element && event.target.closest('input, textarea') !== null;
      const piece = readPiece(event.clipboardData?.getData('text/plain') ?? '');
      if (piece === undefined || isText) return;
      event.preventDefault();
      pasteHere(piece);
    };
    const leaving = (event: BeforeUnloadEvent): void => {
      const { save } = useDesk.getState();
      if (save === 'pending' || save === 'saving' || save === 'refused') event.preventDefault();
    };
    addEventListener('copy', copied);
    addEventListener('cut', cut);
    addEventListener('paste', pasted);
    addEventListener('beforeunload', leaving);
    return () => {
      removeEventListener('copy', copied);
      removeEventListener('cut', cut);
      removeEventListener('paste', pasted);
      removeEventListener('beforeunload', leaving);
    };
  }, []);
}
