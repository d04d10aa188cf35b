// The circuit breaker: a node at which too much fails pauses its run, so that people look before more goes wrong.
import { command } from '../store/control.ts';
import type { Sql } from '../store/client.ts';
import { tally } from '../store/ledger.ts';
import { notify } from '../store/notice.ts';
import type { Batch } from './work.ts';

/** Counts the failures of a batch; pauses the run and says so when these are the ones that break the circuit. */
export async function breakCircuit(sql: Sql, batch: Batch, failed: number): Promise<void> {
  if (failed === 0) return;
  const { run, node, planNode, wall } = batch;
  const at = batch.visits[0]?.at ?? run.startAt;
  const broke = await tally(sql, { team: run.team, run: run.id, node }, { failed, now: at });
  if (!broke) return;
  const name = (locale: string): string => planNode.title?.[locale] ?? planNode.id;
  await notify(sql, batch, [
    {
      kind: 'breaker',
      key: `breaker/${run.id}/${planNode.id}/${at}`,
      at,
      role: 'operator',
      text: {
        'zh-CN': `步骤「${name('zh-CN')}」失败太多，运行已自动暂停。请查明原因后再继续。`,
        en: `Too many visits of "${name('en')}" fail, so the run has paused itself. Find out why, then resume it.`,
      },
      detail: { node: planNode.id },
    },
  ]);
  const by = `run/${planNode.id}`;
  batch.nudges.push(...(await command(sql, { run: run.id, control: { do: 'pause' }, by, now: wall })));
}
