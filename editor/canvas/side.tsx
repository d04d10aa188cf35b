// Beside the canvas: what can be added, and what is wrong. The problems are counted where everybody sees them.
import { Tabs } from 'antd';
import { create } from 'zustand';
import { useProblems } from '../document/problems.ts';
import { ProblemsPanel } from '../problems/panel.tsx';
import { useSay } from '../say.ts';
import { Outline } from './outline.tsx';
import { Palette } from './palette.tsx';

/** What the side shows. */
export type SideTab = 'steps' | 'outline' | 'problems';

/** Where there is no room for a canvas, the outline stands in its place. */
const NARROW = '(max-width: 700px)';

export const useSide = create<{ readonly tab: SideTab }>(() => ({
  tab: matchMedia(NARROW).matches ? 'outline' : 'steps',
}));

export function Side() {
  const say = useSay();
  const tab = useSide(({ tab: it }) => it);
  return (
    <aside className="palette" aria-label={say({ zh: '步骤和问题', en: 'Steps and problems' })}>
      <Tabs
        size="small"
        tabBarGutter={16}
        activeKey={tab}
        onChange={(key) => useSide.setState({ tab: key as SideTab })}
        items={[
          { key: 'steps', label: say({ zh: '步骤', en: 'Steps' }), children: <Palette /> },
          { key: 'outline', label: say({ zh: '大纲', en: 'Outline' }), children: <Outline /> },
          { key: 'problems', label: <ProblemsLabel />, children: <ProblemsPanel /> },
        ]}
      />
    </aside>
  );
}

function ProblemsLabel() {
  const say = useSay();
  const errors = useProblems(({ problems }) => problems.filter((it) => it.severity === 'error').length);
  const all = useProblems(({ problems }) => problems.length);
  return (
    <span className={errors > 0 ? 'has-errors' : ''}>
      {say({ zh: '问题', en: 'Problems' })} {all}
    </span>
  );
}
