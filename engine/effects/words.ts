// What effects, their codes and the facts beside them are called: in a member's story, on the page of a run, in a rehearsal.
// Not the codes themselves, which stand with each effect; a test holds that none is without words.
import type { Universal } from '../effect.ts';
import { MOST_RULES } from './choose.ts';
import type { effects, EffectName } from './index.ts';

/** Words in both languages of the product. */
export interface Said {
  readonly zh: string;
  readonly en: string;
}

/** The codes of an effect, as far as its type names them one by one. */
type CodeOf<Name extends EffectName> = (typeof effects)[Name]['codes'][number];

type EffectWords = {
  readonly [Name in EffectName]: Said & { readonly codes: Readonly<Record<CodeOf<Name>, Said>> };
};

const counted = (count: number, says: (no: number) => Said): Record<string, Said> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [String(index), says(index + 1)]));

const band = (no: number): Said => ({ zh: `落在第 ${no} 档`, en: `in band ${no}` });

const WORDS: EffectWords = {
  instant: {
    zh: '算时间',
    en: 'Ask the calendar',
    codes: { at: { zh: '定在', en: 'set for' }, past: { zh: '已经过了', en: 'has passed' } },
  },
  choose: {
    zh: '判断条件',
    en: 'Decide',
    codes: {
      ...counted(MOST_RULES, (no) => ({ zh: `符合第 ${no} 条`, en: `rule ${no} holds` })),
      else: { zh: '都不符合', en: 'none holds' },
    },
  },
  measure: {
    zh: '看数据',
    en: 'Measure',
    codes: {
      0: band(1),
      1: band(2),
      2: band(3),
      3: band(4),
      4: band(5),
      5: band(6),
      6: band(7),
      7: band(8),
      8: band(9),
      9: band(10),
      else: { zh: '低于所有档位', en: 'below every band' },
      unknown: { zh: '还没有数据', en: 'no data yet' },
    },
  },
  watch: {
    zh: '盯数据',
    en: 'Watch',
    codes: {
      fine: { zh: '正常，过一会儿再看', en: 'fine, looks again later' },
      breach: { zh: '越过了界限', en: 'went over the limit' },
      ended: { zh: '盯完了', en: 'watched to the end' },
    },
  },
  alert: { zh: '提醒同事', en: 'Alert colleagues', codes: { done: { zh: '提醒了', en: 'told' } } },
  send: {
    zh: '发送',
    en: 'Send',
    codes: {
      sent: { zh: '发出了', en: 'sent' },
      partial: { zh: '发给了一部分人', en: 'sent to some' },
      skipped: { zh: '没有发', en: 'withheld' },
      expired: { zh: '过期没发', en: 'expired' },
      deferred: { zh: '推迟', en: 'put off' },
      waiting: { zh: '等同事发布', en: 'with a colleague' },
    },
  },
  'open-task': {
    zh: '交给同事',
    en: 'Ask a colleague',
    codes: {
      opened: { zh: '等答复', en: 'waits for an answer' },
      remind: { zh: '等答复，到时提醒', en: 'waits for an answer, reminds in time' },
    },
  },
  'remind-task': { zh: '提醒', en: 'Remind', codes: { reminded: { zh: '提醒了', en: 'reminded' } } },
  'escalate-task': {
    zh: '升级',
    en: 'Escalate',
    codes: { escalated: { zh: '升级了', en: 'escalated' } },
  },
  'open-form': { zh: '打开表单', en: 'Open a form', codes: { opened: { zh: '开放了', en: 'opened' } } },
  'close-form': {
    zh: '收表单',
    en: 'Close the form',
    codes: { some: { zh: '有人填', en: 'with answers' }, none: { zh: '没有人填', en: 'without answers' } },
  },
  tag: { zh: '打标签', en: 'Tag', codes: { done: { zh: '打好了', en: 'done' } } },
  'set-attribute': { zh: '写资料', en: 'Set an attribute', codes: { done: { zh: '写好了', en: 'done' } } },
  webhook: {
    zh: '调用外部系统',
    en: 'Call another system',
    codes: { ok: { zh: '对方收下了', en: 'accepted' }, refused: { zh: '对方拒绝了', en: 'refused' } },
  },
  'draft-report': {
    zh: '起草复盘',
    en: 'Draft the review',
    codes: { drafted: { zh: '起草好了', en: 'drafted' } },
  },
  'launch-journey': {
    zh: '启动旅程',
    en: 'Launch the journey',
    codes: { launched: { zh: '启动了', en: 'launched' }, empty: { zh: '没有人进入', en: 'nobody enters' } },
  },
  'start-playbook': {
    zh: '启动另一个剧本',
    en: 'Start another playbook',
    codes: { started: { zh: '启动了', en: 'started' }, refused: { zh: '没能启动', en: 'could not start' } },
  },
};

const UNIVERSALS: Readonly<Record<Universal, Said>> = {
  retry: { zh: '这次没成，会再试', en: 'did not work, is tried again' },
  failed: { zh: '失败', en: 'failed' },
  doubt: { zh: '没有答复，不知道成没成', en: 'no answer: nobody knows' },
};

/** A call that has no answer yet, by the state of its ledger row. */
const STATES: Readonly<Record<string, Said>> = {
  intended: { zh: '正在进行', en: 'under way' },
  done: { zh: '做完了', en: 'done' },
  doubt: UNIVERSALS.doubt,
  released: { zh: '由人决定再试', en: 'tried again by a person' },
};

/** What stands beside an answer, by its key. */
const FACTS: Readonly<Record<string, Said>> = {
  rule: { zh: '规则', en: 'Rule' },
  seen: { zh: '当时看到', en: 'Seen then' },
  unanswered: { zh: '答不出的条件', en: 'Could not be answered' },
  problem: { zh: '问题', en: 'Problem' },
  // Why a text could not be made.
  code: { zh: '问题', en: 'Problem' },
  what: { zh: '在哪里', en: 'Where' },
  expected: { zh: '应该是', en: 'Expected' },
  due: { zh: '截止', en: 'Due' },
  metric: { zh: '指标', en: 'Metric' },
  value: { zh: '数值', en: 'Value' },
  n: { zh: '样本', en: 'Sample' },
  limit: { zh: '界限', en: 'Limit' },
  on: { zh: '关于', en: 'About' },
  add: { zh: '加上', en: 'Added' },
  remove: { zh: '去掉', en: 'Removed' },
  name: { zh: '名称', en: 'Name' },
  recipients: { zh: '收到', en: 'Received' },
  withheld: { zh: '没有发', en: 'Withheld' },
  failed: { zh: '失败', en: 'Failed' },
  expired: { zh: '过期', en: 'Expired' },
  unknown: { zh: '不确定', en: 'In doubt' },
  asked: { zh: '等同事发', en: 'With a colleague' },
  deferred: { zh: '推迟', en: 'Put off' },
  eligible: { zh: '可以进入', en: 'Could enter' },
  door: { zh: '入口', en: 'Entrance' },
  playbook: { zh: '剧本', en: 'Playbook' },
  refusal: { zh: '原因', en: 'Reason' },
  status: { zh: '对方的状态码', en: 'Status of the answer' },
  submissions: { zh: '填写', en: 'Answers' },
  policy: { zh: '逾期怎么办', en: 'When overdue' },
  to: { zh: '交给', en: 'Handed to' },
  channel: { zh: '渠道', en: 'Channel' },
  script: { zh: '由脚本指定', en: 'Set by the script' },
};

/** Words that stand for themselves as the value of a fact: policies, doors, what went wrong with a rule or a call. */
const VALUES: Readonly<Record<string, Said>> = {
  hold: { zh: '留着，标为逾期', en: 'stays, marked as overdue' },
  escalate: { zh: '交给别人', en: 'handed to somebody else' },
  opened: { zh: '现在开放', en: 'opened now' },
  open: { zh: '早已开放', en: 'open already' },
  'no-deadline': { zh: '算不出截止时间', en: 'the deadline cannot be told' },
  'unknown-zone': { zh: '没有这个时区', en: 'there is no such time zone' },
  'unknown-anchor': { zh: '日期参数没有值', en: 'the date has no value' },
  'bad-rule': { zh: '时间写得不对', en: 'the time is not written as one' },
  'out-of-range': { zh: '超出了日历', en: 'beyond the calendar' },
  'unknown-channel': { zh: '没有这个渠道', en: 'there is no such channel' },
  'unreadable-secret': { zh: '渠道的凭证打不开', en: 'the channel’s credentials cannot be opened' },
  'refused-connection': { zh: '连接不上对方', en: 'the other side cannot be connected to' },
  'no-answer': { zh: '没有收到答复', en: 'no answer came' },
  'provider-down': { zh: '对方接连失败，歇一会儿', en: 'the other side keeps failing and rests' },
  absent: { zh: '内容里用到的值还没有', en: 'a value that the text uses is missing' },
  syntax: { zh: '内容写得不对', en: 'the text is not written as one' },
  'too-long': { zh: '内容太长', en: 'the text is too long' },
  failed: { zh: '内容没能生成', en: 'the text could not be made' },
  links: { zh: '链接', en: 'its links' },
  attribute: { zh: '与成员属性的类型不符', en: 'does not fit the type of the attribute' },
  'unknown-host': { zh: '找不到这个地址', en: 'there is no such address' },
  'too-many': { zh: '超过一次能进入的人数', en: 'more than may enter at once' },
};

/** A code that has no words here: shown with them, so that somebody can ask about it. */
const unknown = (code: string): Said => ({ zh: `其他（${code}）`, en: `other (${code})` });

const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** What an effect does. */
export const sayEffect = (effect: string): Said => own(WORDS, effect) ?? unknown(effect);

/** What an effect has answered; without a code, how far it is. */
export function sayAnswer(effect: string, code: string | null, state: string): Said {
  if (code === null) return own(STATES, state) ?? unknown(state);
  const codes: Readonly<Record<string, Said>> = own(WORDS, effect)?.codes ?? {};
  return own(codes, code) ?? own<Said>(UNIVERSALS, code) ?? unknown(code);
}

/** What a fact beside an answer is called. */
export const sayFact = (key: string): Said => own(FACTS, key) ?? unknown(key);

/** The value of a fact, where it is a code. */
export const sayFactValue = (value: string): Said => own(VALUES, value) ?? { zh: value, en: value };
