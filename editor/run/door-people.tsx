// Who came in by a door, and who was turned away: lists that are read page by page, each name a way to its story.
// The doors themselves are doors.tsx.
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Skeleton, Tag } from 'antd';
import type { ReactNode } from 'react';
import type { Playbook } from '../../engine/document.ts';
import { ENTRANCE_WORDS } from '../../engine/entrance.ts';
import { sayCode } from '../../engine/run/words.ts';
import { useSay, useSpeech } from '../say.ts';
import { Fault } from '../shell/fault.tsx';
import { runs } from './api.ts';
import type { Entered, TurnedAway } from './door-shapes.ts';
import { DEFAULT_ZONE } from './forecast.ts';
import { sayEnd, sayPerson } from './say-code.ts';
import { Why } from './why.tsx';
import { sayAt } from './words.ts';

export function WhoEntered({
  run,
  document,
  journey,
  tell,
}: {
  readonly run: string;
  readonly document: Playbook;
  readonly journey: string;
  readonly tell: (member: string) => void;
}) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const zone = document.zone ?? DEFAULT_ZONE;
  const pages = useInfiniteQuery({
    queryKey: ['run', run, 'entered', journey],
    queryFn: ({ pageParam }) => runs.entered(run, journey, pageParam),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const people = pages.data?.pages.flatMap(({ members }) => members);
  return (
    <Pages pages={pages} isEmpty={people?.length === 0}>
      {(people ?? []).map((it) => (
        <li key={it.ordinal}>
          <div>
            <Person who={it} tell={tell} />
            <span className="soft">
              {sayAt(it.entered, language, zone)}
              {it.ended === null ? '' : ` → ${sayAt(it.ended, language, zone)}`}
            </span>
          </div>
          <Tag color={it.ended === null ? 'processing' : 'default'}>
            {it.ended === null
              ? say({ zh: '在里面', en: 'inside' })
              : sayEnd(document, it.reason ?? 'done', language)}
          </Tag>
        </li>
      ))}
    </Pages>
  );
}

export function WhoWasTurnedAway({
  run,
  journey,
  zone,
  tell,
}: {
  readonly run: string;
  readonly journey: string;
  readonly zone: string;
  readonly tell: (member: string) => void;
}) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const pages = useInfiniteQuery({
    queryKey: ['run', run, 'turned-away', journey],
    queryFn: ({ pageParam }) => runs.turnedAway(run, journey, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const people: readonly TurnedAway[] | undefined = pages.data?.pages.flatMap(({ members }) => members);
  return (
    <Pages pages={pages} isEmpty={people?.length === 0}>
      {(people ?? []).map((it) => (
        <li key={keyOf(it)}>
          <div>
            <Person who={it} tell={tell} />
            <span className="soft">
              {sayAt(it.at, language, zone)}
              {it.times > 1 ? say({ zh: ` · 来过 ${it.times} 次`, en: ` · came ${it.times} times` }) : ''}
            </span>
            {it.why === null ? null : <Why why={it.why} zone={zone} />}
          </div>
          <Tag>{say(sayCode(ENTRANCE_WORDS, it.reason))}</Tag>
        </li>
      ))}
    </Pages>
  );
}

/** Whose story is asked for: a member by id, a synthetic person by number. */
const keyOf = ({ member, person }: Pick<Entered, 'member' | 'person'>): string | undefined =>
  member ?? (person === null ? undefined : `person-${person}`);

function Person({
  who,
  tell,
}: {
  readonly who: Pick<Entered, 'member' | 'person' | 'name'>;
  readonly tell: (member: string) => void;
}) {
  const language = useSpeech(({ language: it }) => it);
  const key = keyOf(who);
  return (
    <Button type="link" className="plain" disabled={key === undefined} onClick={() => tell(key ?? '')}>
      {sayPerson(who.name ?? key ?? '', language)}
    </Button>
  );
}

/** A list that is read page by page. */
function Pages({
  pages,
  isEmpty,
  children,
}: {
  readonly pages: {
    readonly error: Error | null;
    readonly isPending: boolean;
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly fetchNextPage: () => unknown;
  };
  readonly isEmpty: boolean;
  readonly children: ReactNode;
}) {
  const say = useSay();
  if (pages.isPending) return <Skeleton active />;
  if (pages.error !== null) return <Fault error={pages.error} />;
  if (isEmpty) return <p className="help">{say({ zh: '还没有人。', en: 'Nobody yet.' })}</p>;
  return (
    <>
      <ul className="people">{children}</ul>
      {pages.hasNextPage ? (
        <Button size="small" loading={pages.isFetchingNextPage} onClick={() => pages.fetchNextPage()}>
          {say({ zh: '再看一些', en: 'Show more' })}
        </Button>
      ) : null}
    </>
  );
}
