// Those outside while chaos reigns: programs that launch and report, colleagues who decide, people who join and fill in forms.
// All over HTTP, and stubborn: what got no answer is said again, and each knows by itself what should have come of it.
import { setTimeout as sleep } from 'node:timers/promises';
import { invite, theTeam } from '../../server/identity/invitations.ts';
import { ENCRYPTION_KEY, makePeople } from '../workers/send-stage.ts';
import { calls, decisions, welcome, welcomeParams } from './chaos-playbooks.ts';
import { MEMBERS } from './chaos-playbooks.ts';
import type { Arrived } from './receiver.ts';
import type { Identity, Parts } from './temporal-chaos-parts.ts';
import type { Stage } from './temporal-play.ts';

/** Between two rounds of launches and of newcomers. */
const ROUND_MS = 4_000;
const NEWCOMERS = 4;
const LOOK_MS = 1_000;
/** Tasks that colleagues answer at the same time. */
const AT_ONCE = 6;

/** What server and worker are told besides their addresses. Each person comes from an address of their own. */
export const CHAOS_ENV = { KINDLING_ENCRYPTION_KEY: ENCRYPTION_KEY, KINDLING_TRUST_PROXY: '127.0.0.1' };

/** What has been acknowledged, and is therefore due. */
export interface Due {
  readonly calls: number;
  readonly approved: number;
  readonly rejected: number;
  /** Accounts of those who have joined. */
  readonly joined: ReadonlySet<string>;
  /** Accounts of those who have applied. */
  readonly applied: ReadonlySet<string>;
  /** Links of forms that were thanked for. */
  readonly answered: ReadonlySet<string>;
}

type Wish = 'approved' | 'rejected';

interface Task {
  readonly id: string;
  readonly run: string;
  readonly kind: string;
  readonly outcomes: readonly { readonly name: string }[];
}

interface Run {
  readonly id: string;
  readonly status: string;
  readonly stuck: number;
}

/** The clients of one installation. */
export class Clients {
  /** The run of the welcome, which stays open. */
  readonly welcoming: string;
  readonly #parts: Parts;
  readonly #group: string;
  readonly #playbooks: { readonly calls: string; readonly decisions: string };
  readonly #owner: Identity;
  readonly #wishes = new Map<string, Wish>();
  readonly #joined = new Set<string>();
  readonly #applied = new Set<string>();
  readonly #answered = new Set<string>();
  /** What people do because of a message; waited for in the end. */
  readonly #reactions = new Set<Promise<void>>();
  readonly #failures: unknown[] = [];
  #calls = 0;

  private constructor(
    parts: Parts,
    it: {
      readonly group: string;
      readonly owner: Identity;
      readonly welcoming: string;
      readonly calls: string;
      readonly decisions: string;
    },
  ) {
    this.#parts = parts;
    this.#group = it.group;
    this.#owner = it.owner;
    this.#playbooks = it;
    this.welcoming = it.welcoming;
  }

  /** Makes a channel and a group, publishes the playbooks and opens the welcome. */
  static async open(
    parts: Parts,
    stage: Stage,
    urls: { readonly calls: string; readonly messages: string },
  ): Promise<Clients> {
    await parts.ready();
    const team = await theTeam(stage.store.pool, Date.now());
    const { group } = await makePeople(stage.store, 0, {
      team,
      kind: 'webhook',
      config: { url: urls.messages },
    });
    await parts.must('POST', '/api/event-sources', { name: 'gate', makesMembers: true });
    const publish = async (document: object): Promise<string> => {
      const { id } = await parts.must<{ id: string }>('POST', '/api/playbooks', { document });
      await parts.must('POST', `/api/playbooks/${id}/publish`, { revision: 1 });
      return id;
    };
    const made = {
      calls: await publish(calls(urls.calls)),
      decisions: await publish(decisions(urls.calls)),
      welcome: await publish(welcome()),
    };
    const owner = await ownerOf(parts, stage, team);
    const order = { playbook: made.welcome, groups: [group], params: welcomeParams('sim'), key: 'welcome' };
    const { id: welcoming } = await parts.must<{ id: string }>('POST', '/api/runs', order);
    const opened = `entrance where run_id = $1 and opened_at is not null`;
    await stage.until(
      'both doors are open',
      async () => (await stage.count(opened, welcoming)) === 2,
      60_000,
    );
    return new Clients(parts, { group, owner, welcoming, ...made });
  }

  get due(): Due {
    const wished = (wish: Wish) => [...this.#wishes.values()].filter((it) => it === wish).length;
    return {
      calls: this.#calls * MEMBERS,
      approved: wished('approved'),
      rejected: wished('rejected'),
      joined: this.#joined,
      applied: this.#applied,
      answered: this.#answered,
    };
  }

  /** How many runs were launched, the open one among them. */
  get launched(): number {
    return this.#calls + this.#wishes.size + 1;
  }

  /** Launches, and lets people come, until then. Returns when all of it has been acknowledged. */
  async comeUntil(until: number): Promise<void> {
    const under: Promise<void>[] = [];
    for (let round = 0; Date.now() < until; round += 1) {
      under.push(this.#launchCalls(round), this.#launchDecision(round), this.#newcomers(round));
      await sleep(ROUND_MS);
    }
    await Promise.all(under);
  }

  /** Colleagues who look every second: they answer tasks, repeat what is stuck and let paused runs go on. Until told otherwise. */
  async work(isOver: () => boolean): Promise<void> {
    for (; !isOver(); await sleep(LOOK_MS)) {
      const [{ tasks }, { runs }] = await Promise.all([
        this.#parts.must<{ tasks: Task[] }>('GET', '/api/tasks?limit=500', undefined, this.#owner),
        this.#parts.must<{ runs: Run[] }>('GET', '/api/runs?limit=500'),
      ]);
      for (let first = 0; first < tasks.length; first += AT_ONCE)
        await Promise.all(tasks.slice(first, first + AT_ONCE).map((task) => this.#decide(task)));
      for (const { id, stuck, status } of runs) {
        if (stuck > 0) await this.#parts.insist('POST', `/api/runs/${id}/stuck`, { do: 'retry' });
        if (status === 'paused')
          await this.#parts.insist('POST', `/api/runs/${id}/control`, { do: 'resume', policy: 'hold' });
      }
    }
  }

  /** Somebody reads a message that has arrived: opens its form, or joins because they may. */
  hear({ to, text }: Arrived): void {
    const reaction = this.#react(to, text).catch((error: unknown) => void this.#failures.push(error));
    this.#reactions.add(reaction);
    void reaction.then(() => this.#reactions.delete(reaction));
  }

  /** Waits until everybody has done what they meant to. @throws what went wrong with one of them */
  async rest(): Promise<void> {
    while (this.#reactions.size > 0) await Promise.all(this.#reactions);
    if (this.#failures.length > 0) throw new AggregateError(this.#failures, String(this.#failures[0]));
  }

  async #launchCalls(round: number): Promise<void> {
    const order = { playbook: this.#playbooks.calls, key: `calls-${round}`, members: MEMBERS };
    await this.#parts.must('POST', '/api/runs', order);
    this.#calls += 1;
  }

  async #launchDecision(round: number): Promise<void> {
    const order = { playbook: this.#playbooks.decisions, key: `decision-${round}`, members: 1 };
    const { id } = await this.#parts.must<{ id: string }>('POST', '/api/runs', order);
    this.#wishes.set(id, round % 3 === 0 ? 'rejected' : 'approved');
  }

  // One of them applies first, the others join straight away; each is reported twice, in an order of the sender's own.
  async #newcomers(round: number): Promise<void> {
    const people = Array.from({ length: NEWCOMERS }, (_, no) => `${round}-${no}`);
    const [applicant, ...joiners] = people;
    const events = [
      this.#event('member.applied', applicant!),
      ...joiners.map((who) => this.#event('member.joined', who)),
    ];
    await Promise.all([this.#report(events), this.#report([...events].reverse())]);
    this.#applied.add(applicant!);
    for (const who of joiners) this.#joined.add(who);
  }

  #event(name: string, externalId: string): object {
    return {
      name,
      source: 'gate',
      sourceId: `${name} ${externalId}`,
      identity: { channel: 'sim', externalId },
      group: this.#group,
      at: new Date().toISOString(),
    };
  }

  async #report(events: readonly object[]): Promise<void> {
    const { refused } = await this.#parts.must<{ refused: number }>('POST', '/api/events', { events });
    if (refused > 0) throw new Error(`${refused} events were refused`);
  }

  async #decide({ id, run, kind, outcomes }: Task): Promise<void> {
    const wish = this.#wishes.get(run);
    // Its launch has not been acknowledged yet: whoever launched it does not know what to say.
    if (wish === undefined && run !== this.welcoming) return;
    const outcome = kind === 'approval' ? (wish ?? 'approved') : outcomes[0]!.name;
    const other = outcomes.at(-1)!.name;
    const answer = { outcome };
    const decide = () => this.#parts.insist('POST', `/api/tasks/${id}/decide`, answer, this.#owner);
    if (wish === undefined) return void (await decide());
    // Said twice at the same moment. Whoever has changed their mind since comes too late.
    await Promise.all([decide(), decide()]);
    await this.#parts.insist('POST', `/api/tasks/${id}/decide`, { outcome: other }, this.#owner);
  }

  async #react(to: string, text: string): Promise<void> {
    const [, token] = /\/m\/([\w.~-]+)/.exec(text) ?? [];
    if (token !== undefined) return this.#fillIn(to, token);
    if (!text.includes('https://example.com/join')) return;
    await this.#report([this.#event('member.joined', to)]);
    this.#joined.add(to);
  }

  // Some forms open a moment after the message with their link has arrived, and close some time later.
  async #fillIn(to: string, token: string): Promise<void> {
    const [round = 0, no = 0] = to.split('-').map(Number);
    const own = { 'x-forwarded-for': `10.${round >> 8}.${round & 255}.${no}` };
    for (let tries = 0; tries < 20; tries += 1) {
      const { text } = await this.#parts.insist('POST', `/m/${token}`, FILLED_IN, own);
      if (/已收到|已更新/.test(text)) this.#answered.add(token);
      if (!text.includes('表单还没有开放')) return;
      await sleep(500);
    }
  }
}

/** Answers every form of the welcome at once: each reads what it has asked. */
const FILLED_IN = new URLSearchParams({
  'f.goal': '认识同行',
  'f.field': '园艺',
  'f.level': 'pro',
  'f.time': 'much',
  'f.rules': 'yes',
  'f.read': 'yes',
  'f.score': '2',
  agree: 'on',
}).toString();

async function ownerOf(parts: Parts, stage: Stage, team: number): Promise<Identity> {
  const now = Date.now();
  const { token } = await invite(stage.store.pool, { team, roles: ['owner'], by: null, now });
  const answer = await fetch(`${parts.url}/api/invitations/accept`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: parts.url },
    body: JSON.stringify({
      token,
      email: 'owner@example.com',
      name: '小林',
      password: 'correct horse battery',
    }),
  });
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
  if (cookie === undefined) throw new Error(`nobody could join: ${answer.status} ${await answer.text()}`);
  // From where colleagues sit, which is not where programs run: each address has a limit of its own.
  return { cookie, origin: parts.url, 'x-forwarded-for': '10.255.0.1' };
}
