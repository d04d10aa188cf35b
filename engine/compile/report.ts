// Where all checks put what they find: bounded, without repetitions, in the order of finding.
import { problem, type Place, type Problem, type ProblemCode, type ProblemValues } from '../problem.ts';

/** The most problems that one answer lists. */
export const MOST_PROBLEMS = 1_000;

/** Collects problems. */
export interface Report {
  readonly problems: readonly Problem[];
  /** True once an error was found, listed or not. */
  readonly failed: boolean;
  add<Code extends ProblemCode>(code: Code, place: Place, values: ProblemValues<Code>): void;
  put(found: Problem): void;
  /** The list, with a last entry for what was left off. */
  all(): readonly Problem[];
}

/** An empty report. */
export function makeReport(): Report {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  let failed = false;
  let left = 0;
  const put = (found: Problem): void => {
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
    add: (code, place, values) => put(problem(code, place, values)),
    all: () => (left === 0 ? problems : [...problems, problem('E-MANY', {}, { count: left })]),
  };
}
