// One step of a run: who stands there since when and until what, what was sent from it, and what can be done about it.
import { CloseOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Skeleton, Tag } from 'antd';
import { useState } from 'react';
import type { Playbook } from '../../engine/document.ts';
import { sayCode, STUCK_WORDS } from '../../engine/run/words.ts';
import { nameOf, sayNode } from '../canvas/say-node.ts';
import { labelledPortsOf } from '../document/commands.ts';
import { useReader } from '../document/use-names.ts';
import { graphOf, nodeOf, type GraphName } from '../document/graphs.ts';
import { addressOf } from '../location.ts';
import { useSay, useSpeech } from '../say.ts';
import { runs } from './api.ts';
import type { Overview, Standing } from './shapes.ts';
import { DEFAULT_ZONE } from './forecast.ts';
import { Letters } from './letters.tsx';
import { sayPerson } from './say-code.ts';
import { MemberView, StoryView } from './story.tsx';
import { VisitActions } from './visit-actions.tsx';
import { Why } from './why.tsx';
import { sayAt } from './words.ts';

interface Props {
  readonly run: Overview;
  readonly document: Playbook;
  readonly graph: GraphName;
  readonly node: string;
  readonly select: (node: string | undefined) => void;
}

export function NodePanel({ run, document, graph, node: id, select }: Props) {
  const say = useSay();
  const reader = useReader();
  const { language } = reader;
  const [told, setTold] = useState<Standing | undefined>();
  const node = nodeOf(graphOf(document, graph), id);
  const counts = run.nodes.find(({ node: it }) => it === id);
  if (node === undefined) return null;
  const ports = labelledPortsOf(node);
  const passed = Object.entries(counts?.passed ?? {});
  return (
    <>
      <header className="panel-head">
        <h2>{nameOf(node, language)}</h2>
        <Button
          type="text"
          icon={<CloseOutlined aria-hidden />}
          aria-label={say({ zh: '返回', en: 'Back' })}
          onClick={() => select(undefined)}
        />
      </header>
      <p className="help">{sayNode(node, reader)}</p>
      <p>
        {passed.length === 0 ? (
          <span className="soft">{say({ zh: '还没有谁经过。', en: 'Nobody has passed yet.' })}</span>
        ) : (
          passed.map(([port, count]) => (
            <Tag key={port}>
              {say(ports.find(({ name }) => name === port)?.label ?? { zh: '到此', en: 'here' })} {count}
            </Tag>
          ))
        )}
      </p>
      {told === undefined ? (
        <>
          <People run={run} node={id} zone={document.zone ?? DEFAULT_ZONE} tell={setTold} />
          <Letters run={run.id} node={id} zone={document.zone ?? DEFAULT_ZONE} />
        </>
      ) : (
        <>
          <Button onClick={() => setTold(undefined)}>
            {say({ zh: '← 回到这一步', en: '← Back to the step' })}
          </Button>
          {told.member === null && told.person === null ? (
            <StoryView
              run={run.id}
              document={document}
              graph={graph}
              ordinal={told.ordinal}
              select={select}
            />
          ) : (
            <MemberView
              run={run.id}
              document={document}
              member={told.member ?? `person-${told.person}`}
              select={select}
            />
          )}
        </>
      )}
    </>
  );
}

/** Who stands here. */
function People({
  run,
  node,
  zone,
  tell,
}: {
  readonly run: Overview;
  readonly node: string;
  readonly zone: string;
  readonly tell: (visit: Standing) => void;
}) {
  const say = useSay();
  const standing = useQuery({
    queryKey: ['run', run.id, 'standing', node],
    queryFn: () => runs.standing(run.id, node),
  });
  if (standing.data === undefined) return <Skeleton active />;
  const { visits } = standing.data;
  return (
    <section>
      <h3>{say({ zh: `正在这里（${visits.length}）`, en: `Here now (${visits.length})` })}</h3>
      {visits.length === 0 ? (
        <p className="help">{say({ zh: '现在没有谁停在这一步。', en: 'Nobody stands here now.' })}</p>
      ) : (
        <ul className="people">
          {visits.map((visit) => (
            <Person
              key={`${visit.ordinal}/${visit.lap}`}
              run={run.id}
              node={node}
              visit={visit}
              zone={zone}
              tell={() => tell(visit)}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

function Person({
  run,
  node,
  visit,
  zone,
  tell,
}: {
  readonly run: string;
  readonly node: string;
  readonly visit: Standing;
  readonly zone: string;
  readonly tell: () => void;
}) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const { subject, name, since, wake, stuck, why, again, task, ordinal, lap } = visit;
  return (
    <li className={stuck === null ? '' : 'stuck'}>
      <div>
        <Button type="link" className="plain" onClick={tell}>
          {subject === 'campaign'
            ? say({ zh: '活动本身', en: 'The activity itself' })
            : sayPerson(name ?? subject, language)}
        </Button>
        <span className="soft">
          {say({ zh: `从 ${sayAt(since, language, zone)}`, en: `since ${sayAt(since, language, zone)}` })}
          {wake === null
            ? ''
            : say({
                zh: `，等到 ${sayAt(wake, language, zone)}`,
                en: `, until ${sayAt(wake, language, zone)}`,
              })}
        </span>
        {stuck === null ? null : <p className="fault">{say(sayCode(STUCK_WORDS, stuck))}</p>}
        {why === null ? null : <Why why={why} zone={zone} />}
        {task === null ? null : (
          <a href={addressOf('tasks', task)}>{say({ zh: '打开任务', en: 'Open the task' })}</a>
        )}
      </div>
      <VisitActions run={run} visit={{ node, ordinal, lap }} isStuck={stuck !== null} again={again} />
    </li>
  );
}
