// Shows what is wrong with a playbook: where, in which line, what to do; for people and for programs.
// Not the finding: that is compile.
import { objectOf, readGraphs } from '../../engine/compile/draft.ts';
import { inside } from '../../engine/compile/pointer.ts';
import type { Text } from '../../engine/document.ts';
import { product } from '../../engine/index.ts';
import type { Json } from '../../engine/json.ts';
import { say, type Place, type Problem } from '../../engine/problem.ts';
import type { Source } from './input.ts';
import { positionsOf, type Position } from './json-text.ts';
import type { Terminal } from './terminal.ts';

/** A problem as `--json` prints it. */
export interface ShownProblem extends Position {
  readonly code: string;
  readonly severity: Problem['severity'];
  readonly file: string;
  readonly place: Place;
  /** What people call the node. */
  readonly title: string | null;
  readonly sentence: string;
  readonly advice: string;
}

/** The files that problems are found in. */
export interface Files {
  readonly document: Source;
  readonly params?: Source | undefined;
}

/** Problems with their lines and sentences, errors first. */
export function shownProblems(
  problems: readonly Problem[],
  files: Files,
  terminal: Terminal,
): ShownProblem[] {
  const places = problems.map((problem) => placeIn(problem, files));
  const lines = new Map<Source, Map<string, Position>>();
  for (const source of new Set(places.map((it) => it.source))) {
    const pointers = places.filter((it) => it.source === source).map((it) => it.pointer);
    lines.set(source, positionsOf(source.text, pointers));
  }
  const titles = titlesIn(files.document, terminal);
  return problems
    .map((problem, index): ShownProblem => {
      const { code, severity, place } = problem;
      const { source, pointer } = places[index]!;
      const { line, column } = source.mistake ?? lines.get(source)?.get(pointer) ?? { line: 1, column: 1 };
      const title = titles.get(`${place.graph} ${place.node}`) ?? null;
      return {
        code,
        severity,
        file: source.file,
        line,
        column,
        place,
        title,
        ...say(problem, terminal.language),
      };
    })
    .toSorted((a, b) => rank(a) - rank(b));
}

const rank = ({ severity }: ShownProblem): number => (severity === 'error' ? 0 : 1);

/** Prints problems for people, as a result unless told otherwise. */
export function printProblems(
  problems: readonly ShownProblem[],
  terminal: Terminal,
  print: (line: string) => void = (line) => terminal.print(line),
): void {
  for (const { code, severity, file, line, column, place, title, sentence, advice } of problems) {
    const mark =
      severity === 'error' ? terminal.paint('red', '✗ ' + code) : terminal.paint('yellow', '! ' + code);
    const node = place.node === undefined ? '' : title === null ? place.node : `${title} (${place.node})`;
    const pointer = terminal.paint('dim', place.pointer ?? '');
    const where = [`${file}:${line}:${column}`, node, pointer].filter((part) => part !== '');
    print(`${mark}  ${where.join('  ')}`);
    print(`    ${sentence}`);
    print(`    → ${advice}`);
  }
}

/** How many there are, in words. */
export function countsOf(problems: readonly Pick<Problem, 'severity'>[], terminal: Terminal): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  return terminal.say({
    zh: `${errors} 个错误，${warnings} 个警告`,
    en: `${errors} ${errors === 1 ? 'error' : 'errors'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`,
  });
}

/** Problems of values stand in the file of the values. */
function placeIn(
  { code, place, values }: Problem,
  { document, params }: Files,
): {
  readonly source: Source;
  readonly pointer: string;
} {
  const isValue = code === 'E-PARAM-VALUE' || code === 'E-PARAM-EXTRA';
  if (isValue && params !== undefined)
    return { source: params, pointer: inside('', String(values['param'])) };
  return { source: document, pointer: place.pointer ?? '' };
}

/** What people call each node, by graph and id. */
function titlesIn({ value }: Source, terminal: Terminal): Map<string, string> {
  const nodes = readGraphs(objectOf(value), product).flatMap((graph) => graph.nodes);
  return new Map(
    nodes.flatMap(({ graph, id, raw }) => {
      const title = terminal.text(textOf(raw['title']));
      return title === undefined ? [] : [[`${graph.id} ${id}`, title] as const];
    }),
  );
}

/** The texts of a title, whatever stands there. */
function textOf(title: Json | undefined): Text {
  const texts = Object.entries(objectOf(title)).filter(([, text]) => typeof text === 'string');
  return Object.fromEntries(texts) as Text;
}
