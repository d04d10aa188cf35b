// Starts that nobody watches (by the clock, an event, another playbook) and that were refused: a notice for whoever operates the team.
// Not the decision: see compute/may-start.ts. A start that succeeds later takes its notice back.
import type { Text } from '../../engine/document.ts';
import type { Instant } from '../../engine/instant.ts';
import { say, type Problem } from '../../engine/problem.ts';
import type { Sql } from './client.ts';
import { notifyTeam } from './notice.ts';

/** What was to begin, and by what. */
export interface Start {
  readonly team: number;
  /** Id of the playbook that was to begin. */
  readonly playbook: string;
  readonly by: 'schedule' | 'trigger' | 'step';
  /** Names the cause: there is one notice for each. */
  readonly key: string;
  /** When it was to begin. */
  readonly at: Instant;
}

/** Why not, in people's words. */
export type Reasons = readonly Problem[] | Text;

/** Sentences that one notice spells out. */
const MOST = 5;

const BY = {
  schedule: { zh: '到了定时启动的时间，但没有启动', en: 'It was due by its schedule and was not launched' },
  trigger: { zh: '触发的事件来了，但没有启动', en: 'Its event came and it was not launched' },
  step: { zh: '另一个剧本要启动它，但没有启动', en: 'Another playbook was to launch it and could not' },
} as const;

/** Tells operators that something was not launched. `next`: what happens now. */
export async function tellRefused(
  sql: Sql,
  start: Start,
  {
    reasons,
    next,
    run,
    now,
  }: { readonly reasons: Reasons; readonly next?: Text; readonly run?: string; readonly now: Instant },
): Promise<void> {
  const why = sayReasons(reasons);
  const { zh, en } = BY[start.by];
  await write(
    sql,
    start,
    { run, now },
    {
      'zh-CN': `${zh}：${why['zh-CN']}${next?.['zh-CN'] ?? ''}`,
      en: [`${en}: ${why['en']}`, next?.['en'] ?? ''].filter((it) => it !== '').join(' '),
    },
  );
}

/** Tells operators what will not go out by a run that nobody has watched begin. */
export async function tellWarned(
  sql: Sql,
  start: Start,
  {
    problems,
    run,
    now,
  }: { readonly problems: readonly Problem[]; readonly run: string; readonly now: Instant },
): Promise<void> {
  const ofChannels = problems.filter(({ code }) => code.startsWith('W-CHANNEL-'));
  if (ofChannels.length === 0) return;
  const why = sayReasons(ofChannels);
  await write(
    sql,
    start,
    { run, now },
    {
      'zh-CN': `已自动启动，但有消息发不出去：${why['zh-CN']}`,
      en: `It was launched by itself, but some of its messages cannot go out: ${why['en']}`,
    },
  );
}

/** What was refused has begun after all. */
export async function takeBack(
  sql: Sql,
  { team, key }: Pick<Start, 'team' | 'key'>,
  now: Instant,
): Promise<void> {
  await sql.query(
    'update notice set seen_at = instant_of($3) where team_id = $1 and key = $2 and seen_at is null',
    [team, key, now],
  );
}

const write = (
  sql: Sql,
  { team, playbook, by, key, at }: Start,
  { run, now }: { readonly run: string | undefined; readonly now: Instant },
  text: Text,
): Promise<void> =>
  notifyTeam(sql, { team, wall: now, run }, [
    { kind: 'launch', key, at, role: 'operator', text, detail: { playbook, by } },
  ]);

/** Reasons as people read them. */
export function sayReasons(reasons: Reasons): { readonly 'zh-CN': string; readonly en: string } {
  if (!isProblems(reasons)) return { 'zh-CN': reasons['zh-CN'] ?? '', en: reasons['en'] ?? '' };
  const errors = reasons.filter(({ severity }) => severity === 'error');
  const told = errors.length === 0 ? reasons : errors;
  const inOne = (locale: string): string[] =>
    told.slice(0, MOST).map((problem) => {
      const { sentence, advice } = say(problem, locale);
      return locale === 'en' ? `${sentence} ${advice}` : sentence + advice;
    });
  const more = told.length - MOST;
  return {
    'zh-CN': inOne('zh-CN').join('') + (more > 0 ? `还有 ${more} 个问题。` : ''),
    en: [...inOne('en'), ...(more > 0 ? [`There are ${more} more.`] : [])].join(' '),
  };
}

const isProblems = (reasons: Reasons): reasons is readonly Problem[] => Array.isArray(reasons);
