// Says which visits are stuck, why, and how to go on: of a rehearsal and of a run alike.
// Not the going on: an operator's command does that.
import type { Plan } from '../../engine/plan.ts';
import type { Stuck } from '../../engine/run/protocol.ts';
import { subjectName } from '../../engine/run/trace.ts';
import type { Sentence } from '../settings.ts';
import type { StuckVisit } from './api.ts';
import type { Terminal } from './terminal.ts';

/** Why a visit can be stuck, and what a person can do about it. */
export const STUCK_REASONS: Readonly<Record<Stuck['reason'], Sentence>> = {
  failed: {
    zh: '失败，而且没有接「失败」出口。接上出口，或在运行中重试、跳过。',
    en: 'it failed, and no "failed" port is wired. Wire one, or retry or skip it in the run.',
  },
  doubt: {
    zh: '请求发出后没有回音，不知道有没有做成。请人确认后重试或跳过。',
    en: 'the request went out and nobody knows its outcome. Find out, then retry or skip it.',
  },
  late: {
    zh: '来得太晚，按约定由人决定。请执行或跳过。',
    en: 'it came too late and asks a person. Retry or skip it.',
  },
  calls: {
    zh: '重复的次数太多。检查等待的设置，再跳过或结束。',
    en: 'it was called too often. Check its waits, then skip or end it.',
  },
};

/** Where a visit of a run is stuck, and whose it is. */
export const placeOf = ({ node, subject, name, lap }: StuckVisit): string =>
  `${node} · ${subject}${lap === 0 ? '' : ` #${lap}`}${name === null ? '' : ` (${name})`}`;

/** How many are shown one by one. */
const MOST = 20;

/** Tells on stderr why something did not come to its end. */
export function explainStuck(stuck: readonly Stuck[], plan: Plan, terminal: Terminal): void {
  if (stuck.length === 0) {
    terminal.note({
      zh: '没有走到结尾：有步骤在等永远不会来的事。',
      en: 'It does not come to its end: something waits for what never comes.',
    });
    return;
  }
  const count = stuck.length;
  terminal.note(
    terminal.paint(
      'red',
      terminal.say({
        zh: `卡住了，${count} 处要人决定：`,
        en: `Stuck: ${count} ${count === 1 ? 'visit waits' : 'visits wait'} for a person.`,
      }),
    ),
  );
  for (const visit of stuck.slice(0, MOST)) {
    const node = plan.nodes[visit.node];
    const id = node?.id ?? '?';
    const name = node?.title === undefined ? id : `${terminal.text(node.title)} (${id})`;
    const subject = subjectName(plan, node?.graph ?? 0, visit.ordinal);
    terminal.note(`  ${name} · ${subject}: ${terminal.say(STUCK_REASONS[visit.reason])}`);
  }
  if (count > MOST) terminal.note({ zh: `  ……还有 ${count - MOST} 处`, en: `  … and ${count - MOST} more` });
}
