// `kindling check`: everything that is wrong with a playbook, with its place, a sentence and what to do about it.
// It needs no installation and changes nothing.
import { compile, product, type Compiled, type Registry } from '../../engine/index.ts';
import { problem } from '../../engine/problem.ts';
import { forecast } from '../../engine/rehearse/forecast.ts';
import { isReachable, publicUrlOf, readSettings } from '../settings.ts';
import { Api } from './api.ts';
import { defineCommand } from './command.ts';
import { EXIT } from './failure.ts';
import { FILE, jsonFlag, paramsFlag } from './flags.ts';
import { readParams, readSource, type Source } from './input.ts';
import { countsOf, printProblems, shownProblems, type ShownProblem } from './problems.ts';
import type { Terminal } from './terminal.ts';

/** What `check --json` prints. */
interface CheckReport {
  readonly file: string;
  /** Hash of the plan; null when there are errors. */
  readonly plan: string | null;
  readonly errors: number;
  readonly warnings: number;
  readonly problems: readonly ShownProblem[];
}

export const check = defineCommand({
  name: 'check',
  file: FILE,
  flags: {
    params: paramsFlag,
    team: {
      says: {
        zh: '也按正在运行的系统里的渠道、额度和成员属性检查。',
        en: 'Checks it against channels, budgets and attributes of the running installation too.',
      },
    },
    json: jsonFlag,
  },
  says: { zh: '检查剧本，列出所有问题。', en: 'Checks a playbook and lists every problem.' },
  more: {
    zh: '有错误时退出码为 1；只有警告时为 0。加 --params 时，连同启动参数的值一起检查。',
    en: 'Errors give exit code 1, warnings alone 0. With --params the values for a launch are checked too.',
  },
  examples: ['kindling check playbook.json', 'kindling check playbook.json --params params.json --json'],
  async run({ file, flags, terminal }) {
    const params = readParams(flags.params);
    const document = readSource(file);
    const settings = readSettings();
    const team = flags.team ? await new Api(settings, terminal.language).registry() : undefined;
    const registry = { ...product, isReachable: isReachable(publicUrlOf(settings)), ...team };
    const compiled = withForecast(document, params?.given, {
      compiled: compileSource(document, params?.given, terminal, registry),
      registry,
    });
    const problems = shownProblems(compiled.problems, { document, params: params?.source }, terminal);
    if (flags.json) terminal.print(JSON.stringify(reportOf(document.file, compiled, problems)));
    else printCheck(document.file, { compiled, problems }, terminal);
    return compiled.plan === undefined ? EXIT.failed : EXIT.ok;
  },
});

/** With what the budgets of the team's channels have no room for. */
function withForecast(
  { value }: Source,
  params: unknown,
  { compiled, registry }: { readonly compiled: Compiled; readonly registry: Registry },
): Compiled {
  const more = compiled.plan === undefined ? [] : forecast(value, { params, registry, now: Date.now() });
  return more.length === 0 ? compiled : { problems: [...compiled.problems, ...more] };
}

/** Compiles what was read; a text that is not JSON is a problem like any other. */
export function compileSource(
  { value, mistake }: Source,
  params: unknown,
  terminal: Terminal,
  registry: Registry = product,
): Compiled {
  if (mistake === undefined) return compile(value, params, registry);
  return { problems: [problem('E-NOT-JSON', { pointer: '' }, { got: terminal.say(mistake.says) })] };
}

function reportOf(file: string, { plan }: Compiled, problems: readonly ShownProblem[]): CheckReport {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return { file, plan: plan?.hash ?? null, errors, warnings: problems.length - errors, problems };
}

function printCheck(
  file: string,
  found: { readonly compiled: Compiled; readonly problems: readonly ShownProblem[] },
  terminal: Terminal,
): void {
  const { plan } = found.compiled;
  printProblems(found.problems, terminal);
  if (found.problems.length > 0) terminal.print();
  const counts = countsOf(found.problems, terminal);
  if (plan === undefined) {
    terminal.print(
      terminal.paint('red', terminal.say({ zh: `${file}：${counts}`, en: `${file}: ${counts}` })),
    );
    return;
  }
  const steps = plan.nodes.length;
  const name = terminal.text(plan.title) ?? plan.playbook;
  const line = {
    zh: `${file}：可以发布，${counts}。《${name}》共 ${steps} 个步骤，计划 ${plan.hash.slice(0, 12)}。`,
    en: `${file}: ready to publish, ${counts}. "${name}" has ${steps} steps, plan ${plan.hash.slice(0, 12)}.`,
  };
  terminal.print(terminal.paint('green', terminal.say(line)));
}
