// The playbook in the README is one that runs: checked and rehearsed from the very text.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compile, sampleParams } from '../engine/index.ts';
import type { Playbook } from '../engine/document.ts';
import { rehearse } from '../engine/rehearse.ts';

test.each(['README.md', 'README.zh-CN.md'])(
  '%s shows a playbook that is clean and runs to its end',
  (file) => {
    const block = /```json\n([\s\S]*?)```/.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
    const document = JSON.parse(block) as Playbook;
    expect(compile(document).problems).toEqual([]);
    const { plan } = compile(document, sampleParams(document));
    const rehearsal = rehearse(plan!, { start: Date.UTC(2026, 11, 10) });
    expect(rehearsal.report().calendar.map(({ at }) => at)).toEqual(['2026-12-18T12:00:00.000Z']);
    expect(rehearsal.isDone).toBe(true);
  },
);
