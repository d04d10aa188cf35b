// Where all checks put what they find: bounded, without repetitions, listed from the top of the document to its end.
import type { Text } from '../document.ts';
import { nearest } from '../language/rule.ts';
import { problem, type Place, type Problem, type ProblemCode, type ProblemValues } from '../problem.ts';

/** The most problems that one answer lists. */
export const MOST_PROBLEMS = 1_000;

const MOST_EFFORT = 50_000_000;
const AVERAGE_LENGTH = 20;

/** Collects problems. */
export interface Report {
  readonly problems: readonly Problem[];
  /** True once an error was found, listed or not. */
  readonly failed: boolean;
  add<Code extends ProblemCode>(code: Code, place: Place, values: ProblemValues<Code>): void;
  put(found: Problem): void;
  /** True when nothing more is listed, so that looking on is of little use. */
  readonly isFull: boolean;
  /** The known name that was probably meant; empty when there is none, or when guessing has cost enough already. */
  suggest(name: string, known: readonly string[]): string;
  /** Tells what steps and the playbook are called, in several languages: by any of their titles. */
  call(titles: ReadonlyMap<string, Text>): void;
  /** The list in the order of the document, with a last entry for what was left off. */
  all(): readonly Problem[];
}

/** An empty report. */
export function makeReport(): Report {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  let failed = false;
  let effort = 0;
  let left = 0;
  let titles: ReadonlyMap<string, Text> = new Map();
  const put = (problem: Problem): void => {
    const found = withTitles(problem, titles);
    const { graph = '', node = '', edge = '', port = '', pointer = '' } = found.place;
    // Two mistakes in one expression stand at one place.
    const key = [found.code, graph, node, edge, port, pointer, found.values['got'] ?? ''].join(' ');
    if (seen.has(key)) return;
    if (found.severity === 'error') failed = true;
    if (problems.length >= MOST_PROBLEMS) left += 1;
    else {
      seen.add(key);
      problems.push(found);
    }
  };
  return {
    problems,
    get failed() {
      return failed;
    },
    put,
    get isFull() {
      return problems.length >= MOST_PROBLEMS;
    },
    suggest(name, known) {
      // A comparison takes a step for each pair of letters; names are short, but there may be a thousand of them.
      effort += known.length * Math.min(name.length, 100) * AVERAGE_LENGTH;
      return effort > MOST_EFFORT ? '' : (nearest(name, known) ?? '');
    },
    call: (known) => void (titles = known),
    add: (code, place, values) => put(problem(code, place, values)),
    all: () => {
      const listed = problems.toSorted(byPlace);
      return left === 0 ? listed : [...listed, problem('E-MANY', {}, { count: left })];
    },
  };
}

function withTitles(found: Problem, known: ReadonlyMap<string, Text>): Problem {
  const titles = Object.fromEntries(
    ['step', 'playbook'].flatMap((name) => {
      const title = known.get(String(found.values[name] ?? ''));
      return title === undefined ? [] : [[name, title] as const];
    }),
  );
  return Object.keys(titles).length === 0 ? found : { ...found, titles };
}

/** Top to bottom: what is about the whole document first, list items by their number. */
function byPlace({ place: a }: Problem, { place: b }: Problem): number {
  const left = (a.pointer ?? '').split('/');
  const right = (b.pointer ?? '').split('/');
  for (let depth = 1; depth < Math.min(left.length, right.length); depth += 1) {
    const [one = '', other = ''] = [left[depth], right[depth]];
    if (one === other) continue;
    const difference = Number(one) - Number(other);
    if (!Number.isNaN(difference)) return difference;
    return one < other ? -1 : 1;
  }
  return left.length - right.length;
}
