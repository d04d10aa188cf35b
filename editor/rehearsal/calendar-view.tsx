// Every message of the rehearsal on its day, as members would see it. A click goes to its step and its instant.
import { Empty } from 'antd';
import { useEffect, useMemo, useRef } from 'react';
import { sayInstant } from '../../engine/calendar/say.ts';
import { useDesk } from '../document/store.ts';
import { sayChannel } from '../run/say-code.ts';
import { localeOf, useSay, useSpeech } from '../say.ts';
import { clockOf, dayOf, messageDays, titleOf, type Line } from './sheet.ts';
import { seek, useStage } from './store.ts';
import type { Take } from './take.ts';

export function CalendarView() {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const take = useStage(({ take: it }) => it);
  const days = useMemo(() => (take === undefined ? [] : messageDays(take)), [take]);
  const today = useStage(({ at }) => (take === undefined ? 0 : dayOf(at, take.zone)));
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!useStage.getState().isPlaying) return;
    const present = [...(box.current?.querySelectorAll<HTMLElement>('.day:not(.to-come)') ?? [])].at(-1);
    if (present !== undefined && box.current !== null)
      box.current.scrollTo({ left: present.offsetLeft - box.current.offsetLeft - 40, behavior: 'smooth' });
  }, [today]);
  if (take === undefined) return null;
  if (days.length === 0)
    return <Empty description={say({ zh: '没有发出任何消息。', en: 'Nothing was posted.' })} />;
  return (
    <div className="days" ref={box}>
      {days.map(({ day, at, lines }) => (
        <div key={day} className={`day${day > today ? ' to-come' : ''}`}>
          <h3>{sayInstant(at, take.zone, localeOf(language), 'date')}</h3>
          {lines.map((line) => (
            <Letter key={`${line.node} ${line.channel} ${line.from}`} take={take} line={line} />
          ))}
        </div>
      ))}
    </div>
  );
}

function Letter({ take, line }: { readonly take: Take; readonly line: Line }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const { node, channel, from, to, count, text, texts } = line;
  const clock = clockOf({ at: from, until: to > from ? to : undefined }, take.zone);
  return (
    <button type="button" className="letter" onClick={() => showNode(take, node, from)}>
      <span className="when">
        <span>{clock}</span>
        <span>
          {sayChannel(channel, language)} × {count.toLocaleString(localeOf(language))}
        </span>
      </span>
      <span className="what">{titleOf(take, node, language)}</span>
      <div className="text">{text}</div>
      {texts > 1 ? (
        <span className="help">{say({ zh: `共 ${texts} 种内容`, en: `${texts} wordings in all` })}</span>
      ) : null}
    </button>
  );
}

/** Opens the graph of a node, selects it, and winds to an instant. */
export function showNode(take: Take, node: string, at: number): void {
  const graph = take.nodes.find(({ id }) => id === node)?.graph;
  if (graph !== undefined) useDesk.setState({ graph, selected: [node], selectedEdges: [] });
  useStage.setState({ isPlaying: false });
  seek(at);
}
