// `kindling rehearse`: a playbook on a virtual clock with a synthetic community; the run sheet, or the report for programs.
// It sends nothing, and needs an installation only to keep the caps, quiet hours and budgets of its team.
import { isoOf } from '../../engine/instant.ts';
import { product } from '../../engine/index.ts';
import { Rehearsal } from '../../engine/rehearse.ts';
import { wayOf } from '../../engine/rehearse/way.ts';
import { readSettings, type Sentence } from '../settings.ts';
import { Api } from './api.ts';
import { defineCommand } from './command.ts';
import { pastIn, readCourse, type Course } from './course.ts';
import { EXIT } from './failure.ts';
import { courseFlags, FILE } from './flags.ts';
import { printReport } from './report.ts';
import { localOf, printSheet } from './sheet.ts';
import { explainStuck } from './stuck.ts';
import type { Terminal } from './terminal.ts';

/** Between two looks at the clock of this machine. */
const SLICE_MS = 50;

const DEFAULTS: Sentence = {
  zh: '按默认的频次上限和静默时段彩排，不计渠道额度；--team 用正在运行的系统里的。',
  en: 'Rehearsed with default caps and quiet hours and without channel budgets; --team takes those of the running installation.',
};

export const rehearsal = defineCommand({
  name: 'rehearse',
  file: FILE,
  flags: {
    ...courseFlags,
    team: {
      says: {
        zh: '按正在运行的系统里的频次上限、静默时段、渠道额度和成员属性彩排。',
        en: 'Keeps the caps, quiet hours, channel budgets and attributes of the running installation.',
      },
    },
  },
  says: {
    zh: '彩排剧本：在虚拟时钟上走一遍，列出什么时候发什么、谁要做什么、结果如何。',
    en: 'Rehearses a playbook on a virtual clock: what is posted when, who has what to do, how it ends.',
  },
  more: {
    zh: '什么也不会真的发出。没有给的参数用剧本里的默认值或示例。有步骤卡住时退出码为 1。',
    en: 'Nothing is sent. Parameters that are not given take the playbook’s defaults or examples. A stuck step gives exit code 1.',
  },
  examples: [
    'kindling rehearse playbook.json --params params.json',
    'kindling rehearse playbook.json --start 2026-12-10T09:00 --seed 7 --members 500 --json',
  ],
  run: async ({ file, flags, terminal }) => {
    const team = flags.team ? await new Api(readSettings(), terminal.language).registry() : undefined;
    if (team === undefined) terminal.note(DEFAULTS);
    const registry = { ...product, ...team, isReachable: true };
    const course = readCourse(file, flags, { examples: true, registry }, terminal);
    const past = pastIn(course);
    if (past !== undefined) terminal.note(past);
    const { document, plan, template, start, script } = course;
    const { seed, members } = flags;
    const settings = document.rehearsal;
    const { channels, caps, quiet } = team ?? {};
    const limits = { channels, caps, quiet };
    const it = new Rehearsal(plan, { start, settings, seed, members, script, template, ...limits });
    runToTheEnd(it, course, terminal);
    const report = it.report();
    if (flags.json) await printReport(report);
    else printSheet({ report, plan, document }, terminal);
    if (it.isDone) return EXIT.ok;
    explainStuck(it.stuck, plan, terminal);
    return EXIT.failed;
  },
});

/** Runs in slices, so that progress can be drawn. */
function runToTheEnd(it: Rehearsal, course: Course, terminal: Terminal): void {
  const way = wayOf(course);
  for (let goesOn = true; goesOn;) {
    const deadline = performance.now() + SLICE_MS;
    while (goesOn && performance.now() < deadline) goesOn = it.step();
    const { day, time } = localOf(isoOf(it.now), it.plan.zone);
    const visits = it.recorder.size;
    const says = { zh: `${day} ${time}，${visits} 次执行`, en: `${day} ${time}, ${visits} visits` };
    terminal.progress(terminal.say(says), way(it.now));
  }
  terminal.done();
}
