// The validators that a browser gets, made ahead of time, say what the engine's own say: of good documents and of broken ones.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { validatorsOf, type Validators } from '../../engine/compile/validators.ts';
import { steps } from '../../engine/steps/index.ts';
import { shipped } from '../../playbooks/index.ts';
import { validatorsModule } from '../../scripts/validators.ts';

async function aheadOfTime(): Promise<Validators> {
  const folder = mkdtempSync(path.join(tmpdir(), 'kindling-validators-'));
  const out = path.join(folder, 'validators.mjs');
  await build({
    stdin: { contents: validatorsModule(), resolveDir: path.resolve('engine/compile'), loader: 'js' },
    outfile: out,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['main'],
  });
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
  const made = (await import(pathToFileURL(out).href)) as { validatorsOf: () => Validators };
  rmSync(folder, { recursive: true });
  return made.validatorsOf();
}

const brief = (errors: ReturnType<Validators['document']>): unknown[] =>
  errors.map(({ instancePath, keyword, params }) => ({ instancePath, keyword, params }));

test('both find the same in documents and configs', async () => {
  const own = validatorsOf(steps);
  const ahead = await aheadOfTime();
  for (const { playbook } of Object.values(shipped)) {
    expect(ahead.document(playbook)).toEqual([]);
    for (const node of playbook.graph.nodes)
      expect(brief(ahead.config(node.step)(node.config))).toEqual(brief(own.config(node.step)(node.config)));
  }
  const { playbook } = Object.values(shipped)[0]!;
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(playbook)), fc.jsonValue({ maxDepth: 3 }), (key, value) => {
      const broken = { ...playbook, [key]: value };
      expect(brief(ahead.document(broken))).toEqual(brief(own.document(broken)));
    }),
    { numRuns: 200 },
  );
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(steps)), fc.jsonValue({ maxDepth: 3 }), (type, value) => {
      expect(brief(ahead.config(type)(value))).toEqual(brief(own.config(type)(value)));
    }),
    { numRuns: 500 },
  );
});
