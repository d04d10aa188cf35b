// What the editor says to the server, and the one shape in which the server refuses.
// Types of answers are those that the routes give; nothing else of the editor fetches.
import type { Playbook } from '../engine/document.ts';
import { retryAfterIn } from './retry-after.ts';
import { localeOf, useSpeech } from './say.ts';
import type { TeamRegistry } from './team-registry.ts';

/** A refusal of the server, or that it does not answer (`away`). */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly advice: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** When the server wants to be asked again, where it says so. */
  readonly retryAfterMs: number | undefined;
  constructor(status: number, body: Readonly<Record<string, unknown>>, retryAfterMs?: number) {
    super(wordOf(body['message']) ?? wordOf(body['title']) ?? String(status));
    this.name = 'Refused';
    this.status = status;
    this.code = wordOf(body['code']) ?? 'unknown';
    this.advice = wordOf(body['advice']) ?? '';
    this.body = body;
    this.retryAfterMs = retryAfterMs;
  }
}

const wordOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const AWAY = {
  zh: { message: '连不上服务器。', advice: '您的修改保存在这台电脑上，恢复后会自动送出。' },
  en: {
    message: 'The server does not answer.',
    advice: 'Your changes are kept here and are sent when it is back.',
  },
} as const;

const TIMEOUT_MS = 30_000;

/** Asks the server; a file goes as it is, everything else as JSON. @throws {Refused} */
export async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const { language } = useSpeech.getState();
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      headers: {
        'accept-language': localeOf(language),
        ...(body === undefined
          ? {}
          : { 'content-type': body instanceof Blob ? body.type : 'application/json' }),
      },
      ...(body === undefined ? {} : { body: body instanceof Blob ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new Refused(0, { code: 'away', ...AWAY[language] });
  }
  const isJson = answer.headers.get('content-type')?.includes('json') === true;
  const said = isJson ? ((await answer.json()) as Record<string, unknown>) : {};
  if (!answer.ok)
    throw new Refused(answer.status, said, retryAfterIn(answer.headers.get('retry-after'), Date.now()));
  return said as T;
}

/** Who is signed in. */
export interface Me {
  readonly kind: 'user' | 'key';
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
}

/** A playbook as the list shows it. */
export interface Listed {
  readonly id: string;
  readonly key: string;
  readonly title: Readonly<Record<string, string>>;
  readonly revision: number;
  readonly updatedAt: string;
  readonly version: number | null;
  readonly activeRuns: number;
}

/** A draft as it is saved. */
export interface Draft {
  readonly revision: number;
  readonly document: Playbook;
}

export const api = {
  me: () => ask<Me>('GET', '/api/me'),
  logIn: (email: string, password: string) => ask<Me>('POST', '/api/login', { email, password }),
  logOut: () => ask<object>('POST', '/api/logout'),
  playbooks: () => ask<{ readonly playbooks: readonly Listed[] }>('GET', '/api/playbooks?limit=500'),
  beginPlaybook: (document: Playbook) =>
    ask<{ readonly id: string; readonly revision: number }>('POST', '/api/playbooks', { document }),
  registry: () => ask<TeamRegistry>('GET', '/api/registry'),
  draft: (id: string) => ask<Draft>('GET', `/api/playbooks/${id}/draft`),
  saveDraft: (id: string, document: Playbook, revision: number) =>
    ask<{ readonly revision: number }>('PUT', `/api/playbooks/${id}/draft`, { document, revision }),
};
