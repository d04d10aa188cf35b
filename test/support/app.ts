// The HTTP application on a database of the test file's own, and what tests say to it.
import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterAll, inject } from 'vitest';
import { buildApp } from '../../server/app.ts';
import { makeKey } from '../../server/identity/identity.ts';
import { invite, theTeam } from '../../server/identity/invitations.ts';
import type { Role } from '../../generated/prisma/enums.ts';
import { openStore, type Store } from '../../workers/store/client.ts';
import { Keyring } from '../../workers/store/keyring.ts';
import { openTemporal, type Temporal } from '../../workers/temporal.ts';
import './provided.ts';
import { temporaryFolder } from './home.ts';

export const PUBLIC_URL = 'http://127.0.0.1:7373';
export const KEYRING = new Keyring([Buffer.alloc(32, 7).toString('base64')]);

/** An answer, read. */
export interface Said {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** One who speaks to the application. */
export type Speaker = (
  method: string,
  url: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Said>;

/** The application and its helpers. */
export interface Stand {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly temporal: Temporal;
  readonly team: number;
  /** Somebody unknown. */
  readonly stranger: Speaker;
  /** A program with these roles. */
  readonly program: (roles: readonly Role[], team?: number) => Promise<Speaker & { readonly key: string }>;
  /** A colleague with a session. */
  readonly colleague: (email: string, roles: readonly Role[]) => Promise<Speaker & { readonly id: string }>;
}

/** Builds the application on a database. The clock is the wall's unless told otherwise. */
export async function stand(
  databaseUrl: string,
  {
    clock = Date.now,
    perMinute = 100_000,
    editor,
    taskQueue = 'nobody-works-here',
    address = inject('temporal').address,
    trustProxy,
  }: {
    readonly clock?: () => number;
    readonly perMinute?: number;
    readonly editor?: string;
    readonly taskQueue?: string;
    readonly address?: string;
    readonly trustProxy?: readonly string[];
  } = {},
): Promise<Stand> {
  const store = openStore(databaseUrl, 4);
  const temporal = openTemporal({ ...inject('temporal'), address }, taskQueue);
  const app = await buildApp(
    { store, temporal, clock, publicUrl: PUBLIC_URL, keyring: KEYRING, editor, home: temporaryFolder() },
    { perMinute, trustProxy },
  );
  await app.ready();
  afterAll(async () => {
    await app.close();
    await temporal.close();
    await store.close();
  });
  const team = await theTeam(store.pool, clock());
  const speaker =
    (own: Record<string, string>): Speaker =>
    async (method, url, body, headers = {}) => {
      const answer = await app.inject({
        method: method as NonNullable<InjectOptions['method']>,
        url,
        headers: { ...own, ...headers },
        ...(body === undefined ? {} : { payload: body as object }),
      });
      return {
        status: answer.statusCode,
        body: /[/+]json/.test(String(answer.headers['content-type'])) ? (answer.json() as Said['body']) : {},
        text: answer.body,
        headers: answer.headers,
      };
    };
  return {
    app,
    store,
    temporal,
    team,
    stranger: speaker({}),
    async program(roles, of = team) {
      const { token } = await makeKey(store.pool, { team: of, name: 'test', roles, by: null, now: clock() });
      return Object.assign(speaker({ authorization: `Bearer ${token}` }), { key: token });
    },
    async colleague(email, roles) {
      const { token } = await invite(store.pool, { team, roles, by: null, now: clock() });
      const joined = await speaker({})('POST', '/api/invitations/accept', {
        token,
        email,
        name: email,
        password: 'correct horse battery',
      });
      const cookie = String(joined.headers['set-cookie']).split(';')[0]!;
      return Object.assign(speaker({ cookie, origin: PUBLIC_URL }), { id: String(joined.body['id']) });
    },
  };
}
