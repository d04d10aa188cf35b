import { describe, expect, it } from 'vitest';
import { countedUrls, fillLinks, hasLinks, markLink, type LinkTo } from '../../../engine/language/links.ts';
import type { FieldSchema } from '../../../engine/language/rule.ts';
import { checkText, renderText, type Reader } from '../../../engine/language/text.ts';

const schema: FieldSchema = {
  member: {
    displayName: { type: 'string' },
    tags: { type: 'strings' },
    points: { type: 'number' },
    vip: { type: 'boolean' },
  },
  params: { T: { type: 'instant' }, topic: { type: 'string' } },
  metrics: { sign_ups: { type: 'number' } },
  run: { title: { type: 'string' } },
};
const values = {
  member: { displayName: '小火', tags: ['vip', '新人'], points: 0.1 + 0.2, vip: true, nickname: null },
  params: { T: '2026-12-05T20:00:00+08:00', local: '2026-12-05T20:00', topic: '薪火之夜' },
  metrics: { sign_ups: 128 },
  run: { title: '十二月活动' },
};
const zh = { zone: 'Asia/Shanghai', locale: 'zh-CN' };
const en = { zone: 'America/New_York', locale: 'en' };

const render = (source: string, reader: Reader = zh): string => {
  const result = renderText(source, values, reader);
  return 'text' in result ? result.text : `${result.problem.code}: ${result.problem.what}`;
};
const problems = (source: string): string[] =>
  checkText(source, schema).problems.map(({ code, row, column, what }) => `${code} ${row}:${column} ${what}`);

describe('a rendered text', () => {
  it.each([
    ['没有占位符 {}', '没有占位符 {}'],
    ['{{ params.topic }}：{{ metrics.sign_ups }} 人已报名', '薪火之夜：128 人已报名'],
    ['{{member.displayName}}，你好', '小火，你好'],
    ['{{ params.T | when }}', '12月5日 周六 20:00'],
    ['{{ params.T | when: "date" }}·{{ params.T | when: "time" }}', '12月5日 周六·20:00'],
    ['{{ params.T | when: "year" }}', '2026年12月5日 周六 20:00'],
    ['{{ params.local | when }}', '12月5日 周六 20:00'],
    ['{{ params.T }} {{ "2026-12-05T20:00" }}', '12月5日 周六 20:00 2026-12-05T20:00'],
    ['{{ member.points }}', '0.3'],
    ['{{ member.tags | join: "、" }}', 'vip、新人'],
    ['{{ member.tags[0] }} {{ member.tags.size }} {{ member.tags.last }}', 'vip 2 新人'],
    ['{% for tag in member.tags %}{{ forloop.index }}.{{ tag }} {% endfor %}', '1.vip 2.新人 '],
    ['{% if member.vip %}贵宾{% else %}朋友{% endif %}', '贵宾'],
    ['{% if member.nickname %}{{ member.nickname }}{% else %}朋友{% endif %}', '朋友'],
    ['{{ member.nickname | default: "朋友" }}', '朋友'],
    ['{% if metrics.sign_ups > 100 %}满员在即{% endif %}', '满员在即'],
    ['{% assign name = member.displayName | append: "！" %}{{ name }}', '小火！'],
    ['{{ run.title | upcase }}', '十二月活动'],
    ['{% raw %}{{ params.topic }}{% endraw %}', '{{ params.topic }}'],
    ['<b>{{ params.topic }}</b> & "quotes"', '<b>薪火之夜</b> & "quotes"'],
  ])('%s', (source, expected) => expect(render(source)).toBe(expected));

  it('speaks the language and the clock of its reader', () => {
    expect(render('{{ params.T | when }}', en)).toBe('Sat 5 Dec, 07:00');
    expect(render('{{ params.T | when: "year" }}', en)).toBe('Sat 5 Dec 2026, 07:00');
    expect(renderText('{{ params.T | when }}', { params: { T: Date.UTC(2026, 0, 1) } }, en)).toEqual({
      text: 'Wed 31 Dec, 19:00',
    });
  });

  it('has no holes: what has no value is a problem', () => {
    expect(render('{{ member.nickname }}')).toBe('absent: member.nickname');
    expect(render('{{ member.unknown }}')).toBe('absent: member.unknown');
    expect(render('{{ params.topic | append: event.x }}')).toBe('absent: event.x');
    expect(render('{{ other.x }}')).toBe('absent: other');
  });

  it('shows plain values only', () => {
    for (const value of [
      {},
      { a: 1 },
      [[1]],
      [{}],
      () => 'x',
      Symbol('x'),
      Number.NaN,
      undefined,
      null,
      { toString: () => 'x' },
      new Date(0),
    ]) {
      expect(renderText('{{ member.x }}', { member: { x: value } }, zh)).toEqual({
        problem: { code: 'absent', what: 'member.x' },
      });
    }
  });

  it('says what is wrong with `when`', () => {
    expect(render('{{ params.topic | when }}')).toBe('failed: not an instant');
    expect(render('{{ params.T | when: "fully" }}')).toBe('failed: full, date, time or year');
    expect(renderText('{{ params.T | when }}', values, { zone: 'Mars/Olympus', locale: 'en' })).toEqual({
      problem: { code: 'failed', what: 'unknown zone Mars/Olympus' },
    });
  });

  it('shows where a link leads, and takes a link of the recipient’s own in its place', () => {
    const source = '{{ links.optOut }} {{ links["sign-up"] }} {{ "https://example.com/a?b=1" | counted }}';
    expect(render(source)).toBe('https://…/optOut https://…/sign-up https://example.com/a?b=1');
    const marked = render(source, { ...zh, link: markLink });
    const seen: LinkTo[] = [];
    const filled = fillLinks(marked, (to) => `<${seen.push(to)}>`);
    expect(filled).toBe('<1> <2> <3>');
    expect(seen).toEqual([{ page: 'optOut' }, { page: 'sign-up' }, { url: 'https://example.com/a?b=1' }]);
    expect(countedUrls(marked + marked)).toEqual(['https://example.com/a?b=1']);
    expect(checkText(source, new Set(['links.optOut', 'links.sign-up'])).problems).toEqual([]);
    expect(checkText(source, new Set(['links.optOut'])).problems.map(({ what }) => what)).toEqual([
      'links.sign-up',
    ]);
  });

  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    '/relative',
    'https://a:b@example.com/',
    'https://x y',
  ])('counts no link to %s', (url) => {
    expect(render(`{{ '${url}' | counted }}`)).toMatch(/^failed: /);
  });

  it('lets no value pretend to be a link', () => {
    const name = markLink({ page: 'optOut' });
    const made = renderText('{{ member.displayName }}', { member: { displayName: name } }, zh);
    expect(made).toEqual({ text: '#optOut' });
    expect(hasLinks(render('{{ params.topic }}'))).toBe(false);
  });

  it('never reads the reader as a value', () => {
    expect(render('{{ reader }}{{ zone }}')).toBe('absent: reader');
  });
});

describe('a checked text', () => {
  it('lists its placeholders with their places', () => {
    const source =
      '{{ member.displayName }}，\n  {{ params.T | when }} {% if member.vip %}{{ metrics.sign_ups }}{% endif %}\n{% for t in member.tags %}{{ t }}{% endfor %}';
    expect(checkText(source, schema)).toEqual({
      placeholders: [
        { path: 'member.displayName', row: 1, column: 4 },
        { path: 'params.T', row: 2, column: 6 },
        { path: 'member.vip', row: 2, column: 31 },
        { path: 'metrics.sign_ups', row: 2, column: 47 },
        { path: 'member.tags', row: 3, column: 13 },
      ],
      problems: [],
    });
  });

  it('knows its fields by path or by schema', () => {
    const source = '{{ params.topic }} {{ member["displayName"] }}';
    expect(checkText(source, new Set(['params.topic', 'member.displayName'])).problems).toEqual([]);
    expect(checkText(source, new Set(['params.topic'])).problems.map(({ what }) => what)).toEqual([
      'member.displayName',
    ]);
    expect(checkText(source, new Set<string>()).problems).toHaveLength(2);
  });

  it.each([
    ['{{ params.topik }}', ['unknown-placeholder 1:4 params.topik']],
    ['{{ topic }}', ['unknown-placeholder 1:4 topic']],
    ['{{ params }}', ['unknown-placeholder 1:4 params']],
    ['{{ params.topic.length }}', ['unknown-placeholder 1:4 params.topic.length']],
    [
      '{{ a.b }}\n{{ c.d }} {{ params.topic }}',
      ['unknown-placeholder 1:4 a.b', 'unknown-placeholder 2:4 c.d'],
    ],
    ['{{ params.topic | append: params.nope }}', ['unknown-placeholder 1:27 params.nope']],
    ['{{ member[params.topic] }}', ['refused 1:4 member.params.topic']],
    ['{{ params.topic | upcas }}', ['unknown-filter 1:1 upcas']],
    ['{{ params.T | date: "%Y" }}', ['unknown-filter 1:1 date']],
    ['\n {% include "x" %}', ['refused 2:2 include']],
    ['{% layout "package.json" %}', ['refused 1:1 layout']],
    ['{% render "x" %}', ['refused 1:1 render']],
    ['{% block x %}{% endblock %}', ['refused 1:1 block']],
    ['{% increment x %}', ['refused 1:1 increment']],
    ['{{ params.topic', ['syntax 1:1 output "{{ params.topic" not closed']],
    ['{% if member.vip %}', ['syntax 1:1 tag {% if member.vip %} not closed']],
    ['{{}}', ['syntax 1:3 invalid value expression: ""']],
    ['x'.repeat(10_001), ['too-large 1:1 10001']],
  ])('%s', (source, expected) => expect(problems(source)).toEqual(expected));

  it('suggests what was meant', () => {
    expect(checkText('{{ params.topik }}', schema).problems[0]?.suggestion).toBe('params.topic');
    expect(checkText('{{ params.topic | upcas }}', schema).problems[0]?.suggestion).toBe('upcase');
  });

  it('without problems never lacks a value that is there', () => {
    const source = '{{ params.topic }} {{ params.T | when }} {{ member.tags | join: "," }}';
    expect(checkText(source, schema).problems).toEqual([]);
    expect(renderText(source, values, zh)).toHaveProperty('text');
  });
});

describe('loops whose length is written down', () => {
  const known = new Set(['member.points', 'member.tags']);
  it.each([
    ['{% for i in (1..100000000) %}x{% endfor %}', '(1..100000000)'],
    ['{% for i in (-5000..5000) %}x{% endfor %}', '(-5000..5000)'],
    ["{{ (1..'100000000') | size }}", "(1..'100000000')"],
    ['{% assign a = (1..100000000) | join %}', '(1..100000000)'],
    ['{{ member.tags | concat: (1..100000000) | size }}', '(1..100000000)'],
    ['{% if (1..100000000) contains 3 %}x{% endif %}', '(1..100000000)'],
    ['{% case 1 %}{% when 1 %}{% for i in (1..10001) %}x{% endfor %}{% endcase %}', '(1..10001)'],
    ['{% for i in (1..101) %}{% for j in (1..100) %}x{% endfor %}{% endfor %}', '(1..100)'],
    ['{% for i in member.tags %}x{% else %}{% for j in (1..10001) %}x{% endfor %}{% endfor %}', '(1..10001)'],
  ])('%s is refused', (source, what) => {
    const { problems } = checkText(source, known);
    expect(problems.map((it) => [it.code, it.what])).toEqual([['too-many-rounds', what]]);
  });

  it.each([
    '{% for i in (1..10000) %}x{% endfor %}',
    '{% for i in (1..100) %}{% for j in (1..100) %}x{% endfor %}{% endfor %}',
    '{% for i in (1..100) %}{% if (1..100) contains i %}x{% endif %}{% endfor %}',
    '{% for i in (9..1) %}x{% endfor %}',
    '{% for i in (1..member.points) %}x{% endfor %}',
    'Numbers (1..100000000) as words, {% raw %}{% for i in (1..100000000) %}{% endraw %}',
  ])('%s is taken', (source) => expect(checkText(source, known).problems).toEqual([]));
});
