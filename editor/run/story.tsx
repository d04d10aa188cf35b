// One subject's way: every visit in order, how it was left, and the reason of each decision with the values seen then.
import { useQuery } from '@tanstack/react-query';
import { Button, Skeleton, Tag } from 'antd';
import type { Playbook } from '../../engine/document.ts';
import { sayAnswer, sayEffect } from '../../engine/effects/words.ts';
import { ENTRANCE_WORDS } from '../../engine/entrance.ts';
import { RESOLUTION_WORDS, sayCode, SKIPPED_WORDS, STUCK_WORDS } from '../../engine/run/words.ts';
import { labelledPortsOf } from '../document/commands.ts';
import { nameOf } from '../canvas/say-node.ts';
import { graphOf, nodeOf, type GraphName } from '../document/graphs.ts';
import { Trouble } from '../pages/trouble.tsx';
import { read, useSay, useSpeech } from '../say.ts';
import { runs } from './api.ts';
import type { Story, StoryVisit } from './shapes.ts';
import { DEFAULT_ZONE } from './forecast.ts';
import { sayEnd, sayPerson } from './say-code.ts';
import { Why } from './why.tsx';
import { DELIVERY, sayAt } from './words.ts';

interface Props {
  readonly run: string;
  readonly document: Playbook;
  readonly graph: GraphName;
  readonly ordinal: number;
  readonly select: (node: string) => void;
}

export function StoryView({ run, document, graph, ordinal, select }: Props) {
  const story = useQuery({
    queryKey: ['run', run, 'story', graph, ordinal],
    queryFn: () => runs.story(run, graph, ordinal),
  });
  if (story.error !== null && story.data === undefined)
    return <Trouble error={story.error} again={() => void story.refetch()} />;
  if (story.data === undefined) return <Skeleton active paragraph={{ rows: 6 }} />;
  return <Way story={story.data} document={document} graph={graph} select={select} />;
}

/** The whole of what happened to one member: each journey, also those that they did not enter, and their messages. */
export function MemberView({
  run,
  document,
  member,
  select,
}: Pick<Props, 'run' | 'document' | 'select'> & { readonly member: string }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const zone = document.zone ?? DEFAULT_ZONE;
  const told = useQuery({
    queryKey: ['run', run, 'member', member],
    queryFn: () => runs.member(run, member),
  });
  if (told.error !== null && told.data === undefined)
    return <Trouble error={told.error} again={() => void told.refetch()} />;
  if (told.data === undefined) return <Skeleton active paragraph={{ rows: 6 }} />;
  return (
    <>
      <h3>{sayPerson(told.data.name ?? member, language)}</h3>
      {told.data.journeys.map(({ journey, answer, turnedAway, stays }) => (
        <section key={journey}>
          <h3>
            {read(document.journeys?.[journey]?.title, language) || journey} <Tag>{say(ANSWERS[answer])}</Tag>
          </h3>
          {turnedAway === null ? null : (
            <div className="help">
              {sayAt(turnedAway.at, language, zone)} {say(sayCode(ENTRANCE_WORDS, turnedAway.reason))}
              {turnedAway.why === null ? null : <Why why={turnedAway.why} zone={zone} />}
            </div>
          )}
          {stays.map((stay) => (
            <Way key={stay.subject} story={stay} document={document} graph={journey} select={select} />
          ))}
        </section>
      ))}
      {told.data.messages.length === 0 ? null : (
        <section>
          <h3>{say({ zh: '消息', en: 'Messages' })}</h3>
          <ul className="letters">
            {told.data.messages.map((it) => (
              <li key={it.message}>
                <span>{read(it.title ?? undefined, language) || it.node}</span>
                <span className="soft">{sayAt(it.at, language, zone)}</span>
                <Tag>{say(sayCode(DELIVERY, it.state))}</Tag>
                {it.why === null ? null : <span className="soft">{read(it.why, language)}</span>}
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

const ANSWERS = {
  entered: { zh: '进入过', en: 'entered' },
  'turned-away': { zh: '没有进入', en: 'not let in' },
  'not-open': { zh: '还没有开放', en: 'not open yet' },
  'not-asked': { zh: '没有轮到', en: 'not asked' },
} as const;

function Way({
  story: { visits, end },
  document,
  graph,
  select,
}: Pick<Props, 'document' | 'graph' | 'select'> & { readonly story: Story }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  return (
    <ol className="story">
      {visits.map((visit) => (
        <Visit
          key={`${visit.node}/${visit.lap}`}
          visit={visit}
          document={document}
          graph={graph}
          select={select}
          isOver={end !== null}
        />
      ))}
      {end === null ? null : (
        <li className="end">
          {say({ zh: '结束：', en: 'Ended: ' })}
          {sayEnd(document, end, language)}
        </li>
      )}
    </ol>
  );
}

function Visit({
  visit,
  document,
  graph,
  select,
  isOver,
}: Pick<Props, 'document' | 'graph' | 'select'> & {
  readonly visit: StoryVisit;
  /** The subject has ended: it stands nowhere any more. */
  readonly isOver: boolean;
}) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const zone = document.zone ?? DEFAULT_ZONE;
  const node = nodeOf(graphOf(document, graph), visit.node);
  const ports = node === undefined ? [] : labelledPortsOf(node);
  const port = ports.find(({ name }) => name === visit.port);
  const isHere = visit.left === null && !isOver;
  return (
    <li className={isHere ? 'here' : ''}>
      <time dateTime={visit.left ?? visit.began}>{sayAt(visit.left ?? visit.began, language, zone)}</time>
      <div>
        <Button type="link" className="plain" onClick={() => select(visit.node)}>
          {node === undefined ? visit.node : nameOf(node, language)}
        </Button>
        {isHere ? (
          <Tag color="processing">{say({ zh: '在这里', en: 'here now' })}</Tag>
        ) : port === undefined ? null : (
          <Tag>{say(port.label)}</Tag>
        )}
        {visit.lateMs > 0 ? (
          <Tag color="orange">
            {say({
              zh: `晚了 ${Math.ceil(visit.lateMs / 60_000)} 分钟`,
              en: `${Math.ceil(visit.lateMs / 60_000)} min late`,
            })}
          </Tag>
        ) : null}
        {visit.skipped === null ? null : (
          <Tag color="orange">{say(sayCode(SKIPPED_WORDS, visit.skipped))}</Tag>
        )}
        {visit.stuck.map(({ at, reason, resolution }) => (
          <Tag key={at} color="red">
            {say(sayCode(STUCK_WORDS, reason))}
            {resolution === null ? '' : ` → ${say(sayCode(RESOLUTION_WORDS, resolution))}`}
          </Tag>
        ))}
        <ul className="whys">
          {visit.decisions.map(({ at, effect, code, state, why }) => (
            <li key={`${at} ${effect}`}>
              <span className="soft">{sayAt(at, language, zone, 'time')}</span> {say(sayEffect(effect))} →{' '}
              {/* What a script has set answers by the name of an exit. */}
              {say(ports.find(({ name }) => name === code)?.label ?? sayAnswer(effect, code, state))}
              {why === null ? null : <Why why={why} zone={zone} document={document} />}
            </li>
          ))}
        </ul>
      </div>
    </li>
  );
}
