// `kindling run` and `kindling status` against a whole installation as `npm start` runs it; and without one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it, test } from 'vitest';
import type { RunReport } from '../../engine/run/trace.ts';
import { shipped } from '../../playbooks/index.ts';
import { freePort } from '../../server/start/port.ts';
import { signal } from '../../server/start/process.ts';
import { temporaryFolder } from '../support/home.ts';
import { installation } from '../support/installation.ts';

const PLAYBOOK = 'playbooks/event-campaign/playbook.json';
const PARAMS = ['--params', 'playbooks/event-campaign/params.json'];
const START = ['--start', '2026-12-10T09:00'];
const { scenarios } = shipped['event-campaign']!;
const folder = temporaryFolder();

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line without keeping this process from hearing the installation. */
async function kindling(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  heard: (err: string) => void = () => {},
): Promise<Ended> {
  const child = spawn(process.execPath, ['bin/kindling.mjs', ...args], {
    env: { ...process.env, KINDLING_LOCALE: 'en', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => {
    err += String(chunk);
    heard(err);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

function file(name: string, content: unknown): string {
  const place = path.join(folder, name);
  writeFileSync(place, JSON.stringify(content));
  return place;
}

const text = (words: string) => ({ 'zh-CN': words });
const small = (id: string, words = '你好') => ({
  format: 1,
  id,
  title: { 'zh-CN': '小活动', en: 'Small' },
  goal: { metric: 'reach', baseline: 0, target: 1, deadline: { for: 'P1D' }, guardrails: [] },
  graph: {
    nodes: [
      { id: 'start', step: 'start', config: { trigger: 'manual' } },
      {
        id: 'send',
        step: 'send-message',
        config: {
          channel: 'simulator',
          audience: { groups: 'all' },
          text: text(words),
          class: 'service',
          mode: 'humanCopy',
          role: 'operator',
        },
      },
      { id: 'end', step: 'end' },
    ],
    edges: [
      { id: 'e1', from: 'start', port: 'out', to: 'send' },
      { id: 'e2', from: 'send', port: 'sent', to: 'end' },
    ],
  },
});

describe('without an installation', () => {
  test.each([
    [['status'], 'en', 'Run npm start in another terminal'],
    [['status', '--json'], 'zh-CN', '请在另一个终端运行 npm start'],
    [['run', PLAYBOOK, ...PARAMS], 'en', 'Run npm start in another terminal'],
    [['run', PLAYBOOK, ...PARAMS, '--fast', '--wait', '--json'], 'zh-CN', '连不上 http://127.0.0.1:'],
  ])('%j says what to do and ends with 3', async (args, locale, says) => {
    const env = { KINDLING_HOME: folder, KINDLING_PORT: String(await freePort()), KINDLING_LOCALE: locale };
    const { code, out, err } = await kindling(args, env);
    expect(err).toContain(says);
    expect(out).toBe('');
    expect(code).toBe(3);
  });

  it.each(['hello', '{}', '5'])('says so when something else answers: %s', async (says) => {
    const server = createServer((_request, reply) => reply.end(says)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    mkdirSync(path.join(folder, 'empty'), { recursive: true });
    const env = { KINDLING_HOME: path.join(folder, 'empty'), KINDLING_PORT: String(port) };
    const { code, err } = await kindling(['status'], env);
    server.close();
    expect(err).toContain('is not Kindling');
    expect(code).toBe(3);
  });

  it('rehearses with the caps of the team that it is asked to take, and says when it took the defaults', async () => {
    const team = { attributes: [], channels: [], isReachable: true, quiet: { from: '22:00', to: '08:00' } };
    const caps = { memberPerDay: 1, memberPerWeek: 3, groupPerDay: 0 };
    const server = createServer((_request, reply) => reply.end(JSON.stringify({ ...team, caps })));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as { port: number };
    const env = { KINDLING_HOME: folder, KINDLING_PORT: String(port) };
    const document = small('capped');
    Object.assign(document.graph.nodes[1]!.config!, { class: 'marketing', optOut: text('回 T 退订') });
    const posted = async (...more: readonly string[]) => {
      const { code, out, err } = await kindling(
        ['rehearse', file('capped.json', document), ...START, '--json', ...more],
        env,
      );
      expect(code).toBe(0);
      return [(JSON.parse(out) as RunReport).calendar.length, err.includes('default caps')];
    };
    expect(await posted()).toEqual([1, true]);
    expect(await posted('--team')).toEqual([0, false]);
    server.close();
  });

  it('says what a merge of two members needs, before it looks for one', async () => {
    const id = '01980000-0000-7000-8000-000000000000';
    for (const [args, says] of [
      [['members', 'split'], 'There is: merge'],
      [['members', 'merge', '--into', id], 'It needs --into, --from and --reason'],
      [['members', 'merge', '--into', 'x'], 'the id of a member'],
    ] as const) {
      const { code, err } = await kindling(args, {});
      expect(err).toContain(says);
      expect(code).toBe(2);
    }
  });

  it('refuses what only compressed time can do, before it looks for one', async () => {
    for (const flags of [START, ['--script', 'x.json']]) {
      const { code, err } = await kindling(['run', PLAYBOOK, ...PARAMS, ...flags], {});
      expect(err).toContain(`${flags[0]} goes with --fast only: a real run starts now`);
      expect(code).toBe(2);
    }
  });

  it('never launches with the examples of a playbook in the place of real values', async () => {
    const { code, err } = await kindling(['run', PLAYBOOK], {});
    expect(err).toContain('E-PARAM-MISSING');
    expect(code).toBe(1);
  });
});

const metrics = `127.0.0.1:${await freePort()}`;
const running = await installation({ KINDLING_DEMO: '0', KINDLING_WORKER_METRICS: metrics });

describe('with an installation', () => {
  const call = (...args: readonly string[]): Promise<Ended> => kindling(args, running.env);
  beforeAll(async () => {
    running.start();
    await running.ready();
  });

  it.each([
    ['happy-path', false],
    ['date-moved', true],
  ])(
    'a compressed run prints its rehearsal: %s (the server killed meanwhile: %s)',
    async (name, isKilled) => {
      const scenario = scenarios.find((it) => it.name === name)!;
      const script = file(`${name}.json`, scenario.script);
      const course = [
        PLAYBOOK,
        ...PARAMS,
        '--start',
        scenario.start,
        '--seed',
        '7',
        '--script',
        script,
        '--json',
      ];
      let toKill = isKilled ? running.pids('server') : [];
      const run = await kindling(['run', ...course, '--fast', '--wait'], running.env, (err) => {
        if (!err.includes('Launched')) return;
        for (const pid of toKill) signal(pid, 'SIGKILL');
        toKill = [];
      });
      const rehearsed = await call('rehearse', ...course);
      expect(run.code).toBe(0);
      expect(JSON.parse(run.out)).toEqual(JSON.parse(rehearsed.out));
      expect((JSON.parse(run.out) as RunReport).traces[0]?.end).toBe(scenario.ends);
      await running.ready();
    },
  );

  it('checks a playbook against the channels of the team, and merges nobody whom it does not know', async () => {
    const id = '01980000-0000-7000-8000-000000000000';
    const playbook = file('channels.json', small('channels'));
    const alone = await call('check', playbook, '--json');
    expect(alone.out).not.toContain('W-CHANNEL-UNKNOWN');
    const team = await call('check', playbook, '--team', '--json');
    expect([team.code, team.out.includes('W-CHANNEL-UNKNOWN')]).toEqual([0, true]);
    const merged = await call('members', 'merge', '--into', id, '--from', id, '--reason', 'x');
    expect([merged.code, merged.err]).toEqual([1, expect.stringContaining('Both ids are of one record.')]);
  });

  it('tells each step of the campaign at its own instant, then prints the run sheet', async () => {
    const { code, out, err } = await call('run', PLAYBOOK, ...PARAMS, '--fast', '--wait', ...START);
    expect(err).toMatch(/Launched version 1: http\S+\/#\/runs\/[0-9a-f-]{36}/);
    expect(err).toContain('2026-12-14 12:00  M1 Teaser → sent\n');
    const told = [...err.matchAll(/^(\d{4}-\d\d-\d\d \d\d:\d\d) {2}.* → /gm)].map(([, at = '']) => at);
    expect(told.length).toBeGreaterThan(20);
    expect(told).toEqual(told.toSorted((a, b) => a.localeCompare(b)));
    expect(err).toMatch(/completed \(reviewed\)\n$/);
    expect(out).toMatch(/2026-12-14 Mon\n {2}12:00 +simulator ×3 +M1 Teaser: /);
    expect(out).toContain('campaign: reviewed');
    expect(code).toBe(0);
  });

  it('leaves a real run to itself, and status shows it with its task', async () => {
    const launched = await call('run', file('small.json', small('small')), '--json');
    expect(launched.code).toBe(0);
    const { id, version } = JSON.parse(launched.out) as { id: string; version: number };
    expect(version).toBe(1);
    const status = async () =>
      JSON.parse((await call('status', '--json')).out) as {
        parts: Record<string, { state: string }>;
        runs: { id: string; openTasks: number }[];
        tasks: { run: string; role: string }[];
      };
    await expect.poll(async () => (await status()).tasks).toMatchObject([{ run: id, role: 'operator' }]);
    const { parts, runs } = await status();
    expect(Object.values(parts).map(({ state }) => state)).toEqual(['ready', 'ready', 'ready', 'ready']);
    expect(runs).toMatchObject([{ id, openTasks: 1, stuck: 0, status: 'running' }]);
    const { code, out } = await call('status');
    expect(out).toContain(`Small v1  ${id}\n  running`);
    expect(out).toMatch(/Tasks open \(1\):\n {2}.*\(operator, due /);
    expect(out).toMatch(/temporal +ready/);
    expect(code).toBe(0);
  });

  it('brings the members of a community in where it is named, and says who takes part where none is', async () => {
    const key = readFileSync(path.join(running.env['KINDLING_HOME']!, 'api-key'), 'utf8').trim();
    const api = async (method: string, route: string, body?: object) => {
      const answer = await fetch(running.url + route, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return (await answer.json()) as Readonly<Record<string, unknown>>;
    };
    const community = String((await api('POST', '/api/communities', { name: '收纳社' }))['id']);
    const playbook = file('of-community.json', small('of-community'));
    const none = await call('run', playbook, '--community', 'nobody');
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('There is: 收纳社')]);
    for (const more of [['--fast'], ['--members', '5']]) {
      const both = await call('run', playbook, '--community', '收纳社', ...more);
      expect([both.code, both.err]).toEqual([2, expect.stringContaining('give one of the two')]);
    }
    for (const [more, taken] of [
      [['--community', '收纳社'], community],
      [['--community', community.toUpperCase()], community],
      [[], null],
    ] as const) {
      const { code, out, err } = await call('run', playbook, ...more, '--json');
      expect([code, err.includes('only simulated members')]).toEqual([0, taken === null]);
      const { id } = JSON.parse(out) as { id: string };
      expect(await api('GET', `/api/runs/${id}`)).toMatchObject({ community: taken });
      // The tests that follow count what is under way.
      await api('POST', `/api/runs/${id}/control`, { do: 'cancel', reason: 'seen' });
      await expect
        .poll(async () => (await api('GET', `/api/runs/${id}`))['status'], { timeout: 60_000 })
        .toBe('cancelled');
    }
  });

  it('lets Prometheus read its worker', async () => {
    const text = await (await fetch(`http://${metrics}/metrics`)).text();
    expect(text).toMatch(/^temporal_workflow_completed\S* [1-9]/m);
  });

  it('launches after the moments of some steps only when told so, and names them', async () => {
    const late = small('late');
    const wait = (id: string, date: string) => ({ id, step: 'wait-until', config: { until: { date } } });
    late.graph.nodes.push(
      wait('gone', '2026-01-05T20:00') as never,
      wait('ahead', '2099-01-05T20:00') as never,
    );
    late.graph.edges[0]!.to = 'gone';
    late.graph.edges.push(
      { id: 'e3', from: 'gone', port: 'reached', to: 'ahead' },
      { id: 'e4', from: 'ahead', port: 'reached', to: 'send' },
    );
    const source = file('late.json', late);
    const { code, out, err } = await call('run', source);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('Moments that have passed at the start (1):\n  gone: Mon 5 Jan 2026, 20:00\n');
    expect(err).toContain('--confirm launches nevertheless.');
    const launched = await call('run', source, '--confirm', '--json');
    expect(launched.code).toBe(0);
    const rehearsed = await call('rehearse', source, '--json');
    expect(rehearsed.err).toContain('gone: Mon 5 Jan 2026, 20:00');
  });

  it('tells which visits are stuck and how to go on, in a command that works', async () => {
    const script = file('fails.json', [{ node: 'send', subject: 'campaign', port: 'failed' }]);
    const fails = ['--script', script];
    const { code, out, err } = await call(
      'run',
      file('stuck.json', small('stuck')),
      '--fast',
      '--wait',
      ...fails,
    );
    expect(code).toBe(1);
    expect(out).toContain('campaign: not ended');
    expect(err).toContain('Stuck: 1 waiting for a person');
    expect(err).toContain('send · campaign: it failed');
    const shown = await call('status');
    expect(shown.out).toContain('! send · campaign: it failed');
    expect(shown.out).toContain('send  1 here · 0 passed · 1 stuck');
    const [, named = '', decision = ''] = /kindling stuck (\S+) (--retry)/.exec(err) ?? [];
    expect(err).not.toContain('curl');
    const again = await call('stuck', named, decision, '--json');
    expect([again.code, JSON.parse(again.out)]).toEqual([0, { decided: 1 }]);
    // The script has it fail again.
    await expect.poll(async () => (await call('stuck', named)).code).toBe(1);
    expect((await call('stuck', named, '--end')).out).toContain('1 decided');
    await expect.poll(async () => (await call('status')).out).not.toContain('! send');
  });

  it('audits the data, and finds nothing', async () => {
    const { code, out } = await call('audit');
    expect([code, out]).toEqual([0, expect.stringMatching(/^All \d+ invariants hold\.\n$/)]);
    const told = await call('audit', '--json');
    expect([told.code, JSON.parse(told.out)]).toEqual([0, { invariants: expect.any(Number), breaches: [] }]);
  });

  it('publishes what has changed, and what has not only once', async () => {
    const versions: unknown[] = [];
    for (const words of ['一', '一', '二']) {
      const { out } = await call('run', file('grown.json', small('grown', words)), '--json');
      versions.push((JSON.parse(out) as { version: number }).version);
    }
    expect(versions).toEqual([1, 1, 2]);
  });

  it('replaces an unpublished draft only when told to', async () => {
    const key = readFileSync(path.join(running.home, 'api-key'), 'utf8').trim();
    const begun = await fetch(`${running.url}/api/playbooks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ document: small('drafted', '别人写的') }),
    });
    expect(begun.status).toBe(201);
    const mine = file('drafted.json', small('drafted', '我写的'));
    const refused = await call('run', mine, '--json');
    expect(refused.err).toContain('"drafted" has an unpublished draft that differs from this file');
    expect(refused.code).toBe(1);
    expect((await call('run', mine, '--json', '--replace')).code).toBe(0);
  });

  it('says so when its key is not known', async () => {
    const { code, err } = await kindling(['status'], {
      ...running.env,
      KINDLING_API_KEY: 'kd_not-this-one-for-sure',
    });
    expect(err).toContain('does not know the API key');
    expect(code).toBe(3);
  });
});
