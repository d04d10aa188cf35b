// Everything that can be done on the canvas, by name, with its key. Menus, the command palette, the keyboard and the sheet of
// shortcuts are drawn from this table, so nothing exists twice.
import { redoNext, saveNow, undoLast, useDesk } from '../document/store.ts';
import { useProblems } from '../document/problems.ts';
import { go } from '../location.ts';
import { goTo } from '../problems/go-to.ts';
import { sayProblem } from '../problems/say.ts';
import { announce } from '../shell/announce.tsx';
import type { Words } from '../words.ts';
import { askFor } from './adding.ts';
import {
  addNote,
  align,
  colourSelected,
  COLOURS,
  copySelected,
  distribute,
  duplicateSelected,
  here,
  removeSelected,
  selectAll,
  tidyUp,
  toggleSelected,
  type Here,
} from './do.ts';
import { goToArea } from './areas.ts';
import { exportPicture, printPicture } from './export.ts';
import { rename } from './rename.tsx';
import { openSheet, pointNow, showWhole, useStage } from './stage.ts';

/** Where a deed belongs in menus and on the sheet. */
export type DeedGroup = 'edit' | 'add' | 'arrange' | 'view' | 'share';

/** One thing that somebody can do. */
export interface Deed {
  readonly id: string;
  readonly says: Words;
  readonly group: DeedGroup;
  /** Keys as `keyOf` writes them. `Mod` is ⌘ on a Mac and Ctrl elsewhere. */
  readonly keys?: readonly string[];
  /** True for keys that work wherever the focus is, except where somebody types; `typing`: there, too. */
  readonly isEverywhere?: boolean | 'typing';
  /** Whether there is anything to do now. Default: always. */
  readonly can?: (at: Here) => boolean;
  readonly run: (at: Here) => void;
}

export const GROUPS: Readonly<Record<DeedGroup, Words>> = {
  edit: { zh: '编辑', en: 'Edit' },
  add: { zh: '添加和连接', en: 'Add and connect' },
  arrange: { zh: '排列', en: 'Arrange' },
  view: { zh: '查看', en: 'View' },
  share: { zh: '发布和导出', en: 'Publish and share' },
};

const some = ({ steps }: Here): boolean => steps.length > 0;
const several = ({ steps }: Here): boolean => steps.length > 1;
const one = ({ steps }: Here): boolean => steps.length === 1;
const anything = ({ steps, notes, edges }: Here): boolean => steps.length + notes.length + edges.length > 0;

const EDIT: readonly Deed[] = [
  {
    id: 'undo',
    says: { zh: '撤销', en: 'Undo' },
    group: 'edit',
    keys: ['Mod+z'],
    isEverywhere: true,
    run: undoLast,
  },
  {
    id: 'redo',
    says: { zh: '重做', en: 'Redo' },
    group: 'edit',
    keys: ['Mod+Shift+z', 'Mod+y'],
    isEverywhere: true,
    run: redoNext,
  },
  {
    id: 'save',
    says: { zh: '马上保存', en: 'Save now' },
    group: 'edit',
    keys: ['Mod+s'],
    isEverywhere: 'typing',
    run: () => void saveNow(),
  },
  {
    id: 'copy',
    says: { zh: '复制', en: 'Copy' },
    group: 'edit',
    can: some,
    run: (at) => void copySelected(at),
  },
  {
    id: 'duplicate',
    says: { zh: '再来一份', en: 'Duplicate' },
    group: 'edit',
    keys: ['Mod+d'],
    can: some,
    run: duplicateSelected,
  },
  {
    id: 'select-all',
    says: { zh: '全选', en: 'Select all' },
    group: 'edit',
    keys: ['Mod+a'],
    run: selectAll,
  },
  {
    id: 'toggle',
    says: { zh: '停用或启用', en: 'Switch off or on' },
    group: 'edit',
    can: some,
    run: toggleSelected,
  },
  {
    id: 'rename',
    says: { zh: '改名', en: 'Rename' },
    group: 'edit',
    keys: ['F2'],
    can: one,
    run: ({ steps }) => rename(steps[0]!),
  },
  {
    id: 'replace',
    says: { zh: '换成别的步骤…', en: 'Replace by another step…' },
    group: 'edit',
    keys: ['r'],
    can: one,
    run: ({ steps }) => askFor({ kind: 'replace', node: steps[0]! }),
  },
  {
    id: 'delete',
    says: { zh: '删除', en: 'Delete' },
    group: 'edit',
    keys: ['Delete', 'Backspace'],
    can: anything,
    run: removeSelected,
  },
];

const ADD: readonly Deed[] = [
  {
    id: 'add',
    says: { zh: '添加步骤…', en: 'Add a step…' },
    group: 'add',
    keys: ['a'],
    run: ({ steps }) =>
      askFor(steps.length === 1 ? { kind: 'behind', node: steps[0]! } : { kind: 'at', point: pointNow() }),
  },
  {
    id: 'connect',
    says: { zh: '连接到…', en: 'Connect to…' },
    group: 'add',
    keys: ['c'],
    can: one,
    run: () => openSheet('connect'),
  },
  {
    id: 'insert',
    says: { zh: '在连线上插入…', en: 'Insert on the connection…' },
    group: 'add',
    keys: ['e'],
    can: ({ edges }) => edges.length === 1,
    run: ({ edges }) => askFor({ kind: 'on', edge: edges[0]! }),
  },
  { id: 'note', says: { zh: '添加便签', en: 'Add a note' }, group: 'add', keys: ['n'], run: addNote },
];

const ALIGNMENTS = {
  left: { zh: '左对齐', en: 'Align left' },
  centre: { zh: '左右居中', en: 'Align centres' },
  right: { zh: '右对齐', en: 'Align right' },
  top: { zh: '顶端对齐', en: 'Align top' },
  middle: { zh: '上下居中', en: 'Align middles' },
  bottom: { zh: '底端对齐', en: 'Align bottom' },
} as const;

const COLOUR_WORDS: Readonly<Record<(typeof COLOURS)[number], Words>> = {
  sand: { zh: '标成沙色', en: 'Colour: sand' },
  rose: { zh: '标成玫瑰色', en: 'Colour: rose' },
  leaf: { zh: '标成绿色', en: 'Colour: leaf' },
  sky: { zh: '标成天蓝色', en: 'Colour: sky' },
};

const ARRANGE: readonly Deed[] = [
  {
    id: 'tidy',
    says: { zh: '整理', en: 'Tidy up' },
    group: 'arrange',
    keys: ['t'],
    run: tidyUp,
  },
  ...Object.entries(ALIGNMENTS).map(([how, says]): Deed => ({
    id: `align-${how}`,
    says,
    group: 'arrange',
    can: several,
    run: (at) => align(at, how as keyof typeof ALIGNMENTS),
  })),
  {
    id: 'spread-x',
    says: { zh: '横向均匀分布', en: 'Distribute across' },
    group: 'arrange',
    can: ({ steps }) => steps.length > 2,
    run: (at) => distribute(at, 'x'),
  },
  {
    id: 'spread-y',
    says: { zh: '纵向均匀分布', en: 'Distribute down' },
    group: 'arrange',
    can: ({ steps }) => steps.length > 2,
    run: (at) => distribute(at, 'y'),
  },
  ...COLOURS.map((colour): Deed => ({
    id: `colour-${colour}`,
    says: COLOUR_WORDS[colour],
    group: 'arrange',
    can: some,
    run: (at) => colourSelected(at, colour),
  })),
  {
    id: 'colour-none',
    says: { zh: '去掉颜色', en: 'No colour' },
    group: 'arrange',
    can: some,
    run: (at) => colourSelected(at, undefined),
  },
];

const flow = () => useStage.getState().flow;

let shown = { at: -1, key: '' };

/** The next problem after the one that was shown last, errors first as in the list; from the top again at the end. */
function nextProblem(): void {
  const { problems, of: document } = useProblems.getState();
  const ordered = problems.toSorted(
    (a, b) => Number(a.severity !== 'error') - Number(b.severity !== 'error'),
  );
  if (document === undefined || ordered.length === 0)
    return announce({ zh: '没有问题', en: 'Nothing is wrong' });
  const keyAt = (at: number): string => {
    const { code, place } = ordered[at] ?? {};
    return JSON.stringify([code, place]);
  };
  // Once it is mended, the next one stands in its place.
  const at = (keyAt(shown.at) === shown.key ? shown.at + 1 : Math.max(0, shown.at)) % ordered.length;
  shown = { at, key: keyAt(at) };
  const problem = ordered[at]!;
  const [zh, en] = [sayProblem(problem, document, 'zh'), sayProblem(problem, document, 'en')];
  announce({ zh: `${zh.sentence}${zh.advice}`, en: `${en.sentence} ${en.advice}` });
  goTo(problem.place);
}

/** To the page that publishes, once everything is saved: what is published is what is seen. */
async function publish(): Promise<void> {
  const { id } = useDesk.getState();
  if (id !== undefined && (await saveNow())) go('playbooks', id, 'publish');
}

const VIEW: readonly Deed[] = [
  {
    id: 'rehearse',
    says: { zh: '彩排', en: 'Rehearse' },
    group: 'view',
    run: () => useStage.setState(({ isRehearsing }) => ({ isRehearsing: !isRehearsing })),
  },
  {
    id: 'past',
    says: { zh: '历史…', en: 'History…' },
    group: 'view',
    run: () => useStage.setState({ isPast: true }),
  },
  {
    id: 'commands',
    says: { zh: '所有命令…', en: 'All commands…' },
    group: 'view',
    keys: ['Mod+k'],
    isEverywhere: 'typing',
    run: () => openSheet('commands'),
  },
  {
    id: 'find',
    says: { zh: '查找…', en: 'Find…' },
    group: 'view',
    keys: ['Mod+f'],
    isEverywhere: 'typing',
    run: () => openSheet('find'),
  },
  {
    id: 'next-problem',
    says: { zh: '下一个问题', en: 'Next problem' },
    group: 'view',
    keys: ['F8'],
    isEverywhere: 'typing',
    run: nextProblem,
  },
  {
    id: 'next-area',
    says: { zh: '到下一块：顶栏、步骤、画布、设置', en: 'Next area: bar, steps, canvas, settings' },
    group: 'view',
    keys: ['F6'],
    isEverywhere: 'typing',
    run: () => goToArea(1),
  },
  {
    id: 'last-area',
    says: { zh: '到上一块', en: 'Previous area' },
    group: 'view',
    keys: ['Shift+F6'],
    isEverywhere: 'typing',
    run: () => goToArea(-1),
  },
  {
    id: 'fit',
    says: { zh: '显示全部', en: 'Fit all' },
    group: 'view',
    keys: ['Shift+1'],
    run: () => {
      const it = flow();
      if (it !== undefined) void showWhole(it, 200);
    },
  },
  {
    id: 'fit-selection',
    says: { zh: '放大到选中的步骤', en: 'Zoom to the selection' },
    group: 'view',
    keys: ['Shift+2'],
    can: some,
    run: ({ steps }) =>
      void flow()?.fitView({ nodes: steps.map((id) => ({ id })), padding: 0.3, maxZoom: 1.2, duration: 200 }),
  },
  {
    id: 'actual',
    says: { zh: '原始大小', en: 'Actual size' },
    group: 'view',
    keys: ['0'],
    run: () => void flow()?.zoomTo(1),
  },
  {
    id: 'closer',
    says: { zh: '放大', en: 'Zoom in' },
    group: 'view',
    keys: ['+', '='],
    run: () => void flow()?.zoomIn(),
  },
  {
    id: 'farther',
    says: { zh: '缩小', en: 'Zoom out' },
    group: 'view',
    keys: ['-'],
    run: () => void flow()?.zoomOut(),
  },
  {
    id: 'campaign',
    says: { zh: '回到活动', en: 'Back to the activity' },
    group: 'view',
    can: ({ graph }) => graph !== 'campaign',
    run: () => useDesk.setState({ graph: 'campaign', selected: [], selectedEdges: [] }),
  },
  {
    id: 'shortcuts',
    says: { zh: '快捷键', en: 'Shortcuts' },
    group: 'view',
    keys: ['?'],
    run: () => openSheet('shortcuts'),
  },
];

const SHARE: readonly Deed[] = [
  {
    id: 'publish',
    says: { zh: '发布…', en: 'Publish…' },
    group: 'share',
    run: () => void publish(),
  },
  {
    id: 'svg',
    says: { zh: '导出 SVG 图', en: 'Export as SVG' },
    group: 'share',
    run: () => void exportPicture('svg'),
  },
  {
    id: 'png',
    says: { zh: '导出 PNG 图', en: 'Export as PNG' },
    group: 'share',
    run: () => void exportPicture('png'),
  },
  { id: 'print', says: { zh: '打印', en: 'Print' }, group: 'share', run: () => void printPicture() },
];

export const DEEDS: readonly Deed[] = [...EDIT, ...ADD, ...ARRANGE, ...VIEW, ...SHARE];

/** Does a deed where one is, if there is anything to do. */
export function perform(deed: Deed): void {
  const at = here();
  if (at !== undefined && deed.can?.(at) !== false) deed.run(at);
}
