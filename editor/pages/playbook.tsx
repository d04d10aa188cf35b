// One playbook being drawn: the canvas, what can be added, what is selected, and how far it is saved.
import { CaretRightOutlined, HistoryOutlined, RedoOutlined, UndoOutlined } from '@ant-design/icons';
import { ReactFlowProvider } from '@xyflow/react';
import { useQuery } from '@tanstack/react-query';
import { Breadcrumb, Button, Modal, Spin, Tooltip } from 'antd';
import { lazy, Suspense, useEffect, useState } from 'react';
import { Canvas } from '../canvas/canvas.tsx';
import { PaletteDialog } from '../canvas/palette.tsx';
import { Side } from '../canvas/side.tsx';
import { placesOf } from '../canvas/arrange.ts';
import { copy, fresh, read as readPiece, write } from '../document/clipboard.ts';
import { insert } from '../document/commands.ts';
import { CAMPAIGN } from '../document/graphs.ts';
import { redoSays, undoSays } from '../document/history.ts';
import {
  act,
  closePlaybook,
  openPlaybook,
  redoNext,
  saveNow,
  settleConflict,
  undoLast,
  useDesk,
} from '../document/store.ts';
import { Inspector } from '../inspector/inspector.tsx';
import { read, useSay, useSpeech, type Words } from '../say.ts';
import { Bar } from '../shell/bar.tsx';
import type { SaveState } from '../document/autosave.ts';
import { PublishButton } from './publish-button.tsx';
import { Trouble } from './trouble.tsx';

const Past = lazy(() => import('../history/past.tsx').then((it) => ({ default: it.Past })));
const Sides = lazy(() => import('../history/sides.tsx').then((it) => ({ default: it.Sides })));
const Dock = lazy(() => import('../rehearsal/dock.tsx').then((it) => ({ default: it.Dock })));

export function PlaybookPage({ id }: { readonly id: string }) {
  const opened = useQuery({
    queryKey: ['open', id],
    queryFn: () => openPlaybook(id).then(() => true),
    gcTime: 0,
    staleTime: Infinity,
  });
  const [isRehearsing, rehearse] = useState(false);
  useEffect(() => closePlaybook, []);
  useKeys();
  if (opened.isPending) return <Spin fullscreen />;
  if (opened.error !== null) return <Trouble error={opened.error} again={() => void opened.refetch()} />;
  return (
    <ReactFlowProvider>
      <div className="desk">
        <Bar>
          <Trail />
          <Steps />
          <SaveWord />
          <PastButton id={id} />
          <RehearseButton isOn={isRehearsing} toggle={() => rehearse(!isRehearsing)} />
          <PublishButton id={id} />
        </Bar>
        <div className="work">
          <Side />
          <Canvas />
          <Inspector />
        </div>
        {isRehearsing ? (
          <Suspense fallback={<Spin />}>
            <Dock onClose={() => rehearse(false)} />
          </Suspense>
        ) : null}
        <PaletteDialog />
        <Conflict />
      </div>
    </ReactFlowProvider>
  );
}

function Trail() {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const document = useDesk(({ history }) => history?.present.document);
  const graph = useDesk(({ graph: it }) => it);
  if (document === undefined) return null;
  const show = (name: string): void => useDesk.setState({ graph: name, selected: [], selectedEdges: [] });
  const journeys = Object.entries(document.journeys ?? {});
  const menu = {
    items: [
      { key: CAMPAIGN, label: say({ zh: '活动', en: 'Activity' }) },
      ...journeys.map(([name, { title }]) => ({ key: name, label: read(title, language) })),
    ],
    onClick: ({ key }: { key: string }) => show(key),
  };
  const here =
    graph === CAMPAIGN
      ? say({ zh: '活动', en: 'Activity' })
      : read(document.journeys?.[graph]?.title, language);
  return (
    <Breadcrumb
      items={[
        { title: read(document.title, language) },
        journeys.length > 0 ? { title: here, menu } : { title: here },
      ]}
    />
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

function PastButton({ id }: { readonly id: string }) {
  const say = useSay();
  const [isOpen, open] = useState(false);
  return (
    <>
      <Tooltip title={say({ zh: '历史', en: 'History' })}>
        <Button
          type="text"
          icon={<HistoryOutlined />}
          aria-label={say({ zh: '历史', en: 'History' })}
          onClick={() => open(true)}
        />
      </Tooltip>
      {isOpen ? (
        <Suspense fallback={null}>
          <Past id={id} close={() => open(false)} />
        </Suspense>
      ) : null}
    </>
  );
}

function RehearseButton({ isOn, toggle }: { readonly isOn: boolean; readonly toggle: () => void }) {
  const say = useSay();
  return (
    <Button icon={<CaretRightOutlined />} aria-pressed={isOn} onClick={toggle}>
      {say({ zh: '彩排', en: 'Rehearse' })}
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

/** Two people, or two tabs, changed one draft: somebody chooses, and undo keeps the other. */
function Conflict() {
  const say = useSay();
  const theirs = useDesk(({ theirs: it }) => it);
  const mine = useDesk(({ history }) => history?.present.document);
  if (theirs === undefined || mine === undefined) return null;
  const size = (nodes: number): string => say({ zh: `${nodes} 个步骤`, en: `${nodes} steps` });
  return (
    <Modal
      open
      closable={false}
      width="min(1100px, 94vw)"
      title={say({ zh: '别人也改过这个剧本', en: 'Somebody else changed this playbook too' })}
      footer={[
        <Button key="theirs" onClick={() => settleConflict(theirs.document)}>
          {say({ zh: '用他们的', en: 'Take theirs' })}（{size(theirs.document.graph.nodes.length)}）
        </Button>,
        <Button key="mine" type="primary" onClick={() => settleConflict(mine)}>
          {say({ zh: '用我的', en: 'Take mine' })}（{size(mine.graph.nodes.length)}）
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
        />
      </Suspense>
    </Modal>
  );
}

/** Keys of the page. They rest while somebody types, and while an input method composes. */
function useKeys(): void {
  useEffect(() => {
    const down = (event: KeyboardEvent): void => {
      const isTyping =
        event.target instanceof Element &&
        event.target.closest('input, textarea, select, [contenteditable]') !== null;
      if (event.isComposing || isTyping || !(event.ctrlKey || event.metaKey)) return;
      const deed = { z: event.shiftKey ? redoNext : undoLast, y: redoNext, s: () => void saveNow() }[
        event.key.toLowerCase()
      ];
      if (deed === undefined) return;
      event.preventDefault();
      deed();
    };
    const copied = (event: ClipboardEvent): void => {
      const { history, graph, selected } = useDesk.getState();
      const isText = event.target instanceof Element && event.target.closest('input, textarea') !== null;
      if (history === undefined || selected.length === 0 || isText) return;
      event.preventDefault();
      event.clipboardData?.setData('text/plain', write(copy(history.present.document, graph, selected)));
    };
    const pasted = (event: ClipboardEvent): void => {
      const { history, graph } = useDesk.getState();
      const isText = event.target instanceof Element && event.target.closest('input, textarea') !== null;
      const piece = readPiece(event.clipboardData?.getData('text/plain') ?? '');
      if (history === undefined || piece === undefined || isText) return;
      event.preventDefault();
      const { document } = history.present;
      const bottom = Math.max(0, ...Object.values(placesOf(document, graph)).map(({ y }) => y)) + 160;
      const made = fresh(document, piece, { x: 0, y: bottom });
      act(
        insert(graph, made, {
          zh: `粘贴 ${made.nodes.length} 个步骤`,
          en: `Paste ${made.nodes.length} steps`,
        }),
      );
      useDesk.setState({ selected: made.nodes.map((node) => node.id), selectedEdges: [] });
    };
    const leaving = (event: BeforeUnloadEvent): void => {
      const { save } = useDesk.getState();
      if (save === 'pending' || save === 'saving' || save === 'refused') event.preventDefault();
    };
    addEventListener('keydown', down);
    addEventListener('copy', copied);
    addEventListener('paste', pasted);
    addEventListener('beforeunload', leaving);
    return () => {
      removeEventListener('keydown', down);
      removeEventListener('copy', copied);
      removeEventListener('paste', pasted);
      removeEventListener('beforeunload', leaving);
    };
  }, []);
}
