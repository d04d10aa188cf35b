// The running installation as the command line asks it: one method per route, and every failure a sentence.
// Not what is done with the answers.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { Playbook, Text } from '../../engine/document.ts';
import type { Registry } from '../../engine/index.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { RehearsalOptions } from '../../engine/rehearse.ts';
import type { RunReport } from '../../engine/run/trace.ts';
import type { Stuck } from '../../engine/run/protocol.ts';
import type { ScriptEntry } from '../../engine/script.ts';
import { publicUrlOf, type Sentence, type Settings } from '../settings.ts';
import { readState } from '../start/state.ts';
import { EXIT, Failure } from './failure.ts';

/** Where `npm start` leaves a key for the command line. */
const KEY_FILE = 'api-key';
const AUDIT = '/api/invariants';
const PATIENCE_MS = 60_000;
/** For a file that is sent, and an audit of everything. */
const LONG_PATIENCE_MS = 30 * 60_000;

export type RunStatus = 'waiting' | 'running' | 'paused' | 'stopping' | 'completed' | 'cancelled' | 'failed';

/** What playbooks of the team are checked against, and what their rehearsals keep. */
export type TeamRegistry = Partial<Registry> & Pick<RehearsalOptions, 'caps' | 'quiet'>;

/** What a launch asks for. */
export interface Order {
  readonly playbook: string;
  readonly version: number;
  readonly params: JsonObject;
  readonly fast: boolean;
  readonly confirm?: boolean;
  readonly members?: number | undefined;
  /** Its members take part; without it, simulated ones. */
  readonly community?: string | undefined;
  readonly seed?: number | undefined;
  readonly start?: string | undefined;
  readonly script?: readonly ScriptEntry[] | undefined;
}

/** A run in the list of runs. */
export interface ListedRun {
  readonly id: string;
  readonly key: string;
  readonly title: Text;
  readonly version: number;
  readonly mode: 'real' | 'fast';
  readonly status: RunStatus;
  readonly reason: string | null;
  readonly start: string;
  readonly stuck: number;
  readonly openTasks: number;
}

/** A run at a glance. */
export interface RunOverview {
  readonly id: string;
  readonly title: Text;
  readonly status: RunStatus;
  readonly reason: string | null;
  /** Logical time. */
  readonly now: string | null;
  /** The next instant to which something sleeps. */
  readonly next: string | null;
  readonly stuck: number;
  readonly openTasks: number;
  readonly nodes: readonly NodeLine[];
  readonly journeys: readonly JourneyLine[];
}

/** How many are on a step, and were. */
export interface NodeLine {
  readonly node: string;
  readonly graph: string;
  readonly standing: number;
  readonly passed: Readonly<Record<string, number>>;
  readonly ended: number;
  readonly skipped: number;
  readonly late: number;
  readonly stuck: number;
}

/** How many have come to a journey. */
export interface JourneyLine {
  readonly journey: string;
  readonly entered: number;
  readonly ended: number;
  readonly open: boolean;
  /** By reason. */
  readonly turnedAway: Readonly<Record<string, number>>;
}

/** A visit of the campaign, as its timeline tells it. */
export interface CampaignVisit {
  readonly node: string;
  readonly lap: number;
  /** Null while it is there. */
  readonly left: string | null;
  readonly port: string | null;
  readonly skipped: string | null;
}

/** A visit that waits for a decision. */
export interface StuckVisit {
  readonly node: string;
  readonly subject: string;
  /** Of the member, where it is one. */
  readonly name: string | null;
  readonly ordinal: number;
  readonly lap: number;
  readonly at: string;
  readonly reason: Stuck['reason'];
  /** In doubt: what trying it again does. */
  readonly again: 'asks' | 'message' | 'request' | null;
}

/** What became of a part of a run that Temporal may have lost. */
export interface RecoveredShard {
  readonly shard: number;
  readonly state: 'running' | 'completed' | 'recovered';
}

/** Work for a person. */
export interface OpenTask {
  readonly id: string;
  readonly run: string;
  readonly playbook: Text;
  readonly role: string;
  readonly title: Text | string;
  readonly state: string;
  readonly dueAt: string | null;
}

/** How the parts do. */
export interface HealthAnswer {
  readonly status: 'ok' | 'starting' | 'full' | 'down';
  readonly parts: Readonly<
    Record<string, { readonly state: string; readonly done?: number; readonly says?: string }>
  >;
}

/** How far an import is. */
export interface ImportState {
  readonly id: string;
  readonly state: 'waiting' | 'reading' | 'checking' | 'writing' | 'done' | 'refused' | 'failed';
  readonly bytes: number;
  readonly rows: number;
  readonly bad: number;
  readonly step: number;
  readonly steps: number;
  readonly made: number;
  readonly found: number;
  readonly changed: number;
  readonly reason: string | null;
  readonly faults: readonly {
    readonly line: number;
    readonly field: string | null;
    readonly message: string;
  }[];
}

/** The installation refused a request: with a code of its catalogue, and what else it tells. */
export class Refused extends Failure {
  readonly code: string;
  readonly detail: Readonly<Record<string, unknown>>;
  constructor(exit: number, says: Sentence, detail: Readonly<Record<string, unknown>>) {
    super(exit, says);
    this.name = 'Refused';
    const { code } = detail;
    this.code = typeof code === 'string' ? code : '';
    this.detail = detail;
  }
}

/** Speaks to one installation. */
export class Api {
  readonly url: string;
  readonly #key: string | undefined;
  readonly #home: string;
  readonly #language: keyof Sentence;

  constructor(settings: Settings, language: keyof Sentence) {
    this.url = readState(settings.home)?.url ?? publicUrlOf(settings);
    this.#home = settings.home;
    this.#key = settings.apiKey ?? keyIn(settings.home);
    this.#language = language;
  }

  /** Asked first, because anything may listen at an address. */
  health = async (): Promise<HealthAnswer> => {
    const health = await this.#ask<Partial<HealthAnswer>>('GET', '/healthz');
    if (typeof health.parts !== 'object') throw this.#stranger(200);
    return health as HealthAnswer;
  };
  /** What playbooks of the team are checked against. */
  registry = (): Promise<TeamRegistry> => this.#ask('GET', '/api/registry');
  begin = (document: Playbook): Promise<{ readonly id: string; readonly revision: number }> =>
    this.#ask('POST', '/api/playbooks', { document });
  draft = (id: string): Promise<{ readonly revision: number; readonly document: JsonObject }> =>
    this.#ask('GET', `/api/playbooks/${id}/draft`);
  save = (id: string, document: Playbook, revision: number): Promise<{ readonly revision: number }> =>
    this.#ask('PUT', `/api/playbooks/${id}/draft`, { document, revision });
  versions = (id: string): Promise<{ readonly versions: readonly { readonly number: number }[] }> =>
    this.#ask('GET', `/api/playbooks/${id}/versions`);
  version = (id: string, number: number): Promise<{ readonly document: JsonObject }> =>
    this.#ask('GET', `/api/playbooks/${id}/versions/${number}`);
  publish = (id: string, revision: number): Promise<{ readonly number: number }> =>
    this.#ask('POST', `/api/playbooks/${id}/publish`, { revision });
  launch = (
    order: Order,
  ): Promise<{ readonly id: string; readonly status: RunStatus; readonly plan: string }> =>
    this.#ask('POST', '/api/runs', order);
  communities = (): Promise<{
    readonly communities: readonly { readonly id: string; readonly name: string }[];
  }> => this.#ask('GET', '/api/communities');
  runs = (status: RunStatus): Promise<{ readonly runs: readonly ListedRun[] }> =>
    this.#ask('GET', `/api/runs?status=${status}`);
  run = (id: string): Promise<RunOverview> => this.#ask('GET', `/api/runs/${id}`);
  campaign = (id: string): Promise<{ readonly visits: readonly CampaignVisit[] }> =>
    this.#ask('GET', `/api/runs/${id}/subjects/campaign/0`);
  /** All of them, read page by page. */
  async stuck(id: string): Promise<{ readonly stuck: readonly StuckVisit[] }> {
    const stuck: StuckVisit[] = [];
    for (let after = ''; ;) {
      const page: { readonly stuck: readonly StuckVisit[]; readonly next: string | null } = await this.#ask(
        'GET',
        `/api/runs/${id}/stuck?limit=500${after}`,
      );
      stuck.push(...page.stuck);
      if (page.next === null) return { stuck };
      after = `&after=${page.next}`;
    }
  }
  decide = (
    id: string,
    decision: { readonly do: 'retry' | 'skip' | 'end'; readonly node?: string; readonly which?: string },
  ): Promise<{ readonly decided: number; readonly more: boolean }> =>
    this.#ask('POST', `/api/runs/${id}/stuck`, decision);
  recover = (id: string): Promise<{ readonly shards: readonly RecoveredShard[] }> =>
    this.#ask('POST', `/api/runs/${id}/recover`);
  recoverAll = (): Promise<{
    readonly runs: readonly { readonly run: string; readonly shards: readonly RecoveredShard[] }[];
    readonly schedules: number;
  }> => this.#ask('POST', '/api/recover');
  audit = (): Promise<{
    readonly invariants: number;
    readonly breaches: readonly {
      readonly invariant: string;
      readonly says: string;
      readonly what: string;
    }[];
  }> => this.#ask('GET', AUDIT);
  trace = (id: string): Promise<RunReport> => this.#ask('GET', `/api/runs/${id}/trace`);
  beginImport = (order: JsonObject): Promise<{ readonly id: string }> =>
    this.#ask('POST', '/api/imports', order);
  import = (id: string): Promise<ImportState> => this.#ask('GET', `/api/imports/${id}`);
  sendImport = (id: string, file: Readable): Promise<ImportState> =>
    this.#ask('PUT', `/api/imports/${id}/rows?wait=false`, file);
  /** The members as a file, in pieces, and how many they will be. */
  async exportMembers(order: {
    readonly format: string;
    readonly segment?: string | undefined;
  }): Promise<{ readonly members: number; readonly pieces: AsyncIterable<Uint8Array> }> {
    const segment = order.segment === undefined ? '' : `&segment=${encodeURIComponent(order.segment)}`;
    const answer = await this.#fetch('GET', `/api/members/export?format=${order.format}${segment}`, {
      patienceMs: LONG_PATIENCE_MS,
    });
    if (!answer.ok || answer.body === null) throw this.#refusal(answer.status, parsed(await answer.text()));
    return { members: Number(answer.headers.get('kindling-members') ?? 0), pieces: answer.body };
  }
  merge = (
    into: string,
    order: { readonly member: string; readonly reason: string },
  ): Promise<{ readonly id: string; readonly merged: string }> =>
    this.#ask('POST', `/api/members/${into}/merge`, order);
  tasks = (): Promise<{ readonly tasks: readonly OpenTask[] }> => this.#ask('GET', '/api/tasks');

  /** A command line that gives a run a command, to be shown to people. */
  controlCommand(run: string, order: JsonObject): string {
    const key = path.join(this.#home, KEY_FILE);
    return `curl -X POST ${this.url}/api/runs/${run}/control -H "Authorization: Bearer $(cat ${key})" -H 'content-type: application/json' -d '${JSON.stringify(order)}'`;
  }

  async #ask<T>(method: string, route: string, body?: unknown): Promise<T> {
    const isLong = body instanceof Readable || route === AUDIT;
    const patienceMs = isLong ? LONG_PATIENCE_MS : PATIENCE_MS;
    const answer = await this.#fetch(method, route, { body, patienceMs });
    const content = parsed(await answer.text().catch(() => Promise.reject(this.#unreachable())));
    // A part that is down is told in the answer of /healthz itself.
    const isAnswer = answer.ok || (route === '/healthz' && answer.status === 503);
    if (isAnswer && typeof content === 'object' && content !== null) return content as T;
    throw this.#refusal(answer.status, content);
  }

  async #fetch(
    method: string,
    route: string,
    { body, patienceMs }: { readonly body?: unknown; readonly patienceMs: number },
  ): Promise<Response> {
    const isFile = body instanceof Readable;
    try {
      return await fetch(this.url + route, {
        method,
        headers: {
          'accept-language': this.#language,
          ...(this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` }),
          ...(body === undefined
            ? {}
            : { 'content-type': isFile ? 'application/octet-stream' : 'application/json' }),
        },
        ...(body === undefined ? {} : isFile ? { body, duplex: 'half' } : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(patienceMs),
      });
    } catch {
      throw this.#unreachable();
    }
  }

  #unreachable(): Failure {
    const { url } = this;
    return new Failure(EXIT.unreachable, {
      zh: `连不上 ${url}。请在另一个终端运行 npm start；数据目录不是默认的，就设置 KINDLING_HOME；在别的机器上，就设置 KINDLING_PUBLIC_URL 和 KINDLING_API_KEY。`,
      en: `Nothing answers at ${url}. Run npm start in another terminal; for another data folder set KINDLING_HOME, for another machine KINDLING_PUBLIC_URL and KINDLING_API_KEY.`,
    });
  }

  #stranger(status: number): Failure {
    const { url } = this;
    return new Failure(EXIT.unreachable, {
      zh: `${url} 的应答不是 Kindling 的（HTTP ${status}）。请检查地址。`,
      en: `What answers at ${url} is not Kindling (HTTP ${status}). Check the address.`,
    });
  }

  #refusal(status: number, content: unknown): Failure {
    const detail = typeof content === 'object' && content !== null ? (content as JsonObject) : {};
    if (status === 401) {
      const file = path.join(this.#home, KEY_FILE);
      const says = {
        zh: `${this.url} 不认识这个 API 密钥。npm start 会在 ${file} 里留一个；也可以用 KINDLING_API_KEY 指定。`,
        en: `${this.url} does not know the API key. npm start leaves one in ${file}; KINDLING_API_KEY names another.`,
      };
      return new Refused(EXIT.unreachable, says, detail);
    }
    const { message, advice } = detail;
    if (typeof message !== 'string') return this.#stranger(status);
    const sentence = [message, advice].filter((it) => typeof it === 'string').join(' ');
    const found = problemLines(detail['problems']);
    const says = [sentence, ...found].join('\n  ');
    // It answers in the language that was asked for.
    return new Refused(status >= 500 ? EXIT.unreachable : EXIT.failed, { zh: says, en: says }, detail);
  }
}

function keyIn(home: string): string | undefined {
  try {
    return readFileSync(path.join(home, KEY_FILE), 'utf8').trim() || undefined;
  } catch {
    return undefined; // Then the installation says that it does not know us.
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** What a refusal lists one by one. */
function problemLines(problems: unknown): string[] {
  if (!Array.isArray(problems)) return [];
  return (problems as readonly { readonly message?: unknown }[])
    .slice(0, 20)
    .flatMap(({ message }) => (typeof message === 'string' ? [message] : []));
}
