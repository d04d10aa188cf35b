// Every code that a person may see has words in both languages; one that has none is shown beside neutral ones.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { effects } from '../../engine/effects/index.ts';
import { sayAnswer, sayEffect, sayFact } from '../../engine/effects/words.ts';
import { sayDeed } from '../../engine/run-commands.ts';
import { sayCode, STUCK_WORDS } from '../../engine/run/words.ts';
import { STUCK } from '../../engine/run/machine.ts';

const isNeutral = ({ en }: { readonly en: string }): boolean => en.startsWith('other (');
const isInBoth = ({ zh, en }: { readonly zh: string; readonly en: string }): boolean =>
  /\p{Script=Han}/u.test(zh) && /[a-z]/i.test(en) && !/\p{Script=Han}/u.test(en);

const all = Object.values(effects).flatMap(({ name, codes }) =>
  [...codes, 'retry', 'failed', 'doubt'].map((code): [string, string] => [name, code]),
);

describe('what effects answer', () => {
  test.each(all)('%s: %s', (effect, code) => {
    const said = [sayEffect(effect), sayAnswer(effect, code, 'done')];
    expect(said.filter((it) => isNeutral(it) || !isInBoth(it))).toEqual([]);
  });

  test('an answer that has not come yet', () => {
    for (const state of ['intended', 'done', 'doubt', 'released']) {
      const said = sayAnswer('send', null, state);
      expect([state, isNeutral(said), isInBoth(said)]).toEqual([state, false, true]);
    }
  });

  test('every fact that stands beside an answer', () => {
    const decisions = readdirSync('engine/effects').map((name) =>
      readFileSync(`engine/effects/${name}`, 'utf8'),
    );
    const facts = decisions
      .flatMap((source) =>
        [...source.matchAll(/\bwhy(?:: | = )(\{[^;]*?\})[,;\n ]/g)].map(([, object]) => object!),
      )
      .flatMap((object) => [...object.matchAll(/[{,]\s*(\w+)\s*(?=[,:}])/g)].map(([, key]) => key!));
    expect(facts.length).toBeGreaterThan(20);
    // The first is kept for programs, the second is said together with the limit.
    const silent = ['snapshot', 'op'];
    expect([...new Set(facts)].filter((key) => !silent.includes(key) && isNeutral(sayFact(key)))).toEqual([]);
  });
});

test('why a visit is stuck', () => {
  expect(STUCK.filter((reason) => isNeutral(sayCode(STUCK_WORDS, reason)))).toEqual([]);
});

test('what is done to a run', () => {
  const sources = ['server', 'workers'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(`${folder}/${name}`, 'utf8')),
  );
  const literal = sources.flatMap((source) =>
    [...source.matchAll(/'(run\.[a-z-]+)'/g)].map(([, name]) => name!),
  );
  const orders = [
    'pause',
    'resume',
    'cancel',
    'retime',
    'set-param',
    'retext',
    'retry',
    'skip',
    'end',
    'cast',
  ];
  const deeds = [...new Set([...literal, ...orders.map((it) => `run.${it}`)])];
  expect(deeds.filter((name) => isNeutral(sayDeed(name)))).toEqual([]);
});

test('a code that nobody knows is shown with neutral words', () => {
  expect(sayAnswer('send', 'odd', 'done')).toEqual({ zh: '其他（odd）', en: 'other (odd)' });
  expect(sayEffect('odd').en).toBe('other (odd)');
  expect(sayCode(STUCK_WORDS, 'odd').zh).toBe('其他（odd）');
});
