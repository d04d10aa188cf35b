// The command line as people and programs call it: each case is a process, judged by what it prints and how it ends.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { compile } from '../../engine/index.ts';
import { rehearse } from '../../engine/rehearse.ts';
import type { RunReport } from '../../engine/run/trace.ts';
import { parseScript, type ScriptEntry } from '../../engine/script.ts';
import { steps } from '../../engine/steps/index.ts';
import { shipped } from '../../playbooks/index.ts';
import type { StuckVisit } from '../../server/cli/api.ts';
import { placeOf } from '../../server/cli/stuck.ts';

const PLAYBOOK = 'playbooks/event-campaign/playbook.json';
const PARAMS = 'playbooks/event-campaign/params.json';
const { playbook, params, scenarios } = shipped['event-campaign']!;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kindling-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function kindling(args: readonly string[], { env = {}, input = '' } = {}): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/kindling.mjs', ...args], {
    env: {
      ...process.env,
      KINDLING_LOCALE: 'en',
      KINDLING_HOME: path.join(folder, 'home'),
      KINDLING_PUBLIC_URL: 'https://k.example',
      ...env,
    },
    encoding: 'utf8',
    input,
    maxBuffer: 100_000_000,
  });
  return { code: status, out: stdout, err: stderr };
}

/** Writes a file into the test's folder. */
function file(name: string, content: unknown): string {
  const place = path.join(folder, name);
  writeFileSync(place, typeof content === 'string' ? content : JSON.stringify(content, null, 1));
  return place;
}

/** The event campaign with three mistakes in it. */
function broken(): string {
  const document = structuredClone(playbook) as unknown as {
    graph: { nodes: { id: string; step: string }[]; edges: { id: string; to: string }[] };
  };
  document.graph.nodes[3]!.step = 'foo';
  document.graph.edges[5]!.to = 'nowhere';
  return file('broken.json', document);
}

describe('check', () => {
  it('finds the event campaign ready to publish, with and without parameters', () => {
    for (const args of [[PLAYBOOK], [PLAYBOOK, '--params', PARAMS]]) {
      const { code, out, err } = kindling(['check', ...args]);
      expect(err).toBe('');
      expect(out).toContain('ready to publish, 0 errors, 0 warnings');
      expect(code).toBe(0);
    }
  });

  it('names line, step, sentence and advice of each problem, and nothing in colours', () => {
    const place = broken();
    const { code, out } = kindling(['check', place]);
    expect(code).toBe(1);
    const line =
      readFileSync(place, 'utf8')
        .split('\n')
        .findIndex((text) => text.includes('"foo"')) + 1;
    expect(out).toContain(`✗ E-STEP-UNKNOWN  ${place}:${line}:`);
    expect(out).toContain('Plan never approved (plan-unanswered)');
    expect(out).toContain('There is no step called "foo".\n    → ');
    expect(out).toContain('E-EDGE-DANGLING');
    expect(out).toMatch(/: \d errors, 0 warnings\n$/);
    expect(out).not.toContain('\u001b');
  });

  it('says the same in Chinese', () => {
    const { code, out } = kindling(['check', broken(), '--lang', 'zh']);
    expect(code).toBe(1);
    expect(out).toContain('没有「foo」这种步骤');
    expect(out).toMatch(/个错误，0 个警告\n$/);
  });

  it('gives programs one object', () => {
    const place = broken();
    const { code, out } = kindling(['check', place, '--json']);
    const report = JSON.parse(out) as { errors: number; problems: object[] };
    expect(code).toBe(1);
    expect(report).toMatchObject({ file: place, plan: null, warnings: 0 });
    expect(report.errors).toBe(report.problems.length);
    const unknown = report.problems.find((it) => 'code' in it && it.code === 'E-STEP-UNKNOWN');
    expect(unknown).toMatchObject({
      severity: 'error',
      file: place,
      place: { graph: 'campaign', node: 'plan-unanswered', pointer: '/graph/nodes/3/step' },
      title: 'Plan never approved',
      sentence: 'There is no step called "foo".',
    });
    const good = JSON.parse(kindling(['check', PLAYBOOK, '--params', PARAMS, '--json']).out) as object;
    expect(good).toMatchObject({ plan: compile(playbook, params).plan!.hash, errors: 0, problems: [] });
  });

  it('puts errors before warnings', () => {
    const document = { ...structuredClone(playbook), rehearsal: { answers: { ghost: { a: 1 } } } };
    const mixed = { ...document, graph: { ...document.graph, edges: document.graph.edges.slice(1) } };
    const { out } = kindling(['check', file('mixed.json', mixed), '--json']);
    const { problems } = JSON.parse(out) as { problems: { severity: string }[] };
    const severities = problems.map(({ severity }) => severity);
    expect(new Set(severities)).toEqual(new Set(['error', 'warning']));
    expect(severities).toEqual(severities.toSorted());
  });

  it('alone with warnings, it ends well', () => {
    const document = { ...playbook, rehearsal: { ...playbook.rehearsal, answers: { ghost: { a: 1 } } } };
    const { code, out } = kindling(['check', file('warned.json', document)]);
    expect(out).toContain('! W-REHEARSAL');
    expect(out).toContain('0 errors, 1 warning.');
    expect(code).toBe(0);
  });

  it('names the steps whose pages nobody outside can open, without a public address', () => {
    const { code, out } = kindling(['check', PLAYBOOK], { env: { KINDLING_PUBLIC_URL: '' } });
    expect(out.match(/W-NOT-REACHABLE/g)).toHaveLength(1);
    expect(out).toContain('"Sign-up", "Satisfaction (three questions at most)".');
    expect(out).toContain('KINDLING_PUBLIC_URL');
    expect(code).toBe(0);
  });

  it('finds wrong values in the file of the values', () => {
    const place = file('params.json', { ...params, T: 5 });
    const { code, out } = kindling(['check', PLAYBOOK, '--params', place]);
    expect(out).toContain(`E-PARAM-VALUE  ${place}:2:7`);
    expect(code).toBe(1);
  });

  it('reads the standard input', () => {
    const { code, out } = kindling(['check', '-'], { input: JSON.stringify(playbook) });
    expect(out).toContain('stdin: ready to publish');
    expect(code).toBe(0);
  });
});

describe('hostile files', () => {
  const many = Array.from({ length: 100_000 }, (_, i) => ({ id: `n${i}`, step: 'end' }));
  test.each([
    ['not JSON', '{"a": 1,\n "b": [1, 2,]\n}', ':2:13', 'unexpected ] at line 2, column 13'],
    ['cut off', '{"a": [', ':1:8', 'it ends too early at line 1, column 8'],
    ['empty', '', ':1:1', 'the file is empty'],
    ['binary', '\0\u0001\u0002', ':1:1', 'unexpected \\u0000'],
    ['nested 5,000 levels deep', '['.repeat(5_000) + ']'.repeat(5_000), 'E-TOO-DEEP', ''],
    ['nested without end', '['.repeat(500_000), 'E-NOT-JSON', 'it ends too early'],
    ['a number', '5', 'E-TYPE', ''],
    ['prototype keys', '{"__proto__": {"x": 1}, "format": 1}', 'E-KEY-REFUSED', ''],
    ['100,000 nodes', JSON.stringify({ format: 1, id: 'x', graph: { nodes: many } }), 'E-LIMIT-NODES', ''],
    ['10 MB of text', JSON.stringify({ format: 1, id: 'x'.repeat(10_000_000) }), 'E-TOO-LARGE', ''],
  ])('%s', (_name, content, where, what) => {
    const { code, out, err } = kindling(['check', file('hostile.json', content)]);
    expect(out.slice(0, 5_000)).toContain(where);
    expect(out.slice(0, 5_000)).toContain(what);
    expect(err).toBe('');
    expect(code).toBe(1);
  });

  it('refuses what is far too large without reading it', () => {
    const { code, err } = kindling(['check', file('huge.json', ' '.repeat(33_000_000))]);
    expect(err).toContain('larger than 32 MB');
    expect(code).toBe(1);
  });

  it('says so when there is no file, or when it is a folder', () => {
    expect(kindling(['check', 'nowhere.json'])).toMatchObject({
      code: 2,
      err: 'There is no file nowhere.json. Check the path.\n',
    });
    expect(kindling(['check', 'playbooks'])).toMatchObject({ code: 2 });
  });

  it('says so when parameters are no object, or a script is none', () => {
    const list = file('list.json', [1]);
    expect(kindling(['check', PLAYBOOK, '--params', list])).toMatchObject({ code: 1 });
    const script = file('script.json', [{ node: 'ghost', subject: 'campaign', port: 'x' }]);
    const { code, err } = kindling(['rehearse', PLAYBOOK, '--script', script]);
    expect(err).toContain('entry 1: There is no node "ghost".');
    expect(code).toBe(1);
  });
});

describe('rehearse', () => {
  const scenario = scenarios.find(({ name }) => name === 'date-moved')!;

  it('prints exactly the report, the one that the engine makes', () => {
    const script = file('script.json', scenario.script);
    const course = ['--params', PARAMS, '--start', scenario.start, '--seed', '7', '--members', '50'];
    const { code, out, err } = kindling(['rehearse', PLAYBOOK, ...course, '--script', script, '--json']);
    expect(err).toMatch(/^Rehearsed with default caps and quiet hours .*--team takes .*\.\n$/);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(reportOf(scenario.script, scenario.start));
  });

  it('prints a run sheet for people: calendar by local day, work, ends, every step', () => {
    const args = ['rehearse', PLAYBOOK, '--params', PARAMS, '--start', '2026-12-10T09:00'];
    const { code, out } = kindling(args);
    expect(code).toBe(0);
    expect(out).toContain('2026-12-10 09:00 → ');
    expect(out).toMatch(/2026-12-14 Mon\n {2}12:00 +simulator ×3 +M1 Teaser: /);
    expect(out).toContain('approver ×1 Approve the plan → approved');
    expect(out).toContain('campaign: reviewed');
    expect(out).toMatch(/Plan refused \(plan-refused\) +0\n/);
    expect(out.indexOf('(start)')).toBeLessThan(out.indexOf('(plan-approval)'));
    const chinese = kindling(args, { env: { KINDLING_LOCALE: '', LC_ALL: '', LANG: 'zh_CN.UTF-8' } });
    expect(chinese.out).toMatch(/2026-12-14 周一\n {2}12:00 +simulator ×3 +M1 预告/);
  });

  it('says which values it took from the examples', () => {
    const { code, err } = kindling(['rehearse', PLAYBOOK, '--start', '2026-12-10T09:00']);
    expect(err).toContain('Taken from the playbook’s examples: T, E, eventTitle');
    expect(code).toBe(0);
  });

  it('tells what is stuck and ends with 1', () => {
    const { code, out, err } = kindling([
      'rehearse',
      file('stuck.json', stuckPlaybook()),
      '--script',
      file('fails.json', [{ node: 'send', subject: 'campaign', port: 'failed', after: 'PT1M' }]),
    ]);
    expect(out).toContain('campaign: not ended');
    expect(err).toContain('Stuck: 1 visit waits for a person.');
    expect(err).toContain('  send · campaign: it failed');
    expect(code).toBe(1);
  });

  it('shows what is wrong instead of rehearsing a broken playbook', () => {
    const { code, out, err } = kindling(['rehearse', broken(), '--json']);
    expect(out).toBe('');
    expect(err).toContain('E-STEP-UNKNOWN');
    expect(err).toContain('mend the errors first');
    expect(code).toBe(1);
  });

  it('ends quietly when its reader has seen enough', () => {
    const command = `"${process.execPath}" bin/kindling.mjs rehearse ${PLAYBOOK} --json | head -c 10`;
    const { stdout, stderr } = spawnSync('sh', ['-c', command], {
      encoding: 'utf8',
      env: { ...process.env, KINDLING_LOCALE: 'en' },
    });
    expect(stdout).toHaveLength(10);
    expect(stderr).not.toContain('EPIPE');
  });

  it('tells what it has found by its exit code, even to a reader who has seen enough', () => {
    const nodes = Array.from({ length: 900 }, (_, index) => ({ id: `n${index}`, step: 'nothing' }));
    const source = file('many.json', JSON.stringify({ format: 1, id: 'many', graph: { nodes, edges: [] } }));
    const command = `{ "${process.execPath}" bin/kindling.mjs check ${source}; echo "code $?" >&2; } | head -c 10`;
    const { stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
    expect(stdout).toContain('E-GOAL');
    expect(stderr).toBe('code 1\n');
  });
});

describe('usage', () => {
  test.each([
    [['chek', PLAYBOOK], 'There is no command "chek". Did you mean check?'],
    [['--lang', 'en', 'xyzzy'], 'There is no command "xyzzy". There are: check, rehearse'],
    [['check'], 'Which file? kindling check playbook.json'],
    [['check', 'a.json', 'b.json'], '"b.json" is one argument too many.'],
    [['check', PLAYBOOK, '--jsn'], 'Unknown flag --jsn. Did you mean --json?'],
    [['check', PLAYBOOK, '-x'], 'Unknown flag -x.'],
    [['check', PLAYBOOK, '--json=1'], '--json is a switch and takes no value.'],
    [['check', PLAYBOOK, '--params'], '--params needs a value: --params F'],
    [['check', PLAYBOOK, '--params', '--json'], '--params needs a value: --params F'],
    [['check', PLAYBOOK, '--lang', 'fr'], '--lang cannot be "fr". Accepted: zh, en.'],
    [['rehearse', PLAYBOOK, '--seed', '1.5'], '--seed cannot be "1.5".'],
    [['rehearse', PLAYBOOK, '--members', '-5'], '--members cannot be "-5".'],
    [['rehearse', PLAYBOOK, '--start', 'tomorrow'], '--start cannot be "tomorrow".'],
    [['worker', '--port', '80'], 'Unknown flag --port.'],
    [['server', 'now'], 'kindling server takes no arguments'],
  ])('%j', (args, says) => {
    const { code, out, err } = kindling(args);
    expect(err).toContain(says);
    expect(out).toBe('');
    expect(code).toBe(2);
  });

  it('refuses settings that make no sense', () => {
    const { code, err } = kindling(['check', PLAYBOOK], { env: { KINDLING_PORT: 'seven' } });
    expect(err).toContain('KINDLING_PORT');
    expect(code).toBe(2);
  });

  test.each(['check', 'rehearse', 'run', 'status', 'rotate-key'])(
    '%s explains itself in both languages',
    (command) => {
      const english = kindling([command, '--help']);
      expect(english).toMatchObject({ code: 0, err: '' });
      expect(english.out).toContain(`Usage: kindling ${command}`);
      expect(english.out).toMatch(/Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}3 /);
      const chinese = kindling([command, '--help', '--lang', 'zh']);
      expect(chinese.out).toContain(`用法: kindling ${command}`);
    },
  );

  it('puts a new key before the old one, and says where the keys are when it cannot', () => {
    const home = path.join(folder, 'keys');
    const before = kindling(['rotate-key'], { env: { KINDLING_HOME: home } });
    expect(before).toMatchObject({ code: 1, err: expect.stringContaining('no key') });
    mkdirSync(home);
    const old = Buffer.alloc(32, 7).toString('base64url');
    writeFileSync(path.join(home, 'encryption-key'), old);
    expect(kindling(['rotate-key'], { env: { KINDLING_HOME: home } })).toMatchObject({ code: 0, err: '' });
    const [first, second] = readFileSync(path.join(home, 'encryption-key'), 'utf8').trim().split('\n');
    expect([Buffer.from(first!, 'base64url').length, second]).toEqual([32, old]);
    expect(statSync(path.join(home, 'encryption-key')).mode & 0o777).toBe(0o600);
    const set = kindling(['rotate-key'], { env: { KINDLING_HOME: home, KINDLING_ENCRYPTION_KEY: old } });
    expect(set).toMatchObject({ code: 1, err: expect.stringContaining('KINDLING_ENCRYPTION_KEY') });
  });

  it('tells its version', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(kindling(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  it('lists all commands with --help, and without anything', () => {
    expect(kindling(['--help'])).toMatchObject({ code: 0 });
    const { code, out } = kindling([]);
    for (const name of ['check', 'rehearse', 'run', 'status', 'rotate-key', 'server', 'worker', 'migrate'])
      expect(out).toContain(`  ${name} `);
    expect(code).toBe(2);
  });
});

function reportOf(entries: readonly ScriptEntry[], start: string): RunReport {
  const plan = compile(playbook, params).plan!;
  const { script } = parseScript(entries, plan, steps);
  const options = { seed: 7, members: 50, settings: playbook.rehearsal, template: compile(playbook).plan };
  return rehearse(plan, { start: Date.parse(start), script, ...options }).report();
}

/** Three steps; a script lets the second leave by a port that leads nowhere. */
function stuckPlaybook(): object {
  const text = { 'zh-CN': '你好' };
  return {
    format: 1,
    id: 'stuck',
    title: { 'zh-CN': '卡住', en: 'Stuck' },
    goal: { metric: 'reach', baseline: 0, target: 1, deadline: { for: 'P1D' }, guardrails: [] },
    graph: {
      nodes: [
        { id: 'start', step: 'start', config: { trigger: 'manual' } },
        {
          id: 'send',
          step: 'send-message',
          config: { channel: 'simulator', audience: { groups: 'all' }, text, class: 'service' },
        },
        { id: 'end', step: 'end' },
      ],
      edges: [
        { id: 'e1', from: 'start', port: 'out', to: 'send' },
        { id: 'e2', from: 'send', port: 'sent', to: 'end' },
      ],
    },
  };
}

test('a stuck visit is told with its round and its member, where it has any', () => {
  const visit = { node: 'm', subject: 'all/2', name: '马思远', ordinal: 2, lap: 0 } as StuckVisit;
  expect(placeOf(visit)).toBe('m · all/2 (马思远)');
  expect(placeOf({ ...visit, subject: 'campaign', name: null, lap: 3 })).toBe('m · campaign #3');
});
