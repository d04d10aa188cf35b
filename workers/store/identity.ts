// Members by their accounts on channels: found, or made where whoever reports them may do so.
// Not what they did: see event.ts. One account belongs to one member, whoever reports it first.
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from './client.ts';
import { newId } from './id.ts';

/** An account on a channel. */
export interface Account {
  /** The channel's id. */
  readonly channel: string;
  readonly externalId: string;
}

/** An account that becomes a member when nobody has it. */
export interface NewAccount extends Account {
  /** Default: the account's own id. */
  readonly name?: string;
  /** When it was first seen. */
  readonly at: Instant;
}

/** The key under which results are given. */
export const accountKey = ({ channel, externalId }: Account): string => `${channel}\n${externalId}`;

/** The members behind accounts, by {@link accountKey}; erased ones are nobody. */
export async function membersByAccount(
  sql: Sql,
  team: number,
  accounts: readonly Account[],
): Promise<Map<string, string>> {
  if (accounts.length === 0) return new Map();
  const { rows } = await sql.query<Account & { readonly member: string }>(
    `select i.channel_id as channel, i.external_id as "externalId", i.member_id as member
     from unnest($2::uuid[], $3::text[]) as a (channel, external_id)
     join member_identity i on i.channel_id = a.channel and i.external_id = a.external_id and i.team_id = $1
     join member m on m.id = i.member_id and m.status <> 'erased'`,
    [team, accounts.map(({ channel }) => channel), accounts.map(({ externalId }) => externalId)],
  );
  return new Map(rows.map(({ member, ...account }) => [accountKey(account), member]));
}

/**
 * Makes a member of each account that nobody has; gives the members that are new, by {@link accountKey}.
 * Two transactions with the same accounts wait for each other: one makes them, the other finds them afterwards.
 */
export async function makeMembers(
  sql: Sql,
  {
    team,
    accounts,
    now,
  }: { readonly team: number; readonly accounts: readonly NewAccount[]; readonly now: Instant },
): Promise<Map<string, string>> {
  const first = new Map<string, NewAccount>();
  for (const account of accounts) {
    const known = first.get(accountKey(account));
    if (known === undefined || account.at < known.at) first.set(accountKey(account), account);
  }
  const wanted = [...first.values()];
  if (wanted.length === 0) return new Map();
  const { rows } = await sql.query<Account & { readonly member: string }>(
    `with wanted as (
       select * from unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::bigint[])
         as w (member, channel, external_id, name, at)
     ), claimed as (
       insert into member_identity (id, team_id, member_id, channel_id, external_id)
       select gen_random_uuid(), $1, member, channel, external_id from wanted order by channel, external_id
       on conflict (channel_id, external_id) do nothing
       returning member_id, channel_id, external_id
     ), made as (
       insert into member (id, team_id, display_name, joined_at)
       select w.member, $1, w.name, instant_of(least(w.at, $2::bigint)) from wanted w join claimed c on c.member_id = w.member
     )
     select channel_id as channel, external_id as "externalId", member_id as member from claimed`,
    [
      team,
      now,
      wanted.map(() => newId(now)),
      wanted.map(({ channel }) => channel),
      wanted.map(({ externalId }) => externalId),
      wanted.map(({ name, externalId }) => name ?? externalId),
      wanted.map(({ at }) => at),
    ],
  );
  return new Map(rows.map(({ member, ...account }) => [accountKey(account), member]));
}
