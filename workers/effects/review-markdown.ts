// A review as Markdown, in Chinese or English: what was computed, and the headings under which people go on.
// Pure. Not the numbers: see review.ts.
import { sayInstant } from '../../engine/calendar/say.ts';
import type { Text } from '../../engine/document.ts';
import { isoOf } from '../../engine/instant.ts';
import { channelKind } from '../../engine/channels/index.ts';
import { sayReason } from '../../engine/effects/send-reasons.ts';
import { metrics } from '../../engine/metrics.ts';
import { sayDeed } from '../../engine/run-commands.ts';
import type { Review, ReviewMessage, ReviewStep } from './review.ts';
import { metricName, metricRow, sayValue } from './review-metrics.ts';
import { taskRows } from './review-tasks.ts';
import { stateOf, wordFor, type Language } from './review-words.ts';

/** The whole draft. */
export function reviewMarkdown(review: Review, language: Language): string {
  const say = (zh: string, en: string): string => (language === 'zh' ? zh : en);
  const at = (instant: number): string =>
    sayInstant(instant, review.head.zone, say('zh-CN', 'en'), 'year') ?? isoOf(instant);
  const tools: Tools = {
    say,
    colon: say('：', ': '),
    comma: say('，', ', '),
    at,
    word: (kind, name) => wordFor(kind, name, language),
    deed: (action) => sayDeed(action)[language],
    // A delivery that was withheld without a reason is counted by its state.
    withheld: (reason) => stateOf(reason, language) ?? textIn(sayReason(reason), language),
    channel: (name) => channelKind(name)?.label[language] ?? name,
    language,
    text: (text) => textIn(text, language),
    metric: (metric, window) => metricName({ metric, window: window ?? null }, language, review.reported),
    value: (metric, value) => (value === null ? '—' : sayValue(metric, value, language)),
  };
  return [
    head(review, tools),
    goal(review, tools),
    result(review, tools),
    process(review, tools),
    tasks(review, tools),
    messages(review.messages, tools),
    blank(say('4 分析原因', '4 Analysis'), [
      say('亮点（至多三条，各附事实）：', 'Highlights (at most three, each with its fact):'),
      say('瑕疵（至多三条，各问五个为什么）：', 'Flaws (at most three, each with five whys):'),
    ]),
    blank(say('5 总结规律', '5 Insight'), [
      say('继续做 / 不再做 / 开始做 / 试一试：', 'Keep / stop / start / try:'),
      say('可以复用的话术：', 'Scripts worth reusing:'),
    ]),
    blank(say('6 行动', '6 Actions'), [say('谁、做什么、到什么时候：', 'Who, what, by when:')]),
    fairness(review, tools),
    notes(review, tools),
  ].join('\n\n');
}

interface Tools {
  readonly say: (zh: string, en: string) => string;
  readonly colon: string;
  readonly comma: string;
  readonly at: (instant: number) => string;
  readonly language: Language;
  readonly word: (kind: Parameters<typeof wordFor>[0], name: string) => string;
  readonly deed: (action: string) => string;
  readonly withheld: (reason: string) => string;
  readonly channel: (name: string) => string;
  readonly text: (text: Text | null) => string;
  readonly metric: (name: string, window?: string | null) => string;
  readonly value: (metric: string, value: number | null) => string;
}

function head({ head: it }: Review, { say, at, text, colon, comma }: Tools): string {
  const mode =
    it.mode === 'fast' ? say('（压缩时间，模拟社群）', ' (compressed time, synthetic community)') : '';
  return [
    `# ${say('复盘', 'Review')}${colon}${text(it.title)}`,
    '',
    `- ${say('版本', 'Version')} ${it.version}${mode}`,
    `- ${say('运行', 'Run')} ${it.run}`,
    `- ${say('开始', 'Started')} ${at(it.started)}${comma}${say('起草', 'drafted')} ${at(it.drafted)}`,
  ].join('\n');
}

function goal(
  { goal: it, changes }: Review,
  { say, at, word, deed, metric, value, colon, comma }: Tools,
): string {
  const lines = [`## ${say('1 回顾目标', '1 Goal')}`, ''];
  if (it === null) lines.push(say('这个剧本没有写明目标。', 'The playbook names no goal.'));
  else {
    lines.push(
      `- ${metric(it.metric, it.window)}${colon}${say('基线', 'baseline')} ${value(it.metric, it.baseline)}${comma}${say('目标', 'target')} ${value(it.metric, it.target)}`,
    );
  }
  if (changes.length > 0) {
    lines.push('', `${say('运行中的改动', 'Changes while it ran')}${colon}`);
    for (const change of changes)
      lines.push(`- ${at(change.at)} ${deed(change.what)} (${word('who', change.by)})`);
  }
  return lines.join('\n');
}

function result(
  { goal: it, guardrails, metrics: asked, counts, reported }: Review,
  { say, metric, value, colon, language, text }: Tools,
): string {
  const rows = [
    ...(it === null
      ? []
      : [
          [
            metric(it.metric, it.window),
            value(it.metric, it.target),
            value(it.metric, it.actual),
            light(it.reached),
          ],
        ]),
    ...guardrails.map(({ metric: name, atMost, actual, kept }) => [
      metric(name),
      `≤ ${value(name, atMost)}`,
      value(name, actual),
      light(kept),
    ]),
  ];
  const facts = [
    [say('报名', 'Sign-ups'), counts.signUps],
    [say('触达（群为估计）', 'Reached (groups are estimates)'), counts.reached],
    [say('送达', 'Delivered'), counts.delivered],
    [say('失败', 'Failed'), counts.failed],
    [say('退订', 'Opt-outs'), counts.optOuts],
    [say('投诉', 'Complaints'), counts.complaints],
    // What forms count towards a metric of the product is in that metric already.
    ...Object.entries(counts.reported)
      .filter(([name]) => !Object.hasOwn(metrics, name))
      .map(
        ([name, value]) =>
          [`${text(reported[name] ?? null) || name}${say('（上报）', ' (reported)')}`, value] as const,
      ),
  ];
  return [
    `## ${say('2 评估结果', '2 Result')}`,
    '',
    ...(rows.length === 0
      ? []
      : [table([say('指标', 'Metric'), say('目标', 'Target'), say('实际', 'Actual'), ''], rows), '']),
    ...(asked.length === 0
      ? []
      : [
          table(
            [say('指标', 'Metric'), say('数值', 'Value'), 'n', ''],
            asked.map((one) => metricRow(one, language, reported)),
          ),
          '',
        ]),
    `${say('漏斗', 'Funnel')}${colon}${funnel(counts, say)}`,
    '',
    ...facts.map(([name, value]) => `- ${name}${colon}${value}`),
  ].join('\n');
}

function funnel({ reached, signUps }: Review['counts'], say: Tools['say']): string {
  const share = reached === 0 ? '' : ` (${((signUps / reached) * 100).toFixed(1)} %)`;
  return `${say('触达', 'reached')} ${reached} → ${say('报名', 'signed up')} ${signUps}${share}`;
}

function process({ steps, notices }: Review, { say, at, text, language, comma }: Tools): string {
  const row = (step: ReviewStep): string[] => [
    at(step.first),
    text(step.title) || step.node,
    String(step.passed),
    Object.entries(step.ports)
      .map(([port, count]) => `${step.labels[port]?.[language] ?? say('到此', 'here')} ${count}`)
      .join(comma),
    [
      step.late > 0 ? say(`迟到 ${step.late}`, `${step.late} late`) : '',
      step.skipped > 0 ? say(`跳过 ${step.skipped}`, `${step.skipped} skipped`) : '',
      step.stuck > 0 ? say(`停住 ${step.stuck}`, `${step.stuck} stuck`) : '',
    ]
      .filter((it) => it !== '')
      .join(comma),
  ];
  const heads = [
    say('首次', 'First'),
    say('步骤', 'Step'),
    say('通过', 'Passed'),
    say('出口', 'Ports'),
    say('异常', 'Odd'),
  ];
  return [
    `## ${say('3 过程', '3 Process')}`,
    '',
    table(heads, steps.map(row)),
    ...(notices.length === 0
      ? []
      : ['', ...notices.map((notice) => `- ${at(notice.at)} ${text(notice.text)}`)]),
  ].join('\n');
}

function tasks(review: Review, { say, text, at, comma, language }: Tools): string {
  const title = `### ${say('任务', 'Tasks')}`;
  if (review.tasks.length === 0) return `${title}\n\n${say('没有任务。', 'There were none.')}`;
  const heads = [
    say('任务', 'Task'),
    say('角色', 'Role'),
    say('期限', 'Due'),
    say('完成', 'Closed'),
    say('结果', 'Outcome'),
    '',
  ];
  return [title, '', table(heads, taskRows(review, { say, text, at, comma, language }))].join('\n');
}

function messages(list: readonly ReviewMessage[], { say, at, withheld, channel, comma }: Tools): string {
  const row = (message: ReviewMessage): string[] => [
    at(message.at),
    channel(message.channel),
    shortened(message.text.split('\n')[0]!),
    String(message.sent),
    Object.entries(message.withheld)
      .map(([reason, count]) => `${withheld(reason)} ${count}`)
      .join(comma),
  ];
  if (list.length === 0)
    return `### ${say('消息', 'Messages')}\n\n${say('没有发过消息。', 'There were none.')}`;
  const heads = [
    say('时间', 'When'),
    say('渠道', 'Channel'),
    say('内容', 'Text'),
    say('送达', 'Sent'),
    say('没有发', 'Withheld'),
  ];
  return [`### ${say('消息', 'Messages')}`, '', table(heads, list.map(row))].join('\n');
}

function fairness(
  { counts, messages: list, tasks: done }: Review,
  { say, withheld, colon, comma }: Tools,
): string {
  const sums = new Map<string, number>();
  for (const message of list)
    for (const [reason, count] of Object.entries(message.withheld))
      sums.set(reason, (sums.get(reason) ?? 0) + count);
  const reasons = [...sums].map(([reason, count]) => `${withheld(reason)} ${count}`).join(comma);
  const self = done.filter((task) => task.self).length;
  return blank(say('7 合规与公平', '7 Fairness'), [
    say(
      `退订 ${counts.optOuts}，投诉 ${counts.complaints}`,
      `${counts.optOuts} opt-outs, ${counts.complaints} complaints`,
    ),
    `${say('没有发出的消息', 'Messages withheld')}${colon}${reasons === '' ? say('无', 'none') : reasons}`,
    say(`发起人自己审批：${self} 项`, `Approved by whoever launched the run: ${self}`),
  ]);
}

const notes = (_review: Review, { say }: Tools): string =>
  blank(say('8 附录', '8 Notes'), [
    say(
      '触达按群人数估计，不代表已读；样本不足 20 的比例不显示。',
      'Reach in groups is an estimate from head counts, never a number of readers; rates of fewer than 20 are not shown.',
    ),
    say(
      '每个数字都来自这次运行的记录，可以重新算出；人工费用、奖品和订单还没有计入。',
      'Every number comes from what this run recorded and can be computed again; labour, prizes and orders are not in it yet.',
    ),
  ]);

const shortened = (text: string): string => {
  const letters = Array.from(text);
  return letters.length <= 40 ? text : `${letters.slice(0, 39).join('')}…`;
};

const blank = (title: string, lines: readonly string[]): string =>
  [`## ${title}`, '', ...lines.map((line) => `- ${line}`)].join('\n');

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeCell).join(' | ')} |`;
  return [line(heads), `|${heads.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

// What members and operators wrote must not become a table of its own.
const escapeCell = (text: string): string => text.replaceAll('\n', ' ').replaceAll('|', '\\|');

const light = (good: boolean | null): string => (good === null ? '⚪' : good ? '🟢' : '🔴');

const textIn = (text: Text | null, language: Language): string =>
  text === null ? '' : (text[language === 'zh' ? 'zh-CN' : 'en'] ?? Object.values(text)[0] ?? '');
