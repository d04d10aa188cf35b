// A rehearsal's days as a list: what goes out, and what colleagues have to do.
import { MessageOutlined, UserOutlined } from '@ant-design/icons';
import { read, useSay, useSpeech } from '../say.ts';
import type { Day } from './forecast.ts';
import { ROLES } from '../../engine/roles.ts';
import { sayChannel } from './say-code.ts';
import { sayAt, wordFor } from './words.ts';

export function Calendar({ days, zone }: { readonly days: readonly Day[]; readonly zone: string }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  if (days.length === 0)
    return (
      <p className="help">{say({ zh: '没有要发的消息，也没有任务。', en: 'No messages and no tasks.' })}</p>
    );
  return (
    <ol className="days">
      {days.map(({ date, entries }) => (
        <li key={date}>
          <h3>{sayAt(date, language, zone, 'date')}</h3>
          <ul>
            {entries.map(({ at, kind, node, title, count, text, by }) => (
              <li key={`${kind} ${node} ${at}`} className={kind}>
                <time dateTime={at}>{sayAt(at, language, zone, 'time')}</time>
                <span className="sign" aria-hidden>
                  {kind === 'post' ? <MessageOutlined aria-hidden /> : <UserOutlined aria-hidden />}
                </span>
                <span className="what">
                  <b>{read(title, language) || node}</b>
                  <span className="soft">
                    {kind === 'post'
                      ? ` ${sayChannel(by, language)} × ${count}`
                      : ` ${say(wordFor(ROLES, by))}${count > 1 ? ` × ${count}` : ''}`}
                  </span>
                  {text === '' ? null : <span className="text">{text}</span>}
                </span>
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}
