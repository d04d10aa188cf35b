// All runs, what is under way first.
import { useQuery } from '@tanstack/react-query';
import { Button, Empty, Skeleton, Tag } from 'antd';
import { addressOf, go } from '../location.ts';
import { runs } from '../run/api.ts';
import type { ListedRun } from '../run/shapes.ts';
import { isOver, ownZone, sayAt, STATUS } from '../run/words.ts';
import { read, useSay, useSpeech } from '../say.ts';
import { Frame } from '../shell/frame.tsx';
import { Trouble } from './trouble.tsx';

const REFRESH_MS = 5_000;

export function RunsPage() {
  const say = useSay();
  const list = useQuery({ queryKey: ['runs'], queryFn: () => runs.list(), refetchInterval: REFRESH_MS });
  return (
    <Frame>
      <h1>{say({ zh: '运行', en: 'Runs' })}</h1>
      {list.error !== null && list.data === undefined ? (
        <Trouble error={list.error} again={() => void list.refetch()} />
      ) : list.data === undefined ? (
        <Skeleton active paragraph={{ rows: 6 }} />
      ) : list.data.runs.length === 0 ? (
        <Empty
          description={say({
            zh: '还没有发起过活动。打开一个剧本，发布它，再发起。',
            en: 'Nothing was launched yet. Open a playbook, publish it, and launch it.',
          })}
        >
          <Button type="primary" onClick={() => go('playbooks')}>
            {say({ zh: '去剧本', en: 'To the playbooks' })}
          </Button>
        </Empty>
      ) : (
        <ul className="lines">
          {list.data.runs
            .toSorted((a, b) => Number(isOver(a.status)) - Number(isOver(b.status)))
            .map((run) => (
              <RunLine key={run.id} run={run} />
            ))}
        </ul>
      )}
    </Frame>
  );
}

export function RunLine({ run }: { readonly run: ListedRun }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const { id, title, version, mode, status, start, ended, stuck, openTasks } = run;
  const zone = ownZone();
  const span = `${sayAt(start, language, zone)}${ended === null ? '' : ` → ${sayAt(ended, language, zone)}`}`;
  return (
    <li>
      <a href={addressOf('runs', id)}>
        <b>{read(title, language)}</b>
        <span className="soft">
          {say({ zh: `第 ${version} 版 · ${span}`, en: `Version ${version} · ${span}` })}
        </span>
        <span className="tags">
          <Tag color={STATUS[status].colour}>{say(STATUS[status])}</Tag>
          {mode === 'fast' ? <Tag>{say({ zh: '压缩时间', en: 'Compressed time' })}</Tag> : null}
          {stuck > 0 ? <Tag color="red">{say({ zh: `${stuck} 个停住`, en: `${stuck} stuck` })}</Tag> : null}
          {openTasks > 0 ? (
            <Tag color="orange">
              {say({
                zh: `${openTasks} 件待办`,
                en: `${openTasks} open ${openTasks === 1 ? 'task' : 'tasks'}`,
              })}
            </Tag>
          ) : null}
        </span>
      </a>
    </li>
  );
}
