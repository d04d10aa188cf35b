// What determines a course of events, read from the command line: playbook, parameters, start, script.
// A rehearsal and a run begin alike; what they do with it stands in their own files.
import { pastMoments } from '../../engine/calendar/moments.ts';
import { parseLocal } from '../../engine/calendar/resolve.ts';
import { sayInstant } from '../../engine/calendar/say.ts';
import type { Playbook } from '../../engine/document.ts';
import { objectOf } from '../../engine/compile/draft.ts';
import { compile, product, sampleParams, type Registry } from '../../engine/index.ts';
import { anchorsIn } from '../../engine/effects/instant.ts';
import { isoOf, type Instant } from '../../engine/instant.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import type { Plan } from '../../engine/plan.ts';
import { parseScript, type Script, type ScriptEntry } from '../../engine/script.ts';
import { steps } from '../../engine/steps/index.ts';
import type { Sentence } from '../settings.ts';
import { compileSource } from './check.ts';
import type { Given } from './command.ts';
import { EXIT, Failure } from './failure.ts';
import type { courseFlags } from './flags.ts';
import { readJsonFile, readParams, readSource } from './input.ts';
import { countsOf, printProblems, shownProblems } from './problems.ts';
import type { Terminal } from './terminal.ts';

/** A playbook that compiles, with everything around it. */
export interface Course {
  readonly document: Playbook;
  readonly params: JsonObject;
  /** With the parameters bound. */
  readonly plan: Plan;
  /** Without: commands of a script can change any parameter. */
  readonly template: Plan | undefined;
  readonly start: Instant;
  readonly script: Script;
  readonly entries: readonly ScriptEntry[];
}

type CourseFlags = Pick<Given<typeof courseFlags>, 'params' | 'start' | 'script'>;

interface Reading {
  /** Whether parameters that nobody has given may take the playbook's own examples. */
  readonly examples: boolean;
  /** What it is compiled against; absent: the product alone. */
  readonly registry?: Registry;
}

/**
 * Reads and compiles what the flags name.
 * @throws {Failure} when it has errors; they are printed to stderr before.
 */
export function readCourse(
  file: string,
  flags: CourseFlags,
  { examples, registry = product }: Reading,
  terminal: Terminal,
): Course {
  const given = readParams(flags.params);
  const source = readSource(file);
  const params = examples ? sampleParams(source.value ?? {}, given?.given) : (given?.given ?? {});
  const compiled = compileSource(source, params, terminal, registry);
  const { plan } = compiled;
  const problems = shownProblems(compiled.problems, { document: source, params: given?.source }, terminal);
  if (plan === undefined) {
    printProblems(problems, terminal, (line) => terminal.note(line));
    const counts = countsOf(problems, terminal);
    throw new Failure(EXIT.failed, {
      zh: `${file} 有${counts}，先改正错误。`,
      en: `${file} has ${counts}; mend the errors first.`,
    });
  }
  const warnings = problems.length;
  if (warnings > 0)
    terminal.note({
      zh: `${warnings} 个警告，用 kindling check ${file} 查看。`,
      en: `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}: see kindling check ${file}.`,
    });
  const document = source.value as unknown as Playbook;
  if (examples) tellExamples(document, given?.given ?? {}, terminal);
  const start = flags.start === undefined ? Date.now() : parseLocal(flags.start, plan.zone);
  return {
    document,
    params,
    plan,
    template: compile(source.value, undefined, registry).plan,
    start: start ?? Date.now(),
    ...readScript(flags.script, plan),
  };
}

/** The moments of the plan that lie before its start, for people; undefined where there are none. */
export function pastIn({ plan, start }: Course): Sentence | undefined {
  const past = pastMoments(plan, anchorsIn(plan.params, plan.zone), start);
  if (past.length === 0) return undefined;
  const lines = (language: keyof Sentence): string =>
    past
      .slice(0, 20)
      .map(({ node, at }) => `\n  ${node}: ${sayInstant(at, plan.zone, language, 'year') ?? isoOf(at)}`)
      .join('');
  return {
    zh: `开始时已经过去的时刻（${past.length} 个）：${lines('zh')}`,
    en: `Moments that have passed at the start (${past.length}):${lines('en')}`,
  };
}

/** Values that nobody has given must not go unnoticed; a default is meant to be taken. */
function tellExamples({ params: declared }: Playbook, given: JsonObject, terminal: Terminal): void {
  const made = Object.entries(objectOf(objectOf(declared as Json | undefined)['properties']))
    .filter(([name, schema]) => !Object.hasOwn(given, name) && !Object.hasOwn(objectOf(schema), 'default'))
    .map(([name]) => name);
  if (made.length === 0) return;
  terminal.note({
    zh: `以下参数用剧本里的示例：${made.join('、')}。用 --params 填写自己的值。`,
    en: `Taken from the playbook’s examples: ${made.join(', ')}. Give your own with --params.`,
  });
}

function readScript(
  file: string | undefined,
  plan: Plan,
): { readonly script: Script; readonly entries: readonly ScriptEntry[] } {
  const value = readJsonFile(file)?.value ?? [];
  const { script, problems } = parseScript(value, plan, steps);
  if (problems.length === 0) return { script, entries: value as unknown as readonly ScriptEntry[] };
  const lines = (language: 'zh' | 'en'): string =>
    problems
      .slice(0, 50)
      .map(({ entry, [language]: says }) => {
        const nth = language === 'zh' ? `第 ${entry + 1} 条：` : `entry ${entry + 1}: `;
        return `  ${entry < 0 ? '' : nth}${says}`;
      })
      .join('\n');
  throw new Failure(EXIT.failed, {
    zh: `脚本 ${file} 有 ${problems.length} 个问题：\n${lines('zh')}`,
    en: `The script ${file} has ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}:\n${lines('en')}`,
  });
}
