// The product's own words inside a review: states and who acted, in Chinese and English.
// What operators named themselves (titles, ports, metrics of theirs) is said in their words.

/** A language in which reviews are written. */
export type Language = 'zh' | 'en';

type Words = Readonly<Record<string, Readonly<Record<Language, string>>>>;

const words = {
  task: {
    open: { zh: '没有做', en: 'open' },
    accepted: { zh: '做了一半', en: 'accepted' },
    escalated: { zh: '升级后没有做', en: 'escalated' },
    done: { zh: '完成', en: 'done' },
    expired: { zh: '过期', en: 'expired' },
    cancelled: { zh: '已取消', en: 'cancelled' },
    dropped: { zh: '不再需要', en: 'no longer needed' },
  },
  who: {
    script: { zh: '脚本', en: 'script' },
    key: { zh: 'API 密钥', en: 'API key' },
    watch: { zh: '盯数据', en: 'a watch' },
    system: { zh: '系统', en: 'the system' },
  },
} as const satisfies Readonly<Record<string, Words>>;

/** States of messages that did not arrive. */
const UNDELIVERED: Words = {
  expired: { zh: '过期', en: 'expired' },
  failed: { zh: '发送失败', en: 'failed' },
  skipped: { zh: '没有发', en: 'skipped' },
};

/** The state of a message that did not arrive; undefined for what is none. */
export const stateOf = (name: string, language: Language): string | undefined =>
  Object.hasOwn(UNDELIVERED, name) ? UNDELIVERED[name]![language] : undefined;

/** A word of the product in a language; what is not its own stays as it is. */
export function wordFor(kind: keyof typeof words, name: string, language: Language): string {
  const known: Words = words[kind];
  return Object.hasOwn(known, name) ? known[name]![language] : name;
}
