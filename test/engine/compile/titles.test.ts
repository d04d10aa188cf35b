// Problems quote titles and choices in the language of whoever reads them, where the document says them in it.
import { expect, test } from 'vitest';
import { compile, product, say } from '../../../engine/index.ts';
import { drawn, message, says } from '../../../scripts/docs/draw.ts';

const said = (document: unknown, code: string, locale: string): string => {
  const found = compile(document, undefined, { ...product, isReachable: false }).problems.find(
    (it) => it.code === code,
  );
  return say(found!, locale).sentence;
};
const asking = (title: object) =>
  drawn(
    { s: ['start'], x: ['send-message', message('{{ links.optOut }}'), { title }], e: ['end'] },
    's out x, x sent e',
    { title: { 'zh-CN': '新品发布会', en: 'Launch party' }, locales: ['zh-CN'], goal: undefined },
  ).document;

test('a step and a playbook are called by the title in the reader’s language', () => {
  const both = asking({ 'zh-CN': '问候', en: 'Say hello' });
  expect(said(both, 'W-NOT-REACHABLE', 'en')).toContain('"Say hello"');
  expect(said(both, 'W-NOT-REACHABLE', 'zh-CN')).toContain('「问候」');
  expect(said(both, 'W-NOT-REACHABLE', 'zh')).toContain('「问候」');
  expect(said(both, 'E-GOAL', 'en')).toContain('Launch party');
  expect(said(both, 'E-GOAL', 'zh-CN')).toContain('新品发布会');
});

test('what is true of several steps is said once, and names all of them', () => {
  const asks = (title: string) =>
    ['send-message', message('{{ links.optOut }}'), { title: { 'zh-CN': title } }] as const;
  const { document } = drawn(
    { s: ['start'], a: asks('问候'), b: asks('提醒'), c: asks('道别'), e: ['end'] },
    's out a, a sent b, b sent c, c sent e',
  );
  const { problems } = compile(document, undefined, { ...product, isReachable: false });
  expect(problems.filter(({ code }) => code === 'W-NOT-REACHABLE').map(({ place }) => place.node)).toEqual([
    'a',
  ]);
  expect(said(document, 'W-NOT-REACHABLE', 'zh-CN')).toContain('「问候」「提醒」「道别」要成员打开网页');
  expect(said(document, 'W-NOT-REACHABLE', 'en')).toContain(': "问候", "提醒", "道别".');
});

test('where a title is in one language alone, that is what it is called', () => {
  expect(said(asking({ 'zh-CN': '问候' }), 'W-NOT-REACHABLE', 'en')).toContain('"问候"');
  expect(said(asking({ 'zh-CN': '问候', ja: '挨拶' }), 'W-NOT-REACHABLE', 'en')).toContain('"问候"');
});

test('choices are told with what they are called', () => {
  const { problems } = compile(says('你好', { class: 'servcie' }).document);
  const found = problems.find(({ code }) => code === 'E-CHOICE')!;
  expect(say(found, 'zh').advice).toContain('service（服务消息）、marketing（营销消息）');
  expect(say(found, 'en').advice).toContain('service (Service), marketing (Marketing)');
});
