// Two records of one person through the API: merged once, audited, found again by links and imports of the old one.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { HOUR } from '../../engine/instant.ts';
import type { Adapter } from '../../workers/channels/channel.ts';
import { adapters } from '../../workers/channels/index.ts';
import { perform } from '../../workers/effects/perform.ts';
import { openStore } from '../../workers/store/client.ts';
import { audit as auditData } from '../../workers/store/audit/audit.ts';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';
import { launch, makePeople, posting, type People } from '../workers/send-stage.ts';
import { depsOf, journeyPlaybook, launchRun } from '../workers/virtual-run.ts';

const { url } = await freshDatabase();
const { program, store, stranger, team } = await stand(url);
// Workers have connections of their own.
const workers = openStore(url, 12);
afterAll(() => workers.close());
const operator = await program(['operator']);
const owner = await program(['owner']);
const designer = await program(['designer']);
const reason = '同一个手机号';

const make = async (body: object): Promise<string> => {
  const said = await operator('POST', '/api/members', body);
  expect(said.status, said.text).toBe(201);
  return String(said.body['id']);
};
const told = async (answer: Promise<{ status: number; body: Record<string, unknown> }>) => {
  const { status, body } = await answer;
  return [status, body['code'], body['place']];
};

test('the record that goes is no more, and everything that named it finds the person', async () => {
  const into = await make({ name: '小林', externalKey: 'A1' });
  const from = await make({ name: '林小姐', externalKey: 'B2' });
  const { body } = await operator('GET', `/api/members/${from}/page`);
  const page = new URL(String(body['url'])).pathname;
  expect((await stranger('GET', page)).status).toBe(200);

  expect(await told(designer('POST', `/api/members/${into}/merge`, { member: from, reason }))).toEqual([
    404,
    'not-found',
    null,
  ]);
  const done = await operator('POST', `/api/members/${into}/merge`, { member: from.toUpperCase(), reason });
  expect([done.status, done.body]).toEqual([200, { id: into, merged: from }]);
  expect((await operator('GET', `/api/members/${from}`)).status).toBe(404);
  expect((await stranger('GET', page)).status).toBe(200);
  await operator('DELETE', `/api/members/${into}/links`);
  expect((await stranger('GET', page)).status).toBe(404);

  // A file that still has the old number changes the person and makes nobody.
  const made = await operator('POST', '/api/imports', { format: 'csv' });
  const rows = await operator(
    'PUT',
    `/api/imports/${String(made.body['id'])}/rows`,
    'externalKey,name\nB2,林女士\n',
    {
      'content-type': 'application/octet-stream',
    },
  );
  expect(rows.body).toMatchObject({ state: 'done', made: 0, found: 1, changed: 1 });
  expect((await operator('GET', `/api/members/${into}`)).body).toMatchObject({
    name: '林女士',
    externalKey: 'A1',
  });

  const audit = await owner('GET', '/api/audit');
  const entries = audit.body['entries'] as {
    action: string;
    subject: string;
    reason: string;
    detail: object;
  }[];
  expect(entries.find(({ action }) => action === 'member.merge')).toMatchObject({
    subject: `member/${into}`,
    reason,
    detail: { merged: from },
  });
  expect(await told(operator('POST', `/api/members/${into}/merge`, { member: from, reason }))).toEqual([
    422,
    'merge-unknown',
    '/member',
  ]);
});

test('what cannot be merged says why', async () => {
  const into = await make({ name: '甲' });
  const staff = await make({ name: '乙', kind: 'staff' });
  const merge = (to: string, member: string) =>
    told(operator('POST', `/api/members/${to}/merge`, { member, reason }));
  expect(await merge(into, into)).toEqual([422, 'merge-itself', '/member']);
  expect(await merge(into, staff)).toEqual([409, 'merge-kinds', '/member']);
  const nobody = '01980000-0000-7000-8000-000000000000';
  expect(await merge(nobody, into)).toEqual([404, 'not-found', null]);
  expect(await merge(into, nobody)).toEqual([422, 'merge-unknown', '/member']);
  const { rows } = await store.pool.query<{ id: number }>(
    `insert into team (name, created_at) values ('别的团队', now()) returning id`,
  );
  const foreigner = await program(['owner'], rows[0]!.id);
  const other = await make({ name: '丙' });
  expect(await told(foreigner('POST', `/api/members/${into}/merge`, { member: other, reason }))).toEqual([
    404,
    'not-found',
    null,
  ]);
});

/** What is done to the record that goes, while it goes. */
const DEEDS = ['opt out', 'revoke', 'preferences', 'tag', 'consent', 'erase'] as const;
const PAIRS = 24;
const CAP = 3;

test('while records become one, messages, events, refusals, tags and erasure go on, and nothing of it is lost or doubled', async () => {
  await store.pool.query(`update team set quiet = '{"from": "00:00", "to": "00:00"}' where id = $1`, [team]);
  const people = await makePeople(store, 2 * PAIRS, { team, kind: 'webhook', caps: { memberPerDay: CAP } });
  const pairs = Array.from({ length: PAIRS }, (_, no) => ({
    no,
    stays: people.members[2 * no]!,
    goes: people.members[2 * no + 1]!,
    deed: DEEDS[no % DEEDS.length]!,
  }));
  type Pair = (typeof pairs)[number];
  const hadBy = new Map<string, { readonly run: string; readonly counts: boolean }[]>();
  const toNobody: string[] = [];
  const counting = new Set<string>();
  const provider: Adapter = {
    ...adapters['webhook']!,
    send: async (_account, { about }) => {
      const id = about.recipient.slice('member/'.length);
      hadBy.set(id, [...(hadBy.get(id) ?? []), { run: about.run, counts: counting.has(about.run) }]);
      await sleep(10);
      // Whoever has become somebody else has no messages on the way, and gets no more.
      const { rows } = await workers.pool.query('select from member_merge where from_id = $1', [id]);
      if (rows.length > 0) toNobody.push(id);
      return { outcome: 'accepted', providerId: null };
    },
  };
  const deps = { clock: Date.now, adapters: { webhook: provider } };
  const sendTo = async (kind: 'marketing' | 'service'): Promise<string> => {
    const startAt = Date.now();
    const message = posting('segment', kind, { expires: 'P1D' });
    const sender = await launch(workers, people, message, { startAt, ...deps });
    if (kind === 'marketing') counting.add(sender.run);
    for (let call = 0; call < 20; call += 1) {
      const { code, until } = await sender.send(Date.now(), { call });
      if (code !== 'deferred' || until > startAt + HOUR) return sender.run;
      await sleep(20);
    }
    throw new Error('it does not come to an end');
  };
  const door = await openDoor(people);
  const pages = new Map<string, URL>();
  for (const { goes } of pairs) {
    const { body } = await operator('GET', `/api/members/${goes}/page`);
    pages.set(goes, new URL(String(body['url'])));
  }

  const broken: string[] = [];
  const say = async (method: string, route: string, body?: unknown): Promise<number> => {
    const { status, text } = await operator(method, route, body);
    if (status >= 500 || status === 404) broken.push(`${method} ${route}: ${status} ${text}`);
    return status;
  };
  const act: Record<Pair['deed'], (goes: string) => Promise<unknown>> = {
    'opt out': (goes) => say('POST', `/api/members/${goes}/opt-outs`, { class: 'marketing' }),
    revoke: (goes) => say('DELETE', `/api/members/${goes}/consents/marketing`),
    preferences: async (goes) => {
      const { pathname } = pages.get(goes)!;
      const { status, text } = await stranger('POST', pathname, 'want=nothing', {
        'content-type': 'application/x-www-form-urlencoded',
      });
      if (status !== 200) broken.push(`preferences: ${status} ${/<h1>.*<\/h1>/.exec(text)?.[0] ?? ''}`);
    },
    tag: (goes) => say('POST', `/api/members/${goes}/tags`, { tag: 'met' }),
    consent: (goes) =>
      say('POST', `/api/members/${goes}/consents`, { purpose: 'photos', basis: 'asked', textVersion: '1' }),
    erase: (goes) => say('POST', `/api/members/${goes}/erase`, { reason }),
  };
  const joins = async ({ stays, goes, no }: Pair) => {
    const event = { name: 'member.joined', source: 'gate', group: people.group };
    const events = [goes, stays].map((member) => ({ ...event, sourceId: `${no} ${member}`, member }));
    for (const one of [[events[0]], [events[1], events[0]]])
      await say('POST', '/api/events', { events: one });
  };
  const becomeOne = async ({ stays, goes }: Pair): Promise<void> => {
    for (let tries = 0; tries < 200; tries += 1) {
      const { status, body, text } = await operator('POST', `/api/members/${stays}/merge`, {
        member: goes,
        reason,
      });
      if (status === 200 || body['code'] === 'merge-unknown') return;
      if (status !== 409) broken.push(`merge: ${status} ${text}`);
      // What a worker would do for whoever is through.
      if (body['code'] === 'merge-both-under-way') await store.pool.query(THROUGH, [door, goes]);
      await sleep(5);
    }
    broken.push(`${goes} is never merged`);
  };
  const jobs = pairs.flatMap((pair) => [
    () => becomeOne(pair),
    () => act[pair.deed](pair.goes),
    () => joins(pair),
  ]);
  // Each at a moment of its own, in an order that has nothing to do with the pairs; messages go out all the while.
  let under = jobs.length;
  const racing = jobs.map((job, no) =>
    sleep(((no * 7_919) % 997) + 1)
      .then(job)
      .finally(() => (under -= 1)),
  );
  const goOn = async (kind: 'marketing' | 'service', most: number): Promise<void> => {
    for (let no = 0; no < most && under > 0; no += 1) await sendTo(kind);
  };
  await Promise.all([
    goOn('marketing', 4),
    goOn('marketing', 4),
    goOn('service', 20),
    goOn('service', 20),
    ...racing,
  ]);
  expect(broken).toEqual([]);
  expect(toNobody).toEqual([]);

  // Each record had each message once at most; whoever was two people then may have had it twice.
  for (const had of hadBy.values()) expect(new Set(had.map(({ run }) => run)).size).toBe(had.length);
  const hadOf = ({ stays, goes }: Pair) => [...(hadBy.get(stays) ?? []), ...(hadBy.get(goes) ?? [])];
  const countedOf = (pair: Pair): number => hadOf(pair).filter(({ counts }) => counts).length;
  const before = new Map(pairs.map((pair) => [pair.no, countedOf(pair)]));
  const last = await sendTo('marketing');
  for (const pair of pairs) {
    const { stays, goes, deed, no } = pair;
    const { rows } = await store.pool.query<{
      isOne: boolean;
      status: string;
      open: number;
      tags: string[];
      photos: number;
      inside: number;
      counted: number;
      left: number;
    }>(
      `select exists (select from member_merge where from_id = $2 and into_id = $1) as "isOne", m.status, m.tags,
         (select count(*) from consent where member_id = $1 and purpose = 'marketing' and revoked_at is null
           and not exists (select from opt_out where member_id = $1)) as open,
         (select count(*) from consent where member_id = $1 and purpose = 'photos' and revoked_at is null) as photos,
         (select count(*) from subject where member_id = $1 and run_id = $3) as inside,
         (select coalesce(sum(count), 0) from send_count where recipient = 'member/' || $1::text) as counted,
         (select coalesce(sum(count), 0) from send_count where recipient = 'member/' || $2::text) as left
       from member m where id = $1`,
      [stays, goes, door],
    );
    const it = rows[0]!;
    const isErased = deed === 'erase';
    if (!isErased) expect(it.isOne, deed).toBe(true);
    if (deed === 'tag') expect(it.tags).toContain('met');
    if (deed === 'consent') expect(it.photos).toBe(1);
    const refuses = ['opt out', 'revoke', 'preferences'].includes(deed);
    if (refuses) expect([deed, it.open]).toEqual([deed, 0]);
    if (isErased) continue;
    expect(it.inside).toBeGreaterThan(0);
    // What caps count is one person's now, and all that they have had.
    expect([it.counted, it.left]).toEqual([countedOf(pair), 0]);
    const isFull = before.get(no)! >= CAP;
    expect([deed, hadOf(pair).filter(({ run }) => run === last).length]).toEqual([
      deed,
      refuses || isFull ? 0 : 1,
    ]);
  }
  // Whoever asked to be forgotten is, whichever came first.
  const { rows: erased } = await store.pool.query<{ status: string }>(
    `select m.status::text from unnest($1::uuid[]) as asked (id)
     left join member_merge g on g.from_id = asked.id join member m on m.id = coalesce(g.into_id, asked.id)`,
    [pairs.filter(({ deed }) => deed === 'erase').map(({ goes }) => goes)],
  );
  expect(erased.map(({ status }) => status)).toEqual(Array(PAIRS / DEEDS.length).fill('erased'));
  expect((await auditData(store, team)).breaches).toEqual([]);
});

/** A member is through a journey. */
const THROUGH = `
  with gone as (
    update subject set ended_at = now() where run_id = $1 and member_id = $2 and ended_at is null returning launch_id
  )
  update launch l set ended = l.ended + 1 from gone where l.run_id = $1 and l.id = gone.launch_id`;

/** A journey that members of the group enter by joining, with its door open. */
async function openDoor(people: People): Promise<string> {
  const startAt = Date.now() - 1_000;
  const document = journeyPlaybook({
    in: ['enter', { from: 'event', event: 'member.joined', again: 'once' }, { out: 'stay' }],
    stay: ['wait', { for: 'PT1H' }, { done: 'bye' }],
    bye: ['end', {}],
  });
  const launched = { document, startAt, mode: 'real', groups: [people.group] } as const;
  const { run, plan } = await launchRun(store, people.team, launched);
  const node = plan.nodes.findIndex(({ step }) => step === 'journey');
  const visits = [{ ordinal: 0, lap: 0, call: 0, due: startAt, at: startAt }];
  const call = { batch: 1, node, effect: 'launch-journey', stage: 0, visits };
  await perform(depsOf(store, startAt), { run, calls: [call] });
  return run;
}
