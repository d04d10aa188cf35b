// `kindling recover`: has a run go on from PostgreSQL when Temporal has lost it, or every run and schedule of the team.
// What still runs is left alone, so asking too often does no harm.
import { readSettings } from '../settings.ts';
import { Api, type RecoveredShard } from './api.ts';
import { defineCommand } from './command.ts';
import { EXIT, misuse } from './failure.ts';
import { jsonFlag, RUN } from './flags.ts';
import type { Terminal } from './terminal.ts';

const STATES = {
  running: { zh: '还在运行', en: 'still runs' },
  completed: { zh: '已经结束', en: 'has ended' },
  recovered: { zh: '已从数据库继续', en: 'goes on from the database' },
} as const;

export const recover = defineCommand({
  name: 'recover',
  argument: { ...RUN, isOptional: true },
  flags: {
    all: {
      says: {
        zh: '所有进行中的运行，以及定时启动。',
        en: 'Every run that is under way, and every schedule.',
      },
    },
    json: jsonFlag,
  },
  says: {
    zh: 'Temporal 的数据丢了之后，让运行从数据库里的记录继续，不重复、不遗漏。',
    en: 'After Temporal’s data was lost: has a run go on from the database, nothing doubled, nothing left out.',
  },
  examples: ['kindling recover 0198…', 'kindling recover --all'],
  async run({ file: run, flags, terminal }) {
    if ((run === '') !== flags.all)
      throw misuse(
        '请给出一个运行的 id，或者 --all：kindling recover RUN',
        'Name a run, or give --all: kindling recover RUN',
      );
    const api = new Api(readSettings(), terminal.language);
    const answer = flags.all ? await api.recoverAll() : { runs: [{ run, ...(await api.recover(run)) }] };
    if (flags.json) {
      terminal.print(JSON.stringify(answer));
      return EXIT.ok;
    }
    for (const it of answer.runs) printRun(it.run, it.shards, terminal);
    if ('schedules' in answer) {
      const { schedules } = answer;
      terminal.print(terminal.say({ zh: `定时启动：${schedules}`, en: `Schedules: ${schedules}` }));
    }
    return EXIT.ok;
  },
});

function printRun(run: string, shards: readonly RecoveredShard[], terminal: Terminal): void {
  for (const { shard, state } of shards) {
    const name = shards.length === 1 ? run : `${run}/${shard}`;
    const line = `${name}  ${terminal.say(STATES[state])}`;
    terminal.print(state === 'recovered' ? terminal.paint('green', line) : line);
  }
}
