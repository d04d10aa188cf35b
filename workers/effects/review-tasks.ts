// The tasks of a review as rows: one by one, or the tasks that one step has made for many members together.
import { sayRole } from '../../engine/roles.ts';
import type { Text } from '../../engine/document.ts';
import type { Review, ReviewTask } from './review.ts';
import { wordFor, type Language } from './review-words.ts';

/** From so many on, the tasks of one step are one row. */
const MANY = 8;

/** How a review says things. */
interface Saying {
  readonly say: (zh: string, en: string) => string;
  readonly text: (text: Text | null) => string;
  readonly at: (instant: number) => string;
  readonly comma: string;
  readonly language: Language;
}

/** Rows of task, role, due, closed, outcome and what is odd about it, in the order in which the first of each was opened. */
export function taskRows({ tasks, steps }: Pick<Review, 'tasks' | 'steps'>, saying: Saying): string[][] {
  const titles = new Map(steps.map(({ node, title }) => [node, title]));
  return [...gathered(tasks, ({ node }) => node)].flatMap(([node, some]) =>
    node === undefined || some.length < MANY
      ? some.map((task) => single(task, saying))
      : [together(some, titles.get(node) ?? some[0]!.title, saying)],
  );
}

function single(task: ReviewTask, saying: Saying): string[] {
  const { text, at, language } = saying;
  return [
    text(task.title),
    sayRole(task.role, language),
    at(task.due),
    task.closed === null ? '—' : at(task.closed),
    outcomeOf(task, saying),
    odd([task], saying),
  ];
}

function together(some: readonly ReviewTask[], title: Text, saying: Saying): string[] {
  const { text, at, comma, language } = saying;
  const span = (instants: readonly number[]): string =>
    instants.length === 0 ? '—' : `${at(Math.min(...instants))} – ${at(Math.max(...instants))}`;
  const outcomes = gathered(some, (task) => outcomeOf(task, saying));
  return [
    `${text(title)} × ${some.length}`,
    sayRole(some[0]!.role, language),
    span(some.map(({ due }) => due)),
    span(some.flatMap(({ closed }) => closed ?? [])),
    [...outcomes].map(([outcome, of]) => `${outcome} ${of.length}`).join(comma),
    odd(some, saying),
  ];
}

const outcomeOf = (task: ReviewTask, { text, language }: Saying): string =>
  task.outcome === null ? wordFor('task', task.state, language) : text(task.label) || task.outcome;

function odd(some: readonly ReviewTask[], { say, comma }: Saying): string {
  const counts: readonly (readonly [words: string, count: number])[] = [
    [say('逾期', 'overdue'), some.filter(({ closed, due }) => closed !== null && closed > due).length],
    [say('已升级', 'escalated'), some.filter(({ escalated }) => escalated > 0).length],
    [say('发起人自己审批', 'approved by whoever launched it'), some.filter(({ self }) => self).length],
  ];
  return counts
    .flatMap(([words, count]) => (count === 0 ? [] : some.length === 1 ? words : `${words} ${count}`))
    .join(comma);
}

function gathered<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
