// The doors of a run's journeys: by which one comes in, how many have, who was turned away and why; and closing one.
// What becomes of somebody inside is the story's. Which run holds a door before and after this one is said above them.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Collapse, Empty, Popconfirm, Skeleton, Tag } from 'antd';
import { useState } from 'react';
import type { Playbook } from '../../engine/document.ts';
import { ENTRANCE_WORDS } from '../../engine/entrance.ts';
import { sayCode } from '../../engine/run/words.ts';
import { addressOf } from '../location.ts';
import { Trouble } from '../pages/trouble.tsx';
import { read, useSay, useSpeech } from '../say.ts';
import { Fault } from '../shell/fault.tsx';
import { runs } from './api.ts';
import { DEFAULT_ZONE } from './forecast.ts';
import { WhoEntered, WhoWasTurnedAway } from './door-people.tsx';
import type { Entrance, Entrances } from './door-shapes.ts';
import type { Overview } from './shapes.ts';
import { MemberView } from './story.tsx';
import { isOver, sayAt } from './words.ts';

interface Props {
  readonly run: Overview;
  readonly document: Playbook;
  readonly select: (node: string) => void;
}

export function Doors({ run, document, select }: Props) {
  const say = useSay();
  const [told, setTold] = useState<string | undefined>();
  const doors = useQuery({ queryKey: ['run', run.id, 'entrances'], queryFn: () => runs.entrances(run.id) });
  if (told !== undefined)
    return (
      <>
        <Button onClick={() => setTold(undefined)}>
          {say({ zh: '← 回到入口', en: '← Back to the entrances' })}
        </Button>
        <MemberView run={run.id} document={document} member={told} select={select} />
      </>
    );
  if (doors.error !== null && doors.data === undefined)
    return <Trouble error={doors.error} again={() => void doors.refetch()} />;
  if (doors.data === undefined) return <Skeleton active />;
  const { entrances } = doors.data;
  return (
    <>
      <Chain run={run} chain={doors.data} />
      {entrances.length === 0 ? (
        <Empty
          description={say({
            zh: '还没有旅程开放。启动旅程的步骤走到以后，入口就在这里。',
            en: 'No journey has opened yet. Its entrance is here as soon as the step that launches it is reached.',
          })}
        />
      ) : (
        entrances.map((door) => (
          <Door key={door.journey} run={run} document={document} door={door} tell={setTold} />
        ))
      )}
    </>
  );
}

/** The runs that hold the doors before and after this one. */
function Chain({
  run,
  chain: { follows, followedBy, left },
}: {
  readonly run: Overview;
  readonly chain: Entrances;
}) {
  const say = useSay();
  return (
    <>
      {follows === null ? null : (
        <p className="help">
          <a href={addressOf('runs', follows)}>
            {say({
              zh: '从上一版的运行接手的入口',
              en: 'Took its entrances over from the run of an earlier version',
            })}
          </a>
        </p>
      )}
      {followedBy === null ? null : (
        <Alert
          type="info"
          showIcon
          title={say({ zh: '新来的人进入新版本的运行', en: 'Newcomers enter the run of a newer version' })}
          description={say({
            zh: '已经在这里面的人照旧走完。',
            en: 'Whoever is under way here goes on to the end.',
          })}
          action={<a href={addressOf('runs', followedBy)}>{say({ zh: '打开', en: 'Open it' })}</a>}
        />
      )}
      {left === null || isOver(run.status) ? null : (
        <Alert
          type="warning"
          showIcon
          title={say({
            zh: `第 ${left.version} 版没能接手这里的入口，新来的人还是进入这一版`,
            en: `Version ${left.version} could not take these entrances over: newcomers still enter this one`,
          })}
          description={left.problems.map((code) => (
            <p key={code}>{say(sayLeft(code))}</p>
          ))}
          action={
            <a href={addressOf('playbooks', run.playbook, 'launch')}>
              {say({ zh: '发起新版本', en: 'Launch it' })}
            </a>
          }
        />
      )}
    </>
  );
}

/** Why a version did not take over. */
export const sayLeft = (code: string): { readonly zh: string; readonly en: string } =>
  Object.hasOwn(LEFT, code)
    ? LEFT[code]!
    : {
        zh: `用这次运行的参数，新版本通不过检查（${code}）。请填好参数，另外发起新版本。`,
        en: `With this run’s parameters the new version does not pass its checks (${code}). Launch it with parameters of its own.`,
      };

const LEFT: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  'no-door': {
    zh: '新版本里没有一直开放的同一个旅程。',
    en: 'The new version has no such journey that stays open.',
  },
  'role-unfilled': {
    zh: '新版本要的角色，这次运行没有安排人。',
    en: 'The new version asks for a role that nobody has in this run.',
  },
};

function Door({
  run,
  document,
  door,
  tell,
}: {
  readonly run: Overview;
  readonly document: Playbook;
  readonly door: Entrance;
  readonly tell: (member: string) => void;
}) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const { journey, event, entered } = door;
  const counts = run.journeys.find((it) => it.journey === journey);
  const refused = Object.entries(counts?.turnedAway ?? {});
  const away = refused.reduce((sum, [, count]) => sum + count, 0);
  const zone = document.zone ?? DEFAULT_ZONE;
  return (
    <section className="door">
      <h3>
        {read(document.journeys?.[journey]?.title, language) || journey} <DoorState door={door} run={run} />
      </h3>
      <p className="help">
        {event === null
          ? say({
              zh: '由活动启动，符合条件的人一起进入。',
              en: 'Opened by the activity: everybody who fits enters.',
            })
          : say({ zh: `谁做了「${event}」，谁就进来。`, en: `Whoever does “${event}” comes in.` })}
        {door.opened === null
          ? ''
          : say({
              zh: `从 ${sayAt(door.opened, language, zone)} 开放`,
              en: ` Open since ${sayAt(door.opened, language, zone)}`,
            })}
        {door.until === null
          ? ''
          : say({
              zh: `，到 ${sayAt(door.until, language, zone)} 为止`,
              en: `, until ${sayAt(door.until, language, zone)}`,
            })}
      </p>
      <dl className="door-figures">
        <div>
          <dt>{say({ zh: '进来', en: 'Entered' })}</dt>
          <dd>{entered}</dd>
        </div>
        <div>
          <dt>{say({ zh: '走完', en: 'Through' })}</dt>
          <dd>{counts?.ended ?? 0}</dd>
        </div>
        <div>
          <dt>{say({ zh: '没有让进', en: 'Turned away' })}</dt>
          <dd>{away}</dd>
        </div>
      </dl>
      {away === 0 ? null : (
        <p>
          {refused.map(([reason, count]) => (
            <Tag key={reason}>
              {say(sayCode(ENTRANCE_WORDS, reason))} {count}
            </Tag>
          ))}
        </p>
      )}
      <People run={run.id} document={document} journey={journey} hasAway={away > 0} tell={tell} />
      <Close door={door} run={run} />
    </section>
  );
}

function People({
  run,
  document,
  journey,
  hasAway,
  tell,
}: {
  readonly run: string;
  readonly document: Playbook;
  readonly journey: string;
  readonly hasAway: boolean;
  readonly tell: (member: string) => void;
}) {
  const say = useSay();
  const zone = document.zone ?? DEFAULT_ZONE;
  return (
    <Collapse
      size="small"
      ghost
      items={[
        {
          key: 'entered',
          label: say({ zh: '谁进来了', en: 'Who came in' }),
          children: <WhoEntered run={run} document={document} journey={journey} tell={tell} />,
        },
        ...(hasAway
          ? [
              {
                key: 'away',
                label: say({ zh: '没有让进的人和原因', en: 'Who was turned away, and why' }),
                children: <WhoWasTurnedAway run={run} journey={journey} zone={zone} tell={tell} />,
              },
            ]
          : []),
      ]}
    />
  );
}

function DoorState({ door: { event, closed }, run }: { readonly door: Entrance; readonly run: Overview }) {
  const say = useSay();
  if (event === null) return null;
  return closed === null && !isOver(run.status) ? (
    <Tag color="green">{say({ zh: '开着', en: 'open' })}</Tag>
  ) : (
    <Tag>{say({ zh: '已关闭', en: 'closed' })}</Tag>
  );
}

function Close({
  door: { journey, event, closed },
  run,
}: {
  readonly door: Entrance;
  readonly run: Overview;
}) {
  const say = useSay();
  const queries = useQueryClient();
  const close = useMutation({
    mutationFn: () => runs.closeDoor(run.id, journey),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['run', run.id] }),
  });
  if (event === null || closed !== null || isOver(run.status)) return null;
  return (
    <>
      <Fault error={close.error} />
      <Popconfirm
        title={say({ zh: '关闭这个入口？', en: 'Close this entrance?' })}
        description={say({
          zh: '不再有人进来，已经在里面的人照旧走完。不能再打开。',
          en: 'Nobody enters any more; whoever is inside goes on to the end. It cannot be opened again.',
        })}
        onConfirm={() => close.mutate()}
      >
        <Button size="small" loading={close.isPending}>
          {say({ zh: '关闭入口', en: 'Close the entrance' })}
        </Button>
      </Popconfirm>
    </>
  );
}
