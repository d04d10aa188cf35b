// People to send to, and runs that send once: what the tests of the send path share.
import type { Playbook } from '../../engine/document.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { BatchResult, CallVisit } from '../../engine/run/protocol.ts';
import { perform } from '../../workers/effects/perform.ts';
import type { Deps } from '../../workers/effects/work.ts';
import type { Store } from '../../workers/store/client.ts';
import { newId } from '../../workers/store/id.ts';
import { Keyring } from '../../workers/store/keyring.ts';
import { keepSecret } from '../../workers/store/secret.ts';
import { playbook } from '../support/temporal-play.ts';
import { depsOf, launchRun, makeTeam } from './virtual-run.ts';

/** Noon in Shanghai. */
export const NOON = Date.UTC(2026, 11, 1, 4);
export const DAY = 86_400_000;
export const HOUR = 3_600_000;

/** Opens the secrets of these channels. */
export const ENCRYPTION_KEY = Buffer.alloc(32, 7).toString('base64');
export const keyring = new Keyring([ENCRYPTION_KEY]);

/** A team with one channel, and one group whose members have all agreed to marketing. */
export interface People {
  readonly team: number;
  readonly channel: string;
  readonly group: string;
  readonly members: readonly string[];
}

/** Makes them. The channel is called `sim`, whatever its kind; every member has the address of its own id there. */
export async function makePeople(
  { pool }: Store,
  count: number,
  more: {
    readonly caps?: JsonObject;
    readonly kind?: string;
    readonly config?: JsonObject;
    readonly limits?: JsonObject;
    /** Default: a team of their own. */
    readonly team?: number;
  } = {},
): Promise<People> {
  const { caps = {}, kind = 'simulator', config = {}, limits = null } = more;
  const team = more.team ?? (await makeTeam({ pool } as Store));
  const [community, group, channel] = [newId(), newId(), newId()];
  const members = Array.from({ length: count }, () => newId());
  await pool.query('update team set caps = $2 where id = $1', [team, JSON.stringify(caps)]);
  await pool.query(
    `insert into channel (id, team_id, name, kind, config, limits, secret_ref, identity, verified_at, verified_by,
       created_at)
     values ($1, $2, 'sim', $3::channel_kind, $4, $5, 'sim', 'us', instant_of(0), 'test', instant_of(0))`,
    [channel, team, kind, JSON.stringify(config), limits === null ? null : JSON.stringify(limits)],
  );
  const parts = { key: Buffer.alloc(32, 5).toString('base64') };
  await keepSecret(pool, keyring, { team, name: 'sim' }, { parts, now: 0 });
  await pool.query(
    `insert into community (id, team_id, name, created_at) values ($1, $2, 'c', instant_of(0))`,
    [community, team],
  );
  await pool.query(
    `insert into community_group (id, team_id, community_id, channel_id, external_id, name, head_count, created_at)
     values ($1, $2, $3, $4, 'chat-1', 'g', 50, instant_of(0))`,
    [group, team, community, channel],
  );
  await pool.query(
    `insert into member (id, team_id, display_name, joined_at) select id, $1, 'x', instant_of(0) from unnest($2::uuid[]) id`,
    [team, members],
  );
  await pool.query(
    `insert into member_identity (id, team_id, member_id, channel_id, external_id)
     select gen_random_uuid(), $1, id, $3, id::text from unnest($2::uuid[]) id`,
    [team, members, channel],
  );
  await pool.query(
    `insert into membership (id, team_id, member_id, group_id, joined_at)
     select gen_random_uuid(), $1, id, $3, instant_of(0) from unnest($2::uuid[]) id`,
    [team, members, group],
  );
  await pool.query(
    `insert into consent (id, team_id, member_id, purpose, basis, text_version, granted_at)
     select gen_random_uuid(), $1, id, 'marketing', 'test', '1', instant_of(0) from unnest($2::uuid[]) id`,
    [team, members],
  );
  return { team, channel, group, members };
}

/** Makes a second account, called `other`, like the first one; every member has its address there too. */
export async function anotherAccount({ pool }: Store, channel: string): Promise<void> {
  await pool.query(
    `with other as (
       insert into channel (id, team_id, name, kind, config, limits, secret_ref, identity, verified_at, verified_by,
         created_at)
       select gen_random_uuid(), team_id, 'other', kind, config, limits, secret_ref, identity, verified_at, verified_by,
         created_at
       from channel where id = $1 returning id, team_id)
     insert into member_identity (id, team_id, member_id, channel_id, external_id)
     select gen_random_uuid(), i.team_id, i.member_id, o.id, i.external_id
     from member_identity i, other o where i.channel_id = $1`,
    [channel],
  );
}

/** A playbook with one message, node `m`, to the groups or to everybody in them. */
export const posting = (
  audience: 'groups' | 'segment',
  kind: 'marketing' | 'service' = 'marketing',
  more: JsonObject = {},
): Playbook =>
  playbook({
    start: ['start', {}, { out: 'm' }],
    m: [
      'send-message',
      {
        channel: 'sim',
        audience:
          audience === 'groups'
            ? { groups: 'all' }
            : { segment: { cel: 'member.consent || !member.consent' } },
        text: { 'zh-CN': '明天见！' },
        optOut: { 'zh-CN': '回复 T 退订' },
        class: kind,
        ...more,
      },
      { sent: 'z', failed: 'z' },
    ],
    z: ['end', {}],
  });

/** A run whose message can be sent again and again, as the interpreter would ask for it. */
export interface Sender {
  readonly run: string;
  readonly node: number;
  /** Calls `send` for the campaign. */
  readonly send: (at: number, more?: Partial<CallVisit> & { readonly wall?: number }) => Promise<Answer>;
  /** Calls `send` for some visits as one batch. Undefined where the run holds, or is over. */
  readonly sendAll: (visits: readonly CallVisit[], deps?: Partial<Deps>) => Promise<Answer[] | undefined>;
}

/** One visit's answer. */
export interface Answer {
  readonly code: string;
  readonly until: number;
}

const CODES = ['sent', 'partial', 'skipped', 'expired', 'deferred', 'waiting'];
const UNIVERSAL: Readonly<Record<number, string>> = { 253: 'doubt', 254: 'failed', 255: 'retry' };

/** Launches a playbook in real time for these people. */
export async function launch(
  store: Store,
  people: People,
  document: Playbook,
  { startAt = NOON, ...deps }: { readonly startAt?: number } & Partial<Deps> = {},
): Promise<Sender> {
  const { run, plan } = await launchRun(store, people.team, {
    document,
    startAt,
    mode: 'real',
    groups: [people.group],
  });
  const node = plan.nodes.findIndex(({ step }) => step === 'send-message');
  const sendAll: Sender['sendAll'] = async (visits, more = {}) => {
    const call = { batch: 1, node, effect: 'send', stage: 0, visits };
    const all = { allowPrivateAddresses: true, keyring, ...deps, ...more };
    const { results } = await perform(depsOf(store, startAt, all), { run, calls: [call] });
    return results[0] === undefined ? undefined : answersIn(results[0]);
  };
  return {
    run,
    node,
    sendAll,
    send: async (at, { wall = at, ...visit } = {}) => {
      const visits = [{ ordinal: 0, lap: 0, call: 0, due: startAt, at, ...visit }];
      const answers = await sendAll(visits, deps.clock === undefined ? { clock: () => wall } : {});
      return answers![0]!;
    },
  };
}

/** Everybody in the group as a subject of the run's journey, in the order of `members`. */
export async function enrol({ pool }: Store, people: People, run: string): Promise<void> {
  await pool.query(
    `insert into subject (run_id, graph, ordinal, team_id, shard, member_id, entered_at)
     select $1, 1, no - 1, $2, 0, id, instant_of(0) from unnest($3::uuid[]) with ordinality as m (id, no)`,
    [run, people.team, people.members],
  );
}

/** A time on the wall that goes on, from noon, and can be moved. */
export function movingClock(): { readonly now: () => number; skip(ms: number): void } {
  let offset = NOON - Date.now();
  return { now: () => Date.now() + offset, skip: (ms) => void (offset += ms) };
}

/** The answers in a batch's result. */
export const answersIn = ({ codes, untils }: BatchResult): Answer[] =>
  Array.from(codes, (code, i) => ({
    code: CODES[code] ?? UNIVERSAL[code] ?? String(code),
    until: untils?.[i] ?? 0,
  }));

/** One row of what was sent or not. */
export interface Delivered {
  readonly recipient: string;
  readonly at: number;
  readonly state: string;
  readonly reason: string | null;
}

/** A team's deliveries, in the order of their instants. */
export async function deliveriesOf({ pool }: Store, team: number): Promise<Delivered[]> {
  const { rows } = await pool.query<Delivered>(
    `select recipient, ms_of(at) as at, state::text, reason from delivery where team_id = $1 order by at, recipient`,
    [team],
  );
  return rows;
}

/** A person says of the open tasks of a run that they are done. */
export async function confirm({ pool }: Store, run: string, outcome = 'done', at = NOON): Promise<void> {
  await pool.query(
    `update task set state = 'done', outcome = $2, closed_at = instant_of($3) where run_id = $1 and state = 'open'`,
    [run, outcome, at],
  );
}
