// `kindling audit`: whether everything that must hold of the team's data does; every row that breaks an invariant is named.
// The looking is the server's, and the same as after a chaos run. Nothing is repaired.
import { readSettings } from '../settings.ts';
import { Api } from './api.ts';
import { defineCommand } from './command.ts';
import { EXIT } from './failure.ts';
import { jsonFlag } from './flags.ts';

export const auditData = defineCommand({
  name: 'audit',
  flags: { json: jsonFlag },
  says: {
    zh: '核对数据：上限、同意、计数、收件箱、账本……每条不变式是否成立。',
    en: 'Audits the data: whether every invariant of caps, consent, counts, inboxes, ledger … holds.',
  },
  more: {
    zh: '只读，随时可以运行；数据多时要几分钟。有一条不成立，退出码就是 1。',
    en: 'It only reads, and may run at any time; with much data it takes minutes. When one does not hold the exit code is 1.',
  },
  examples: ['kindling audit', 'kindling audit --json'],
  async run({ flags, terminal }) {
    const audit = await new Api(readSettings(), terminal.language).audit();
    const { invariants, breaches } = audit;
    if (flags.json) terminal.print(JSON.stringify(audit));
    else if (breaches.length === 0)
      terminal.print(
        terminal.paint(
          'green',
          terminal.say({
            zh: `${invariants} 条不变式全部成立。`,
            en: `All ${invariants} invariants hold.`,
          }),
        ),
      );
    else {
      for (const name of new Set(breaches.map(({ invariant }) => invariant))) {
        const broken = breaches.filter(({ invariant }) => invariant === name);
        const sentence = broken[0]!.says;
        terminal.print(
          `${terminal.paint('red', terminal.say({ zh: `不成立：${sentence}`, en: `Broken: ${sentence}` }))}  (${name})`,
        );
        for (const { what } of broken) terminal.print(`  ${what}`);
      }
    }
    return breaches.length === 0 ? EXIT.ok : EXIT.failed;
  },
});
