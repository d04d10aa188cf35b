// Somebody follows a counted link: they are counted once, and arrive where it leads.
// Not how links are counted for a metric: the event says who followed which.
import type { FastifyReply } from 'fastify';
import { inTransaction } from '../../workers/store/client.ts';
import { ingestIn } from '../../workers/store/event.ts';
import { GONE } from '../../workers/store/quotations.ts';
import type { LinkClaim } from '../../workers/store/link.ts';
import type { Deps } from '../route.ts';
import { tellShards } from '../runs/control.ts';
import { plain, spoken, visitorOf, type Opening } from './opening.ts';

/** Programs that look at every address in a chat to show a preview: they are no members. */
const PREVIEWS =
  /bot\b|crawl|spider|preview|facebookexternalhit|slack-?imgproxy|embedly|curl|wget|python|monitor/i;

/** Leads on. Counting never keeps anybody from arriving. */
export async function follow(
  deps: Deps,
  opening: Opening,
  { link, member }: LinkClaim & { readonly kind: 'counted' },
): Promise<FastifyReply> {
  const { reply, request, now, lang, accepted } = opening;
  const { rows } = await deps.store.pool.query<{ team: number; run: string; node: string; url: string }>(
    `select l.team_id as team, l.run_id as run, l.node, l.url from counted_link l where l.id = $1`,
    [link],
  );
  const [target] = rows;
  // Where it led told who somebody was, and was erased.
  if (target === undefined || target.url.includes(encodeURI(GONE)) || target.url.includes(GONE))
    return plain(reply.code(404), 'no-link', spoken(lang, null, accepted));
  const who = member ?? `visitor/${visitorOf(deps, opening)}`;
  if (request.method === 'GET' && !PREVIEWS.test(request.headers['user-agent'] ?? '')) {
    const event = {
      name: 'member.clicked',
      source: 'link',
      sourceId: `${link}/${who}`,
      at: now,
      run: target.run,
      ...(member === undefined ? {} : { member }),
      data: { link: target.url },
    };
    try {
      const { nudges } = await inTransaction(deps.store.pool, (sql) =>
        ingestIn(sql, { team: target.team, now, events: [event] }),
      );
      await tellShards(deps, nudges);
    } catch (error) {
      // Whoever follows a link wants to arrive, counted or not.
      request.log.error(
        { error: error instanceof Error ? error.name : typeof error },
        'a click was not counted',
      );
    }
  }
  return reply.redirect(target.url, 302);
}
