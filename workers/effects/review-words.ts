// The product's own words inside a review: roles, states, reasons, operators' commands, in Chinese and English.
// What operators named themselves (titles, ports, metrics of theirs) is said in their words.

/** A language in which reviews are written. */
export type Language = 'zh' | 'en';

type Words = Readonly<Record<string, Readonly<Record<Language, string>>>>;

const words = {
  role: {
    owner: { zh: '负责人', en: 'owner' },
    designer: { zh: '设计', en: 'designer' },
    operator: { zh: '运营', en: 'operator' },
    approver: { zh: '审批人', en: 'approver' },
  },
  task: {
    open: { zh: '没有做', en: 'open' },
    accepted: { zh: '做了一半', en: 'accepted' },
    escalated: { zh: '升级后没有做', en: 'escalated' },
    done: { zh: '完成', en: 'done' },
    expired: { zh: '过期', en: 'expired' },
    dropped: { zh: '不再需要', en: 'no longer needed' },
  },
  withheld: {
    sender: { zh: '发送人未认证', en: 'sender not verified' },
    consent: { zh: '没有同意', en: 'no consent' },
    'opt-out': { zh: '已退订', en: 'opted out' },
    cap: { zh: '到了频次上限', en: 'cap reached' },
    expired: { zh: '过期', en: 'expired' },
    failed: { zh: '发送失败', en: 'failed' },
    skipped: { zh: '没有发', en: 'skipped' },
  },
  command: {
    'run.pause': { zh: '暂停', en: 'paused' },
    'run.resume': { zh: '恢复', en: 'resumed' },
    'run.cancel': { zh: '取消', en: 'cancelled' },
    'run.retime': { zh: '改期', en: 'date moved' },
    'run.set-param': { zh: '改参数', en: 'parameters changed' },
    'run.retext': { zh: '改文案', en: 'texts changed' },
    'run.retry': { zh: '重试一步', en: 'a step tried again' },
    'run.skip': { zh: '跳过一步', en: 'a step skipped' },
    'run.end': { zh: '结束一步', en: 'a step ended' },
    'run.cast': { zh: '换人', en: 'roles filled anew' },
  },
  who: {
    script: { zh: '脚本', en: 'script' },
    key: { zh: 'API 密钥', en: 'API key' },
    watch: { zh: '盯数据', en: 'a watch' },
    system: { zh: '系统', en: 'the system' },
  },
} as const satisfies Readonly<Record<string, Words>>;

/** A word of the product in a language; what is not its own stays as it is. */
export function wordFor(kind: keyof typeof words, name: string, language: Language): string {
  const known: Words = words[kind];
  return Object.hasOwn(known, name) ? known[name]![language] : name;
}
