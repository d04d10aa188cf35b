// Somebody answers a task: one voice each, with what the task asks for; what it does in the run follows.
// By the API and by the page behind a notice alike.
import { inTransaction } from '../../workers/store/client.ts';
import { answerTaskIn } from '../../workers/store/task.ts';
import { audit } from '../audit.ts';
import { voiceOf, type Identity } from '../identity/identity.ts';
import { Refusal, wrongValue } from '../refusal.ts';
import type { Deps } from '../route.ts';
import { tellShards } from '../runs/control.ts';
import { checkEvidence } from './evidence.ts';
import { mineOf, type TaskRow } from './task.ts';

/** What somebody answers. */
export interface Decision {
  readonly outcome: string;
  readonly note?: string | undefined;
  readonly evidence?: readonly string[] | undefined;
  readonly numbers?: Readonly<Record<string, number>> | undefined;
}

/** Takes an answer. `counted`: more people must say the same. `self`: of whoever has launched the activity. */
export async function decideTask(
  deps: Deps,
  who: Identity,
  { id, now, ...decision }: Decision & { readonly id: string; readonly now: number },
): Promise<{ readonly state: 'done' | 'counted'; readonly self: boolean }> {
  const { outcome, note, evidence, numbers = {} } = decision;
  const { as, self, nudges } = await inTransaction(deps.store.pool, async (sql) => {
    const task = await mineOf(sql, who, id);
    if (who.kind !== 'user' && needsPerson(task)) throw new Refusal('needs-person');
    const stray = Object.keys(numbers).find((name) => !task.numbers.some((it) => it.name === name));
    if (stray !== undefined)
      throw wrongValue(`/numbers/${stray}`, '任务没有问这个数', 'the task does not ask for it');
    await checkEvidence(sql, who, { task: task.id, evidence: evidence ?? [] });
    const answered = await answerTaskIn(
      sql,
      {
        team: who.team,
        task: task.id,
        by: voiceOf(who),
        outcome,
        numbers,
        ...(note === undefined ? {} : { note }),
        ...(evidence === undefined ? {} : { evidence }),
        now,
      },
      'soon',
    );
    if (!('nudges' in answered)) throw refusalOf(answered.as, task, outcome);
    const isSelf = who.kind === 'user' && task.launchedBy === who.id;
    await audit(sql, {
      who,
      action: 'task.decide',
      subject: `task/${task.id}`,
      detail: { outcome, ...(isSelf ? { self: true } : {}) },
      now,
    });
    return { ...answered, self: isSelf };
  });
  await tellShards(deps, nudges);
  return { state: as, self };
}

// One person may make many keys: where voices are counted, or somebody answers for a decision, only people speak.
const needsPerson = ({ sensitive, kind, quorum }: TaskRow): boolean =>
  sensitive || quorum > 1 || kind === 'approval' || kind === 'review';

function refusalOf(as: string, task: TaskRow, outcome: string): Refusal {
  switch (as) {
    case 'closed':
      return new Refusal('task-closed');
    case 'no-such-outcome':
      return new Refusal('no-such-outcome', {
        place: '/outcome',
        values: { outcome, known: task.outcomes.map(({ name }) => name).join(', ') },
      });
    case 'answered-before':
      return new Refusal('answered-before');
    case 'needs-evidence':
      return new Refusal('needs-evidence', { place: '/evidence' });
    case 'needs-numbers':
      return new Refusal('needs-numbers', {
        place: '/numbers',
        values: { names: task.numbers.map(({ name }) => name).join(', ') },
      });
    case 'needs-person':
      return new Refusal('needs-person');
    default:
      return new Refusal('not-found');
  }
}
