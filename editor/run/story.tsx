// One subject's way: every visit in order, how it was left, and the reason of each decision with the values seen then.
import { useQuery } from '@tanstack/react-query';
import { Button, Skeleton, Tag } from 'antd';
import type { Playbook } from '../../engine/document.ts';
import type { Json } from '../../engine/json.ts';
import { labelledPortsOf } from '../document/commands.ts';
import { nameOf } from '../canvas/say-node.ts';
import { graphOf, nodeOf, type GraphName } from '../document/graphs.ts';
import { Trouble } from '../pages/trouble.tsx';
import { useSay, useSpeech } from '../say.ts';
import { runs } from './api.ts';
import type { StoryVisit } from './shapes.ts';
import { DEFAULT_ZONE } from './forecast.ts';
import { sayAt, STUCK, wordFor } from './words.ts';

interface Props {
  readonly run: string;
  readonly document: Playbook;
  readonly graph: GraphName;
  readonly ordinal: number;
  readonly select: (node: string) => void;
}

export function StoryView({ run, document, graph, ordinal, select }: Props) {
  const say = useSay();
  const story = useQuery({
    queryKey: ['run', run, 'story', graph, ordinal],
    queryFn: () => runs.story(run, graph, ordinal),
  });
  if (story.error !== null && story.data === undefined)
    return <Trouble error={story.error} again={() => void story.refetch()} />;
  if (story.data === undefined) return <Skeleton active paragraph={{ rows: 6 }} />;
  const { visits, end } = story.data;
  return (
    <ol className="story">
      {visits.map((visit) => (
        <Visit
          key={`${visit.node}/${visit.lap}`}
          visit={visit}
          document={document}
          graph={graph}
          select={select}
        />
      ))}
      {end === null ? null : (
        <li className="end">
          {say({ zh: '结束：', en: 'Ended: ' })}
          {end}
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
}: Pick<Props, 'document' | 'graph' | 'select'> & { readonly visit: StoryVisit }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const zone = document.zone ?? DEFAULT_ZONE;
  const node = nodeOf(graphOf(document, graph), visit.node);
  const port = node === undefined ? undefined : labelledPortsOf(node).find(({ name }) => name === visit.port);
  const isHere = visit.left === null;
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
        {visit.skipped === null ? null : <Tag color="orange">{say({ zh: '跳过', en: 'skipped' })}</Tag>}
        {visit.stuck.map(({ at, reason, resolution }) => (
          <Tag key={at} color="red">
            {say(wordFor(STUCK, reason))}
            {resolution === null ? '' : ` → ${resolution}`}
          </Tag>
        ))}
        <ul className="whys">
          {visit.decisions.map(({ at, effect, code, state, why }) => (
            <li key={`${at} ${effect}`}>
              <span className="soft">{sayAt(at, language, zone, 'time')}</span> {effect} → {code ?? state}
              {why === null ? null : <Why why={why} />}
            </li>
          ))}
        </ul>
      </div>
    </li>
  );
}

/** The values that a decision saw, each on one line. */
function Why({ why }: { readonly why: Readonly<Record<string, Json>> }) {
  const entries = Object.entries(why);
  if (entries.length === 0) return null;
  return (
    <dl className="why">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
