// What a draft was: kept by stretches of work, thinned as it grows old, readable by the team alone.
import { beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../engine/json.ts';
import { stand, type Speaker } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';
import { smallPlaybook } from '../support/small-playbook.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const BEGIN = Date.parse('2026-12-01T08:00:00Z');

let now = BEGIN;
const { url } = await freshDatabase();
const { colleague, program, stranger, store } = await stand(url, { clock: () => now });

const titled = (key: string, title: string): JsonObject => ({
  ...smallPlaybook(key),
  title: { 'zh-CN': title },
});

/** A playbook whose draft can be saved under ever new titles. */
async function begun(who: Speaker, key: string) {
  const { body } = await who('POST', '/api/playbooks', { document: titled(key, '开始') });
  const id = String(body['id']);
  let revision = 1;
  return {
    id,
    save: async (title: string, by: Speaker = who): Promise<void> => {
      const saved = await by('PUT', `/api/playbooks/${id}/draft`, { document: titled(key, title), revision });
      expect(saved.status, saved.text).toBe(200);
      revision = Number(saved.body['revision']);
    },
    titles: async (): Promise<string[]> => {
      const { body: list } = await who('GET', `/api/playbooks/${id}/revisions`);
      const titles: string[] = [];
      for (const it of list['revisions'] as { revision: number }[]) {
        const { body: one } = await who('GET', `/api/playbooks/${id}/revisions/${it.revision}`);
        titles.push((one['document'] as { title: Record<string, string> }).title['zh-CN']!);
      }
      return titles;
    },
  };
}

const lan = await colleague('lan@example.com', ['designer']);
const wei = await colleague('wei@example.com', ['designer']);
// Its key lasts longer than a session.
const robot = await program(['designer']);

beforeEach(() => {
  now = BEGIN;
});

describe('the past of a draft', () => {
  test('keeps what it began with, and one state for each stretch of one person’s work', async () => {
    const { id, save, titles } = await begun(lan, 'stretches');
    expect(await titles()).toEqual([]);
    for (const title of ['一', '二', '三']) {
      now += MINUTE;
      await save(title);
    }
    expect(await titles()).toEqual(['三', '开始']);
    now += MINUTE;
    await save('四', wei);
    expect(await titles()).toEqual(['四', '三', '开始']);
    now += 20 * MINUTE;
    await save('五', wei);
    expect(await titles()).toEqual(['五', '四', '三', '开始']);
    // A long stretch leaves a state behind every ten minutes.
    for (let minute = 0; minute < 30; minute += 1) {
      now += MINUTE;
      await save(`长 ${minute}`, wei);
    }
    expect((await titles()).length).toBe(7);
    const { body } = await lan('GET', `/api/playbooks/${id}/revisions`);
    expect((body['revisions'] as { name: string }[])[0]!.name).toBe('wei@example.com');
  });

  test('is thinned: of yesterday one for each hour, of last month one for each day, and the first stays', async () => {
    const { save, titles } = await begun(robot, 'thinned');
    for (let no = 0; no < 6; no += 1) {
      now += 20 * MINUTE;
      await save(`第一天 ${no}`);
    }
    expect((await titles()).length).toBe(7);
    now = BEGIN + 2 * DAY;
    await save('第三天');
    expect(await titles()).toEqual(['第三天', '第一天 5', '第一天 4', '第一天 1', '开始']);
    now = BEGIN + 40 * DAY;
    await save('四十天后');
    expect(await titles()).toEqual(['四十天后', '第三天', '第一天 5', '开始']);
  });

  test('nothing is kept of a save that was refused', async () => {
    const { id, save, titles } = await begun(lan, 'refused');
    await save('好的');
    const stale = await wei('PUT', `/api/playbooks/${id}/draft`, {
      document: titled('refused', '旧的'),
      revision: 1,
    });
    expect(stale.status).toBe(409);
    expect(await titles()).toEqual(['好的', '开始']);
  });

  test('belongs to the team: strangers, other teams and unknown numbers get nothing', async () => {
    const { id, save } = await begun(lan, 'ours');
    await save('一');
    const {
      rows: [other],
    } = await store.pool.query<{ id: number }>(
      "insert into team (name, created_at) values ('other', now()) returning id",
    );
    const theirs = await program(['owner'], other!.id);
    for (const path of [`/api/playbooks/${id}/revisions`, `/api/playbooks/${id}/revisions/2`]) {
      expect((await lan('GET', path)).status).toBe(200);
      expect((await theirs('GET', path)).status).toBe(404);
      expect((await stranger('GET', path)).status).toBe(401);
    }
    expect((await lan('GET', `/api/playbooks/${id}/revisions/99`)).status).toBe(404);
    expect((await lan('GET', `/api/playbooks/${id}/revisions/nine`)).status).toBe(400);
  });
});

describe('templates of a team', () => {
  test('are put aside, listed, read and removed', async () => {
    const document = titled('once', '打卡');
    const made = await lan('POST', '/api/templates', {
      document,
      origin: { kind: 'playbook', name: '打卡', version: 2 },
    });
    expect(made.status).toBe(201);
    const id = String(made.body['id']);
    const { body } = await wei('GET', '/api/templates');
    expect(body['templates']).toMatchObject([
      { id, key: 'once', title: { 'zh-CN': '打卡' }, origin: { version: 2 }, author: 'lan@example.com' },
    ]);
    expect((await wei('GET', `/api/templates/${id}`)).body['document']).toEqual(document);
    const operator = await colleague('op@example.com', ['operator']);
    expect((await operator('DELETE', `/api/templates/${id}`)).status).toBe(404);
    expect((await wei('DELETE', `/api/templates/${id}`)).status).toBe(200);
    expect((await wei('GET', `/api/templates/${id}`)).status).toBe(404);
  });

  test('what has no id and no title, and what is nested without end, is refused', async () => {
    let deep: JsonObject = {};
    for (let no = 0; no < 400; no += 1) deep = { deep };
    for (const document of [
      {},
      { id: 'x' },
      { title: { en: 'x' } },
      { ...titled('deep', 'x'), layout: deep },
    ]) {
      expect([400, 422]).toContain((await lan('POST', '/api/templates', { document })).status);
    }
    const { body } = await lan('GET', '/api/templates');
    expect(body['templates']).toEqual([]);
  });
});
