// The words by which a text deceives: numbers that nobody counted, scarcity that nothing limits, people who do not exist.
// Not who is asked: the compiler looks at messages and scripts, and the lint of a step at its own text.
import { FIELD_ROOTS } from './language/rule.ts';

/** What stands for a number that was typed elsewhere, so that the patterns see it. */
const TYPED_ELSEWHERE = '\uE000';

// The length of a number is bounded, so that a text of digits takes no longer than any other.
const DIGITS = String.raw`(?<![\d,.])\d(?:[\d,.]{0,11}\d)?`;
const SPELLED =
  '[零〇一二两三四五六七八九十百千万亿几数]{0,8}[十百千万亿][零〇一二两三四五六七八九十百千万亿]{0,8}';
const NUMBER = `(${DIGITS}|${SPELLED}|${TYPED_ELSEWHERE})`;
const MORE = String.raw`\s{0,3}[万千百]?\s{0,3}[多余+]?\s{0,3}`;
const COME = '(?:报名|加入|参加|参与|入群|下单|购买|领取|预约)';
const PEOPLE = '(?:people|members|friends|others|customers)';
// A number that is a condition claims nothing: “报名人数超过 20 人时再播报”.
const NO_CONDITION = String.raw`(?![\d,.]|${MORE}[人位名]?\s{0,3}(?:时|后|才|再|就|以上|以下|的话))`;

const TYPED = [
  String.raw`(?:已有|已经有|已经|现已|现有|目前有|目前)\s{0,3}(?:超过|突破|近)?\s{0,3}${NUMBER}${MORE}(?:人|位|名|单|件|份)`,
  String.raw`(?:仅剩|只剩|还剩|最后|剩余)\s{0,3}${NUMBER}\s{0,3}(?:个|名|位|席|件|份|张|单)`,
  String.raw`${NUMBER}${MORE}[人位名][^\s\d,.!?;。]{0,6}(?:已经?${COME}|${COME}了)`,
  String.raw`${COME}(?:人数|总数|数|量)\s{0,3}(?:已经?)?\s{0,3}(?:突破|超过|达到?|逾|高达)\s{0,3}${NUMBER}${NO_CONDITION}`,
  String.raw`${NUMBER}\+?\s{1,3}${PEOPLE}\s{1,3}(?:have\s{1,3})?(?:already\s{1,3})?(?:joined|signed up|bought|registered|taken)`,
  String.raw`${NUMBER}\+?\s{1,3}(?:have\s{1,3})?(?:already\s{1,3})?(?:joined|signed up|registered)\b`,
  String.raw`\bjoin\s{1,3}(?:(?:over|more than)\s{1,3})?${NUMBER}\+?\s{1,3}${PEOPLE}\b`,
  String.raw`\bonly\s{1,3}${NUMBER}\s{1,3}(?:\w{1,20}\s{1,3})?(?:left|remaining|remain)\b`,
].map((pattern) => new RegExp(pattern, 'i'));

// Words that claim a limit. Until a message can be bound to an offer's real stock and end, they claim it of nothing.
const SCARCITY = new RegExp(
  [
    '限时|限量|限额|名额|仅剩|仅限|最后一天|手慢无|即止|先到先得',
    String.raw`前\s{0,3}${NUMBER}\s{0,3}[名位人单件][^\n,.!?;。]{0,8}(?:免费|半价|特价|立减|优惠|赠|送)`,
    'limited (?:time|seats|places|stock|offer)|last chance|while stocks? lasts?',
    String.raw`only (?:\d{1,9}|a few|few|a handful of) (?:left|seats|places|spots)`,
  ].join('|'),
  'i',
);

// Words that offer something for sale. What somebody has bought, owns or booked is told without them.
const PROMOTION = new RegExp(
  [
    '秒杀|抢购|促销|特价|立减|满减|打折|折扣|半价|买一[送赠]一|优惠价|[领抢享][^\\s,.!?;。]{0,6}(?:优惠|红包|券)|限时优惠',
    String.raw`[一二三四五六七八九\d](?:\.\d)?折(?!叠|腾|磨|算|中|断)`,
    '(?:立即|马上|赶快|赶紧|点击|戳)[^\\s,.!?;。]{0,6}(?:下单|购买|抢|开通会员)',
    String.raw`\b\d{1,2}\s?% off\b|\b(?:special|limited|exclusive) offers?\b|\b(?:discount|promo|coupon) codes?\b|\bdiscounts?\b`,
    String.raw`\b(?:buy|order|shop|purchase) (?:now|today)\b|\bflash sale\b|\bon sale\b|\bhalf price\b`,
  ].join('|'),
  'i',
);

const ASKS_FOR_PUPPETS = new RegExp(
  [
    '(?:用|安排|注册|切换|登录|找|雇|发动|组织|让)[^、]{0,8}(?:小号(?!码|尺|的?[衣杯袋T])|马甲号|水军)',
    '[用换披](?:上|个|几个|一些|不同的)?马甲',
    '刷好评',
    String.raw`\b(?:use|using|create|register|prepare|hire|from|with)\s(?:\w{1,20}\s){0,3}(?:fake accounts?|sock ?puppets?)\b`,
  ].join('|'),
  'i',
);
const FORBIDS =
  /不(?!妨|断|同|少|要忘)|勿(?!忘)|别(?!忘|人)|禁|杜绝|拒绝|防止|举报|\b(?:no|not|never|without|avoid|forbidden|report)\b|n['’]t\b/i;

/** The first number of a text that claims how many came or how little is left, as it was typed. */
export function typedNumber(text: string): string | undefined {
  const words = plain(text);
  const found = TYPED.map((pattern) => pattern.exec(words)?.[1]).find((value) => value !== undefined);
  return found === TYPED_ELSEWHERE ? '{{ … }}' : found;
}

/** The first words of a text that claim a limit. */
export function scarceWords(text: string): string | undefined {
  return SCARCITY.exec(plain(text))?.[0].replaceAll(TYPED_ELSEWHERE, '{{ … }}');
}

/** The first words of a text that offer something for sale. */
export function promotingWords(text: string): string | undefined {
  return PROMOTION.exec(plain(text))?.[0].replaceAll(TYPED_ELSEWHERE, '{{ … }}');
}

/** The first words of a text that ask for people who do not exist; a sentence that forbids it asks for nothing. */
export function puppetWords(text: string): string | undefined {
  // A Chinese comma ends what a “不” is about; an English one, with its space, does not.
  const clauses = plain(text).split(/[.!?;。\n]|,(?! )/);
  return clauses
    .filter((clause) => !FORBIDS.test(clause))
    .map((clause) => ASKS_FOR_PUPPETS.exec(clause)?.[0])
    .find((found) => found !== undefined);
}

/** A text in one form of its letters, its placeholders replaced: what is counted disappears, what somebody typed is a number. */
function plain(text: string): string {
  const [first = '', ...rest] = text
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, '')
    .split('{{');
  return first + rest.map(withoutPlaceholder).join('');
}

function withoutPlaceholder(part: string): string {
  const end = part.indexOf('}}');
  if (end < 0) return `…${part}`;
  const root = /^-?\s{0,9}(\w{1,40})/.exec(part)?.[1];
  const isCounted = root !== 'params' && FIELD_ROOTS.some((known) => known === root);
  return (isCounted ? '…' : TYPED_ELSEWHERE) + part.slice(end + 2);
}
