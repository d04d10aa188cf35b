// The task of a colleague who posts a message or lets it go.
// Not what becomes of it: the answer comes through the inbox, and the visit calls again.
import type { Sql } from '../store/client.ts';
import { assignAll } from './assign.ts';
import type { Letter, Mail } from './mail.ts';
import type { Answered } from './work.ts';

/** Opens the tasks of messages that wait for somebody. */
export const askColleagues = (
  sql: Sql,
  { batch, input }: Mail,
  waiting: readonly { readonly letter: Letter; readonly answer: Answered }[],
): Promise<void> =>
  assignAll(
    sql,
    batch,
    waiting.map(({ letter: { visit, text, gate, people }, answer }) => ({
      visit,
      member: onlyMemberOf(people),
      assignment: {
        kind: 'send',
        role: input.role ?? 'owner',
        title: batch.planNode.title ?? { 'zh-CN': '发送一条消息', en: 'Send a message' },
        script: text,
        outcomes: [
          { name: 'done', label: { 'zh-CN': '已发送', en: 'Sent' } },
          { name: 'skip', label: { 'zh-CN': '不发了', en: 'Not sent' } },
        ],
        dueAt: answer.until ?? gate.expires,
        remindAt: null,
      },
    })),
  );

/** Whose own links a colleague may paste: those of the one member whom the message is for. What goes to many has no one's. */
const onlyMemberOf = (people: Letter['people']): string | null =>
  people.length === 1 ? people[0]!.memberId : null;
