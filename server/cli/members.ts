// `kindling members merge`: two records of one person become one in the running installation.
// Not the rules of it: the installation says what it refuses, and why.
import { readSettings } from '../settings.ts';
import { Api } from './api.ts';
import { defineCommand } from './command.ts';
import { EXIT, misuse } from './failure.ts';
import { jsonFlag, readId } from './flags.ts';

const id = {
  value: 'ID',
  accepts: { zh: '成员的 id', en: 'the id of a member' },
  read: readId,
};

export const members = defineCommand({
  name: 'members',
  argument: {
    name: 'merge',
    says: { zh: '做什么：merge（合并两份档案）', en: 'what to do: merge, two records of one person' },
  },
  flags: {
    into: { ...id, says: { zh: '保留的成员。', en: 'The record that stays.' } },
    from: {
      ...id,
      says: { zh: '并入的成员，之后不再存在。', en: 'The record that goes into it, and is no more.' },
    },
    reason: {
      value: 'TEXT',
      says: { zh: '为什么合并，记入审计。', en: 'Why, for the audit.' },
      accepts: { zh: '一句话，至多 500 个字符', en: 'a sentence of at most 500 characters' },
      read: (raw: string): string | undefined =>
        raw.trim() === '' || raw.length > 500 ? undefined : raw.trim(),
    },
    json: jsonFlag,
  },
  says: {
    zh: '合并同一个人的两份档案。',
    en: 'Merges two records of one person.',
  },
  more: {
    zh: '账号、经历、进行中的旅程都归保留的成员；任何一份档案里的退订和撤回的同意都算数。不能撤销。',
    en: 'Accounts, history and journeys under way become those of the one that stays; what either has refused is refused. It cannot be undone.',
  },
  examples: ['kindling members merge --into ID --from ID --reason "同一个手机号"'],
  async run({ file: action, flags, terminal }) {
    const { into, from, reason, json } = flags;
    if (action !== 'merge')
      throw misuse(`不认识「${action}」，可以用 merge。`, `Unknown "${action}". There is: merge.`);
    if (into === undefined || from === undefined || reason === undefined)
      throw misuse('要写明 --into、--from 和 --reason。', 'It needs --into, --from and --reason.');
    const done = await new Api(readSettings(), terminal.language).merge(into, { member: from, reason });
    if (json) terminal.print(JSON.stringify(done));
    else
      terminal.print(
        terminal.paint(
          'green',
          terminal.say({ zh: `${from} 已并入 ${into}。`, en: `${from} is merged into ${into}.` }),
        ),
      );
    return EXIT.ok;
  },
});
