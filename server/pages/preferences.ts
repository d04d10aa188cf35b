// A member opens what they want to get, and changes it.
// Not how it looks (preferences-page.ts) and not what it means (workers/store/preferences.ts).
import type { FastifyReply } from 'fastify';
import { inTransaction } from '../../workers/store/client.ts';
import type { LinkClaim } from '../../workers/store/link.ts';
import { asTheyAre } from '../../workers/store/merged.ts';
import { preferencesOf, setPreferences } from '../../workers/store/preferences.ts';
import type { Deps } from '../route.ts';
import { tellShards } from '../runs/control.ts';
import { otherOf, plain, show, spoken, type Opening } from './opening.ts';
import { preferencesPage, readWanted } from './preferences-page.ts';

/** Shows the settings, or saves what was sent: looking at them changes nothing. */
export async function openPreferences(
  deps: Deps,
  { lang, accepted, now, reply, sent }: Opening,
  { team, member: claimed }: LinkClaim & { readonly kind: 'preferences' },
): Promise<FastifyReply> {
  const done = await inTransaction(deps.store.pool, async (sql) => {
    const member = await asTheyAre(sql, team, claimed);
    const { rows } = await sql.query<{ team: string; zone: string; locale: string | null }>(
      `select t.name as team, coalesce(m.zone, t.zone) as zone, m.locale from member m join team t on t.id = m.team_id
       where m.team_id = $1 and m.id = $2`,
      [team, member],
    );
    if (rows[0] === undefined) return undefined;
    const before = await preferencesOf(sql, team, member);
    const wanted = sent === undefined ? undefined : readWanted(sent, before);
    if (wanted === undefined) return { ...rows[0], preferences: before, saved: false, nudges: [] };
    const nudges = await setPreferences(sql, { team, member, source: 'page', now }, wanted);
    return { ...rows[0], preferences: await preferencesOf(sql, team, member), saved: true, nudges };
  });
  if (done === undefined) return plain(reply.code(404), 'no-link', spoken(lang, null, accepted));
  await tellShards(deps, done.nudges);
  const language = spoken(lang, done.locale, accepted);
  const { preferences, team: name, zone, saved } = done;
  return show(
    reply,
    preferencesPage(preferences, { team: name, zone, language, saved, other: otherOf(language) }),
  );
}
