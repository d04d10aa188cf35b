// The same workflows without a cache: every task replays its history from the beginning, so whatever is not deterministic fails.
import { expect, test } from 'vitest';
import { playbook } from '../../support/temporal-play.ts';
import { openStage } from '../../support/temporal-stage.ts';

const stage = await openStage({ cached: 0 });

test('a whole run, with waits, rounds, branches, commands and a continue-as-new, replays at every task', async () => {
  const run = await stage.launch(
    playbook({
      start: ['start', {}, { out: 'fork' }],
      fork: ['parallel', { branches: [{ port: 'left' }, { port: 'right' }] }, { left: 'r', right: 'long' }],
      r: ['repeat', { max: 4 }, { each: 't', done: 'join' }],
      t: ['tag', { add: ['round'] }, { done: 'w' }],
      w: ['wait', { for: 'PT0.1S' }, { done: 'r' }],
      long: ['wait', { for: 'PT2S' }, { done: 'join' }],
      join: ['join', { need: 'all' }, { out: 'z' }],
      z: ['end', { reason: 'finished' }],
    }),
    { maxEvents: 25 },
  );
  await stage.until('a round is over', async () => (await stage.count('ledger where run_id = $1', run)) > 1);
  await stage.command(run, { do: 'pause' });
  await stage.command(run, { do: 'resume', policy: 'hold' });
  await stage.finished(run);
  expect(await stage.status(run)).toBe('completed');
  expect(await stage.count('ledger where run_id = $1', run)).toBe(4);
  expect(await stage.count('passed where run_id = $1', run)).toBe(18);
});
