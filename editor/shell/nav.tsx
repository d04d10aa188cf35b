// Where one can go: what is to do, the playbooks, the runs, the team. At the lower edge on a phone.
import { CheckSquareOutlined, FileTextOutlined, PlayCircleOutlined, TeamOutlined } from '@ant-design/icons';
import type { ReactNode } from 'react';
import { addressOf, useLocation } from '../location.ts';
import { useSay, type Words } from '../say.ts';
import './pages.css';

interface Place extends Words {
  readonly to: string;
  readonly icon: ReactNode;
  /** First parts of the addresses that belong to it. */
  readonly own: readonly string[];
}

const PLACES: readonly Place[] = [
  {
    to: 'today',
    zh: '工作台',
    en: 'Today',
    icon: <CheckSquareOutlined aria-hidden />,
    own: ['today', 'tasks'],
  },
  {
    to: 'playbooks',
    zh: '剧本',
    en: 'Playbooks',
    icon: <FileTextOutlined aria-hidden />,
    own: ['playbooks'],
  },
  { to: 'runs', zh: '运行', en: 'Runs', icon: <PlayCircleOutlined aria-hidden />, own: ['runs', 'reports'] },
  { to: 'team', zh: '团队', en: 'Team', icon: <TeamOutlined aria-hidden />, own: ['team'] },
];

export function Nav() {
  const say = useSay();
  const [here = ''] = useLocation();
  return (
    <nav className="nav" aria-label={say({ zh: '主导航', en: 'Main' })}>
      {PLACES.map(({ to, icon, own, zh, en }) => (
        <a key={to} href={addressOf(to)} {...(own.includes(here) ? { 'aria-current': 'page' } : {})}>
          {icon}
          <span>{say({ zh, en })}</span>
        </a>
      ))}
    </nav>
  );
}
