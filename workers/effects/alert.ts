// A notice for the people on duty, and where asked a command to the run's own inbox.
import { alert as decision } from '../../engine/effects/alert.ts';
import { command } from '../store/control.ts';
import { inputOf } from './config.ts';
import { notify } from '../store/notice.ts';
import { internal, visitName } from './work.ts';

export const alert = internal(async (sql, batch) => {
  const input = await inputOf(sql, batch, 'alert');
  const { run, planNode, wall } = batch;
  await notify(
    sql,
    batch,
    batch.visits.map((visit) => ({
      kind: 'alert',
      key: `alert/${run.id}/${visitName(batch, visit)}/${visit.call}`,
      at: visit.at,
      role: input.role ?? 'operator',
      text: input.text ?? {
        'zh-CN': `守护「${planNode.title?.['zh-CN'] ?? planNode.id}」越线了。`,
        en: `The guard "${planNode.title?.['en'] ?? planNode.id}" was breached.`,
      },
      detail: { node: planNode.id, on: input.on },
    })),
  );
  if (input.on !== 'alert') {
    const by = `run/${planNode.id}`;
    const control =
      input.on === 'pause' ? ({ do: 'pause' } as const) : ({ do: 'cancel', reason: planNode.id } as const);
    batch.nudges.push(...(await command(sql, { run: run.id, control, by, now: wall })));
  }
  return batch.visits.map(({ at }) => decision.decide(input, {}, at));
});
