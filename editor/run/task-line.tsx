// A task in a list: what, for which activity, until when.
import { Tag } from 'antd';
import { addressOf } from '../location.ts';
import { read, useSay, useSpeech } from '../say.ts';
import type { Task } from './shapes.ts';
import { ROLES } from '../../engine/roles.ts';
import { ownZone, sayAt, sayDistance, wordFor } from './words.ts';

export function TaskLine({ task }: { readonly task: Task }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const { id, title, playbook, role, dueAt, mode, mine, state } = task;
  const left = Date.parse(dueAt) - Date.now();
  // In compressed time the due date lies on the run's own calendar: the wall knows nothing of it.
  const isLate = mode === 'real' && left < 0;
  return (
    <li>
      <a href={addressOf('tasks', id)}>
        <b>{read(title, language)}</b>
        <span className="soft">
          {read(playbook, language)} · {say(wordFor(ROLES, role))}
        </span>
        <span className="tags">
          <Tag color={isLate ? 'red' : 'default'}>
            {say({ zh: '截止 ', en: 'Due ' })}
            {sayAt(dueAt, language, ownZone())}
            {mode === 'real' ? `（${sayDistance(left, language)}）` : ''}
          </Tag>
          {mode === 'fast' ? <Tag>{say({ zh: '压缩时间', en: 'Compressed time' })}</Tag> : null}
          {state === 'escalated' ? <Tag color="red">{say({ zh: '已升级', en: 'Escalated' })}</Tag> : null}
          {mine ? null : <Tag>{say({ zh: '别人的', en: 'Somebody else’s' })}</Tag>}
        </span>
      </a>
    </li>
  );
}
