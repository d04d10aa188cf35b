// A run that somebody has paused: its other operators hear of it, until it goes on. Compressed runs are nobody else's affair.
// Not a run that pauses itself: see workers/effects/breaker.ts.
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from '../../workers/store/client.ts';
import { notifyTeam } from '../../workers/store/notice.ts';
import type { RunFacts } from '../../workers/store/run.ts';
import type { Identity } from '../identity/identity.ts';

/** Tells whoever acts in the run as an operator, but for the one who did it. */
export async function tellPaused(
  sql: Sql,
  { id: run, team, mode }: RunFacts,
  {
    who,
    reason,
    now,
  }: { readonly who: Identity; readonly reason: string | undefined; readonly now: Instant },
): Promise<void> {
  if (mode === 'fast') return;
  const { rows } = await sql.query<{ name: string }>(
    'select name from user_account where team_id = $1 and id::text = $2',
    [team, who.id],
  );
  const name = rows[0]?.name;
  const why = reason === undefined ? { zh: '', en: '' } : { zh: `：${reason}`, en: `: ${reason}` };
  const text = {
    'zh-CN': `${name ?? '一个程序'}暂停了这次运行${why.zh}`,
    en: `${name ?? 'A program'} has paused the run${why.en}`,
  };
  const by = who.kind === 'user' ? who.id : undefined;
  await notifyTeam(sql, { team, run, wall: now, except: by }, [
    { kind: 'paused', key: `run/${run}/paused/${now}`, at: now, role: 'operator', text, detail: {} },
  ]);
}

/** It goes on, or is over: there is nothing left to look at. */
export async function tellNoLongerPaused(sql: Sql, { id, team }: RunFacts, now: Instant): Promise<void> {
  await sql.query(
    `update notice set seen_at = instant_of($3)
     where team_id = $1 and run_id = $2 and kind = 'paused' and seen_at is null`,
    [team, id, now],
  );
}
