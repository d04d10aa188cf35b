// Goal and phases of the playbook, with the same controls as a step's settings: their fields are data, too.
import type { Phase, Playbook } from '../../engine/document.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import type { Field } from '../../engine/step.ts';
import { setPart, setPhases } from '../document/commands.ts';
import { freshId } from '../document/graphs.ts';
import { useProblems } from '../document/problems.ts';
import { act } from '../document/store.ts';
import { useSay } from '../say.ts';
import { isRecord } from '../values.ts';
import { ListControl } from './controls/list.tsx';
import { Faults } from './faults.tsx';
import { Rows } from './rows.tsx';

const METRIC: Field = { key: 'metric', as: 'metric', label: { zh: '指标', en: 'Metric' } };

/** As in a review: see `report`. */
const WINDOW_HELP = {
  zh: '不填用指标自己的窗口（如激活率 7 天）；没有的从活动开始算起。',
  en: 'Empty: the window of the metric itself (7 days for activation); without one, since the activity began.',
};

const GOAL_FIELDS: readonly Field[] = [
  METRIC,
  {
    key: 'window',
    as: 'duration',
    label: { zh: '最近多久', en: 'Over the last' },
    help: WINDOW_HELP,
  },
  { key: 'baseline', as: 'number', label: { zh: '现在是多少', en: 'Baseline' } },
  { key: 'target', as: 'number', label: { zh: '要达到多少', en: 'Target' } },
  { key: 'deadline', as: 'time', label: { zh: '到什么时候', en: 'By when' } },
  {
    key: 'guardrails',
    as: 'list',
    label: { zh: '护栏：不能变坏的', en: 'Guardrails: what must not get worse' },
    of: [METRIC, { key: 'atMost', as: 'number', label: { zh: '最多', en: 'At most' } }],
  },
];

const GOAL_SCHEMA = { required: ['metric', 'baseline', 'target', 'deadline'] };

export function GoalForm({ document }: { readonly document: Playbook }) {
  const say = useSay();
  const goal = (document.goal ?? {}) as unknown as JsonObject;
  const problems = useProblems(({ problems: it }) => it).filter(({ place }) =>
    (place.pointer ?? '').startsWith('/goal'),
  );
  return (
    <div data-control="p-goal">
      <p className="help">
        {say({
          zh: '这次活动要把哪个数字变好，又不能让哪些数字变坏。',
          en: 'Which number this activity is to improve, and which it must not make worse.',
        })}
      </p>
      <Rows
        prefix="p-goal"
        pointer="/goal"
        fields={GOAL_FIELDS}
        schema={GOAL_SCHEMA}
        values={goal}
        problems={problems}
        change={(key, value) => {
          const { [key]: _old, ...rest } = goal;
          const next = { guardrails: [], ...rest, ...(value === undefined ? {} : { [key]: value }) };
          act({ ...setPart('goal', next as never), gesture: `goal ${key}` });
        }}
      />
      <Faults problems={problems.filter(({ place }) => place.pointer === '/goal')} />
    </div>
  );
}

const PHASE_FIELDS: Field = {
  key: 'phases',
  as: 'list',
  label: { zh: '阶段', en: 'Phases' },
  of: [
    { key: 'title', as: 'text', label: { zh: '名称', en: 'Name' } },
    { key: 'starts', as: 'time', label: { zh: '开始', en: 'Begins' } },
    { key: 'ends', as: 'time', label: { zh: '结束', en: 'Ends' } },
    { key: 'owner', as: 'role', label: { zh: '负责人', en: 'Owner' } },
    { key: 'goal', as: 'text', label: { zh: '这个阶段要做到', en: 'What it is to achieve' } },
  ],
};

export function PhasesForm({ document }: { readonly document: Playbook }) {
  const say = useSay();
  const phases = document.phases ?? [];
  const problems = useProblems(({ problems: it }) => it).filter(({ place }) =>
    (place.pointer ?? '').startsWith('/phases'),
  );
  return (
    <div data-control="p-phases">
      <p className="help">
        {say({
          zh: '阶段是画布上从左到右的列；步骤站在哪一列，就属于哪个阶段，也可以在步骤的设置里选。',
          en: 'Phases are the columns of the canvas. A step belongs to the one it stands in; it can also be chosen in its settings.',
        })}
      </p>
      <ListControl
        id="p-phases"
        field={PHASE_FIELDS}
        schema={{ items: { required: ['title'] } }}
        value={phases as unknown as Json}
        pointer="/phases"
        siblings={NO_SIBLINGS}
        problems={problems}
        Nested={Rows}
        change={(next) => {
          const rows = Array.isArray(next) ? (next as readonly Json[]).filter(isRecord) : [];
          const gesture = rows.length === phases.length ? { gesture: 'phases' } : {};
          act({ ...setPhases(withIds(rows)), ...gesture });
        }}
      />
    </div>
  );
}

const NO_SIBLINGS = { fields: [], values: {} } as const;

/** A new phase gets an id of its own, and words until somebody finds better ones. */
function withIds(rows: readonly JsonObject[]): Phase[] {
  const taken = new Set(rows.flatMap(({ id }) => (typeof id === 'string' ? [id] : [])));
  return rows.map((row): Phase => {
    if (typeof row['id'] === 'string') return { title: {}, ...row } as unknown as Phase;
    const id = freshId(taken, 'phase');
    taken.add(id);
    return { title: { 'zh-CN': '新阶段', en: 'New phase' }, ...row, id } as unknown as Phase;
  });
}
