// How long an import of 100,000 members takes, from the first byte sent to the last row written: CSV over HTTP, with names, attributes,
// tags, an account, a group and a consent each. Beside it a bare set-based insert of the same members, without looking at them.
import { Readable } from 'node:stream';
import type { AddressInfo } from 'node:net';
import { buildApp } from '../server/app.ts';
import { makeKey } from '../server/identity/identity.ts';
import { theTeam } from '../server/identity/invitations.ts';
import { openStore, type Store } from '../workers/store/client.ts';
import { newId } from '../workers/store/id.ts';
import { Keyring } from '../workers/store/keyring.ts';
import { openTemporal } from '../workers/temporal.ts';
import { OwnServers } from '../test/support/temporal-own.ts';
import type { Figure } from './figure.ts';

const ROWS = Number(process.env['IMPORT_ROWS'] ?? 100_000);
const CITIES = ['上海', '杭州', '成都', '广州', '北京'];

/** Imports, imports again, and inserts barely. */
export async function bench(): Promise<Figure> {
  const servers = await OwnServers.start();
  try {
    const store = openStore(servers.databaseUrl, 4);
    try {
      return await measure(store, servers);
    } finally {
      await store.close();
    }
  } finally {
    await servers.stop();
  }
}

async function measure(store: Store, servers: OwnServers): Promise<Figure> {
  const team = await theTeam(store.pool, Date.now());
  await prepare(store, team);
  const temporal = openTemporal(servers.temporal, 'nobody-works-here');
  const app = await buildApp({
    keyring: new Keyring([Buffer.alloc(32, 1).toString('base64')]),
    store,
    temporal,
    clock: Date.now,
    publicUrl: 'http://127.0.0.1',
    home: '/nonexistent',
  });
  try {
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { token } = await makeKey(store.pool, {
      team,
      name: 'bench',
      roles: ['operator'],
      by: null,
      now: Date.now(),
    });
    const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
    const first = await importOnce(url, token, { made: ROWS, found: 0 });
    const again = await importOnce(url, token, { made: 0, found: ROWS });
    process.stderr.write(`again, changing nothing: ${again.toFixed(1)} s\n`);
    const bare = await insertBarely(store, team);
    return {
      name: 'import-100k',
      value: Math.round(first * 10) / 10,
      unit: `s for ${ROWS.toLocaleString('en')} rows of CSV, checked and written; reference: bare set-based insert of the members alone`,
      reference: Math.round(bare * 10) / 10,
      ratio: Math.round((first / bare) * 10) / 10,
      goal: 'value < 30',
      ok: first < 30,
    };
  } finally {
    await app.close();
    await temporal.close();
  }
}

async function prepare({ pool }: Store, team: number): Promise<void> {
  const now = new Date();
  await pool.query(
    `insert into attribute (team_id, key, type, created_at) values ($1, 'city', 'text', $2), ($1, 'points', 'number', $2), ($1, 'birthday', 'date', $2)`,
    [team, now],
  );
  await pool.query(
    `insert into channel (id, team_id, name, kind, created_at) values (gen_random_uuid(), $1, 'wecom', 'manual', $2)`,
    [team, now],
  );
  await pool.query(`insert into community (id, team_id, name, created_at) values ($2, $1, 'c', $3)`, [
    team,
    newId(),
    now,
  ]);
  await pool.query(
    `insert into community_group (id, team_id, community_id, name, created_at)
     select gen_random_uuid(), $1, c.id, 'g' || no, $2 from community c, generate_series(0, 199) as no`,
    [team, now],
  );
}

async function importOnce(
  url: string,
  token: string,
  expected: { readonly made: number; readonly found: number },
): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const began = performance.now();
  const made = await fetch(`${url}/api/imports`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ format: 'csv' }),
  });
  const { id } = (await made.json()) as { readonly id: string };
  const answer = await fetch(`${url}/api/imports/${id}/rows`, {
    method: 'PUT',
    headers: { ...headers, 'content-type': 'text/csv' },
    body: Readable.from(sheet()),
    duplex: 'half',
  } as RequestInit);
  const end = (await answer.json()) as {
    readonly state: string;
    readonly made: number;
    readonly found: number;
  };
  if (end.state !== 'done' || end.made !== expected.made || end.found !== expected.found)
    throw new Error(`The import ended as ${JSON.stringify(end)}.`);
  return (performance.now() - began) / 1_000;
}

function* sheet(): Generator<Buffer> {
  yield Buffer.from('externalKey,name,city,points,birthday,tags,groups,wecom,consent.marketing,joinedAt\r\n');
  for (let from = 0; from < ROWS; from += 1_000) {
    const rows = Array.from({ length: Math.min(1_000, ROWS - from) }, (_, i) => row(from + i));
    yield Buffer.from(rows.join(''));
  }
}

const row = (no: number): string =>
  `k${no},成员${no},${CITIES[no % 5]},${no % 300},19${60 + (no % 40)}-0${1 + (no % 9)}-1${no % 10},"t${no % 7};t${no % 11}",g${no % 200},wx${no},${no % 10 === 0 ? '否' : '是'},2026-0${1 + (no % 9)}-01\r\n`;

/** What is inserted without being read, checked or looked up: members, in the batches of the import. */
async function insertBarely({ pool }: Store, team: number): Promise<number> {
  const began = performance.now();
  for (let from = 0; from < ROWS; from += 2_000) {
    const rows = Array.from({ length: Math.min(2_000, ROWS - from) }, (_, i) => {
      const no = from + i;
      return {
        id: newId(),
        key: `b${no}`,
        name: `成员${no}`,
        attributes: { city: CITIES[no % 5], points: no % 300 },
        tags: [`t${no % 7}`, `t${no % 11}`],
      };
    });
    await pool.query(
      `insert into member (id, team_id, display_name, external_key, attributes, tags, joined_at)
       select id, $1, name, key, attributes, tags, $2
       from jsonb_to_recordset($3) as r (id uuid, key text, name text, attributes jsonb, tags text[])`,
      [team, new Date(), JSON.stringify(rows)],
    );
  }
  return (performance.now() - began) / 1_000;
}
