// `kindling run`: a playbook from a file, published and launched in the running installation, and watched to its end.
// The run goes on when this command ends; a compressed run executes weeks in seconds or a few minutes, on simulated members.
import { isoOf } from '../../engine/instant.ts';
import { readSettings } from '../settings.ts';
import { Api, Refused } from './api.ts';
import { defineCommand } from './command.ts';
import { pastIn, readCourse, type Course } from './course.ts';
import { EXIT, Failure, misuse } from './failure.ts';
import { courseFlags, FILE } from './flags.ts';
import { publish } from './publish.ts';
import { printReport } from './report.ts';
import { printSheet } from './sheet.ts';
import { placeOf, STUCK_REASONS } from './stuck.ts';
import type { Terminal } from './terminal.ts';
import { watch, type Ending } from './watch.ts';

/** Stuck visits that are shown one by one. */
const MOST_LINES = 20;

export const run = defineCommand({
  name: 'run',
  file: FILE,
  flags: {
    ...courseFlags,
    fast: {
      says: {
        zh: '压缩时间：真实引擎，几周在几十秒内走完，只用模拟成员。',
        en: 'Compressed time: the real engine, weeks within a minute, on simulated members only.',
      },
    },
    community: {
      value: 'NAME',
      says: {
        zh: '让这个社群的成员参加（名字或 id）；不写时只有模拟成员，谁也收不到。',
        en: 'The community whose members take part, by name or id; without it there are simulated members only.',
      },
      accepts: { zh: '社群的名字或 id', en: 'the name or id of a community' },
      read: (raw: string) => (raw.trim() === '' ? undefined : raw.trim()),
    },
    wait: { says: { zh: '等到运行结束再输出结果。', en: 'Waits for the end and prints the outcome.' } },
    confirm: {
      says: {
        zh: '有些步骤的时刻已经过去时，仍然启动。',
        en: 'Launches although the moments of some steps have passed.',
      },
    },
    replace: {
      says: {
        zh: '丢弃同一剧本尚未发布的草稿。',
        en: 'Discards an unpublished draft of the same playbook.',
      },
    },
  },
  says: {
    zh: '在正在运行的系统里发布并启动剧本。',
    en: 'Publishes and launches a playbook in the running installation.',
  },
  more: {
    zh: '需要 npm start 正在运行。--start 和 --script 只能和 --fast 一起用：真实的运行现在开始，由真实的人来回答。',
    en: 'It needs a running `npm start`. --start and --script go with --fast only: a real run starts now and real people answer.',
  },
  examples: [
    'kindling run playbook.json --params params.json --community "Storage club"',
    'kindling run playbook.json --params params.json --fast --wait --start 2026-12-10T09:00 --json',
  ],
  async run({ file, flags, terminal }) {
    const { fast, wait, confirm, replace, json, seed, members } = flags;
    const stray = fast ? undefined : (['start', 'script'] as const).find((name) => flags[name] !== undefined);
    if (stray !== undefined)
      throw misuse(
        `--${stray} 只能和 --fast 一起用：真实的运行现在开始，由真实的人来回答；日期写在参数里（--params）。`,
        `--${stray} goes with --fast only: a real run starts now and real people answer; its dates are parameters (--params).`,
      );
    const simulated = (['fast', 'members'] as const).find((name) => flags[name]);
    if (flags.community !== undefined && simulated !== undefined)
      throw misuse(
        `--community 让真实的成员参加，--${simulated} 只用模拟成员：两个只能写一个。`,
        `--community brings real members in, and --${simulated} is for simulated ones: give one of the two.`,
      );
    const course = readCourse(file, flags, { examples: fast }, terminal);
    const past = fast ? pastIn(course) : undefined;
    if (past !== undefined) terminal.note(past);
    const api = new Api(readSettings(), terminal.language);
    const community = await communityOf(api, flags.community);
    const { playbook, number } = await publish(api, course.document, { replace });
    const { params, entries, start } = course;
    const compressed = fast ? { start: isoOf(start), script: entries } : {};
    const order = {
      playbook,
      version: number,
      params,
      fast,
      seed,
      members,
      community,
      confirm,
      ...compressed,
    };
    const launched = await api.launch(order).catch((error: unknown) => {
      throw pastDates(error, course) ?? error;
    });
    const url = `${api.url}/api/runs/${launched.id}`;
    const page = `${api.url}/#/runs/${launched.id}`;
    terminal.note({
      zh: `已启动第 ${number} 版：${page}`,
      en: `Launched version ${number}: ${page}`,
    });
    if (!fast && community === undefined)
      terminal.note({
        zh: '没有写 --community：参加的都是模拟成员，不会有真人进入或收到消息。',
        en: 'Without --community only simulated members take part: no real person enters or is written to.',
      });
    if (!wait) {
      if (json) terminal.print(JSON.stringify({ ...launched, playbook, version: number, url }));
      return EXIT.ok;
    }
    const ending = await watch(api, launched.id, { course, fast }, terminal);
    await printOutcome(api, launched.id, { course, json }, terminal);
    explain(api, launched.id, ending, terminal);
    return ending.kind === 'completed' ? EXIT.ok : EXIT.failed;
  },
});

/** The id of the community that is meant. Nothing is published for one that is not there. */
async function communityOf(api: Api, wanted: string | undefined): Promise<string | undefined> {
  if (wanted === undefined) return undefined;
  const { communities } = await api.communities();
  const id = wanted.toLowerCase();
  const meant = communities.find((it) => it.name === wanted) ?? communities.find((it) => it.id === id);
  if (meant !== undefined) return meant.id;
  const names = communities.map(({ name }) => name);
  throw new Failure(EXIT.failed, {
    zh: `没有叫「${wanted}」的社群。现有：${names.join('、') || '无'}。`,
    en: `There is no community called "${wanted}". There is: ${names.join(', ') || 'none'}.`,
  });
}

/** The refusal to launch after some of the plan's moments, told by step. */
function pastDates(error: unknown, course: Course): Failure | undefined {
  if (!(error instanceof Refused) || error.code !== 'dates-passed') return undefined;
  const past = pastIn(course);
  return new Failure(EXIT.failed, {
    zh: `${past?.zh ?? ''}\n检查参数里的日期；确定现在开始时加 --confirm。`,
    en: `${past?.en ?? ''}\nCheck the dates among the parameters; --confirm launches nevertheless.`,
  });
}

async function printOutcome(
  api: Api,
  id: string,
  { course, json }: { readonly course: Course; readonly json: boolean },
  terminal: Terminal,
): Promise<void> {
  const report = await api.trace(id);
  if (json) await printReport(report);
  else printSheet({ report, plan: course.plan, document: course.document }, terminal);
}

/** Says why a run did not complete, and how to go on. */
function explain(api: Api, id: string, ending: Ending, terminal: Terminal): void {
  switch (ending.kind) {
    case 'completed':
      return;
    case 'cancelled':
    case 'failed': {
      const why = ending.reason ?? '–';
      const [zh, en] =
        ending.kind === 'failed' ? ['运行失败', 'The run failed'] : ['运行被取消', 'The run was cancelled'];
      terminal.note(terminal.paint('red', terminal.say({ zh: `${zh}：${why}`, en: `${en}: ${why}` })));
      return;
    }
    case 'paused':
      terminal.note({
        zh: `运行已暂停（${ending.reason ?? '–'}）。弄清原因后继续：`,
        en: `The run is paused (${ending.reason ?? '–'}). Find out why, then resume it:`,
      });
      terminal.note(`  ${api.controlCommand(id, { do: 'resume', policy: 'hold' })}`);
      return;
    case 'stuck': {
      const { visits } = ending;
      terminal.note({
        zh: `卡住了，${visits.length} 处要人决定（retry、skip 或 end）：`,
        en: `Stuck: ${visits.length} waiting for a person (retry, skip or end):`,
      });
      for (const visit of visits.slice(0, MOST_LINES))
        terminal.note(`  ${placeOf(visit)}: ${terminal.say(STUCK_REASONS[visit.reason])}`);
      terminal.note(`  kindling stuck ${id} --retry`);
    }
  }
}
