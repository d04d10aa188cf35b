// The boundaries of ARCHITECTURE.md as a table: which folder may import which, and what to do instead.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

interface Boundary {
  readonly may: readonly string[];
  readonly advice: string;
}

/** A folder may import itself and what is listed; the longest matching folder decides. */
const BOUNDARIES: Record<string, Boundary> = {
  'engine/': {
    may: [],
    advice: 'The engine knows nothing but itself: pass what it needs as an argument.',
  },
  'engine/run/': {
    may: ['engine/*.ts', 'engine/steps/'],
    advice: 'What depends on data or on a local calendar is an effect: see engine/effects/.',
  },
  'engine/steps/': {
    // Rules of time and conditions as data: those two files hold schemas and no library.
    may: ['engine/*.ts', 'engine/effects/', 'engine/calendar/time-rule.ts', 'engine/language/rule.ts'],
    advice: 'A step is pure and small: put the rule into a decision in engine/effects/.',
  },
  'playbooks/': { may: ['engine/'], advice: 'Playbooks are data: code that acts belongs elsewhere.' },
  'editor/': {
    may: ['engine/', 'playbooks/'],
    advice: 'Ask the server through editor/api.ts.',
  },
  'workers/': {
    may: ['engine/', 'generated/', 'prisma/'],
    advice: 'Workers know neither server nor editor: take it as an argument, or move it to workers/store/.',
  },
  'workers/worker.ts': {
    may: ['workers/', 'engine/', 'server/settings.ts'],
    advice:
      'The process reads its settings and hands them on as arguments; it knows nothing else of the server.',
  },
  'workers/workflows/': {
    may: ['engine/*.ts', 'engine/run/', 'engine/steps/', 'workers/contract.ts', 'workers/packed/'],
    advice: 'Workflow code replays for years: do it in an activity and let the result come back as a code.',
  },
  'server/': {
    // The way to Temporal is one for both: how to connect, and what is said to a run.
    may: [
      'engine/',
      'playbooks/',
      'workers/contract.ts',
      'workers/client.ts',
      'workers/compute/',
      'workers/schedules.ts',
      'workers/temporal.ts',
      'workers/store/',
      'generated/',
      'prisma/',
    ],
    advice: 'Go through workers/contract.ts, workers/client.ts or workers/store/.',
  },
  'prisma/': {
    may: ['engine/', 'playbooks/', 'workers/store/', 'generated/'],
    advice: 'The seed uses the same store as everybody else.',
  },
};

const CODE = /\.(ts|tsx|mjs)$/;
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|import\(\s*'([^']+)'\s*\)/g;
const folders = ['engine', 'playbooks', 'editor', 'workers', 'server', 'prisma'];
const files = folders
  .filter((folder) => existsSync(folder))
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => path.posix.join(folder, name.replaceAll(path.sep, '/')))
      .filter((name) => CODE.test(name) && !name.includes('/generated/')),
  );

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isType: boolean;
}

function importsOf(file: string): Import[] {
  return [...readFileSync(file, 'utf8').matchAll(IMPORT)].flatMap(([, isType, named, dynamic]) => {
    const to = named ?? dynamic ?? '';
    if (!to.startsWith('.')) return [];
    return [{ from: file, to: path.posix.join(path.posix.dirname(file), to), isType: isType !== undefined }];
  });
}

function boundaryOf(file: string): string {
  const fitting = Object.keys(BOUNDARIES).filter((folder) => file.startsWith(folder));
  return fitting.reduce((longest, folder) => (folder.length > longest.length ? folder : longest), '');
}

/** `engine/` is a whole folder, `engine/*.ts` the files directly in it, anything else one file. */
function matches(pattern: string, file: string): boolean {
  if (pattern.endsWith('/')) return file.startsWith(pattern);
  if (pattern.endsWith('/*.ts')) return path.posix.dirname(file) === pattern.slice(0, -5);
  return file === pattern;
}

function offences({ from, to, isType }: Import): string[] {
  const folder = boundaryOf(from);
  const { may, advice } = BOUNDARIES[folder]!;
  if ([folder, ...may].some((pattern) => matches(pattern, to))) return [];
  // Types vanish before anything is bundled, so workflows may name the shapes of effects.
  if (isType && folder === 'workers/workflows/' && to.startsWith('workers/effects/')) return [];
  return [
    `${from} imports ${to}\n  ${folder} may import: ${[folder, ...may].join(' ')}\n  ${advice}` +
      ' If the boundary itself should move, change the table here and in ARCHITECTURE.md.',
  ];
}

test('every import keeps to its folder’s boundary', () => {
  expect(files.flatMap(importsOf).flatMap(offences).join('\n')).toBe('');
});

test('the boundaries would notice a forbidden import', () => {
  const forbidden: Import[] = [
    { from: 'engine/run/advance.ts', to: 'engine/compile/compile.ts', isType: false },
    { from: 'workers/workflows/shard.ts', to: 'workers/effects/perform.ts', isType: false },
    { from: 'workers/store/ledger.ts', to: 'server/settings.ts', isType: false },
    { from: 'server/app.ts', to: 'workers/workflows/shard.ts', isType: false },
    { from: 'engine/step.ts', to: 'workers/contract.ts', isType: true },
  ];
  expect(forbidden.flatMap(offences)).toHaveLength(forbidden.length);
});

test('the engine imports no Node and no package but its languages’', () => {
  const allowed: Record<string, readonly string[]> = {
    'engine/compile/': ['ajv', 'ajv-formats'],
    'engine/language/': ['@marcbachmann/cel-js', 'liquidjs', 're2js'],
    'engine/calendar/': ['luxon', 'croner'],
  };
  const found = files
    .filter((file) => file.startsWith('engine/'))
    .flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(IMPORT)]
        .map(([, , named, dynamic]) => named ?? dynamic ?? '')
        .filter((name) => !name.startsWith('.'))
        .filter((name) => {
          const packages = Object.entries(allowed).find(([folder]) => file.startsWith(folder))?.[1] ?? [];
          return !packages.some((it) => name === it || name.startsWith(`${it}/`));
        })
        .map((name) => `${file} imports ${name}: pass what it gives as an argument, or make it an effect.`),
    );
  expect(found).toEqual([]);
});

/** Circles of files that need each other, be it for types alone, as far as a walk from each file finds them. */
function circles(imports: readonly Import[]): string[] {
  const needs = new Map<string, string[]>();
  for (const { from, to } of imports) needs.set(from, [...(needs.get(from) ?? []), to]);
  const clear = new Set<string>();
  const found: string[] = [];
  const walk = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) found.push([...way.slice(way.indexOf(file)), file].join(' → '));
    else if (!clear.has(file)) for (const to of needs.get(file) ?? []) walk(to, [...way, file]);
    clear.add(file);
  };
  for (const file of needs.keys()) walk(file, []);
  return found;
}

test('no file needs itself by way of others', () => {
  expect(circles(files.flatMap(importsOf))).toEqual([]);
  const [a, b, c] = ['a.ts', 'b.ts', 'c.ts'] as const;
  const circle = [
    { from: a, to: b, isType: false },
    { from: b, to: c, isType: false },
    { from: c, to: b, isType: true },
  ];
  expect(circles(circle)).toEqual(['b.ts → c.ts → b.ts']);
});

/** What a workflow carries with it: every file that its values reach, with the way that led there. */
function reachedFrom(start: readonly string[]): Map<string, string> {
  const ways = new Map(start.map((file) => [file, file]));
  for (const [file, way] of ways) {
    for (const { to, isType } of existsSync(file) ? importsOf(file) : []) {
      if (!isType && !ways.has(to)) ways.set(to, `${way} → ${to}`);
    }
  }
  return ways;
}

test('a workflow carries no rules, calendars or checks: it must replay for years', () => {
  const sandbox = files.filter(
    (file) => file.startsWith('workers/workflows/') || file.startsWith('engine/run/'),
  );
  const shapes = ['engine/calendar/time-rule.ts', 'engine/language/rule.ts'];
  const heavy =
    /^(engine\/(compile|language|calendar|index\.ts|rehearse\.ts)|workers\/(store|effects|channels)|server)/;
  const found = [...reachedFrom(sandbox)].filter(([file]) => heavy.test(file) && !shapes.includes(file));
  expect(found.map(([, way]) => way)).toEqual([]);
});

test('no step is compared by its name outside of engine/steps/', () => {
  const registry = 'engine/steps/index.ts';
  const types = existsSync('engine/steps')
    ? readdirSync('engine/steps').flatMap(
        (name) => /\btype: '([a-z-]+)'/.exec(readFileSync(`engine/steps/${name}`, 'utf8'))?.[1] ?? [],
      )
    : [];
  const compared = new RegExp(
    `(?:step|type)\\s*[!=]==\\s*'(?:${types.join('|')})'|'(?:${types.join('|')})'\\s*[!=]==\\s*[\\w.]*(?:step|type)\\b`,
  );
  const found = files
    .filter((file) => !file.startsWith('engine/steps/') && types.length > 0)
    .flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .flatMap((line, i) =>
          compared.test(line)
            ? [
                `${file}:${i + 1} compares a step by its name: let the step declare it (${registry}).\n  ${line.trim()}`,
              ]
            : [],
        ),
    );
  expect(found.join('\n')).toBe('');
});

interface Lock {
  readonly packages: Record<string, { version?: string; optionalDependencies?: Record<string, string> }>;
}
const lockText = readFileSync('package-lock.json', 'utf8');
const { packages } = JSON.parse(lockText) as Lock;

test('every optional dependency of the whole tree stands in the lock', () => {
  // npm drops silently what a registry lacks, and `npm ci` elsewhere then fails.
  const missing = Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter(
        (name) => !(`${place}/node_modules/${name}` in packages) && !(`node_modules/${name}` in packages),
      )
      .map((name) => `${place || 'package.json'} → ${name}`),
  );
  expect(missing).toEqual([]);
});

test('the lock names no registry host, and package.json exact versions only', () => {
  expect(lockText).not.toMatch(/"resolved": "https?:/);
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  ) as Record<string, Record<string, string>>;
  const loose = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(-[\w.-]+)?$/.test(version),
  );
  expect(loose).toEqual([]);
});
