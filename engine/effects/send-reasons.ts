// Why a message did not go out, or not yet, in the words of the people who ask.
// Not the rules: see send-gate.ts. What is stored is the code; what a provider answers is said by engine/channels/reasons.ts.
import { sayReason as ofChannel } from '../channels/reasons.ts';
import type { Text } from '../document.ts';

/** The reasons by code. A code once stored stays known for ever. */
export const SEND_REASONS = {
  // Withheld by the gate for good.
  sender: {
    'zh-CN': '渠道账号的发送人还没有认证',
    en: 'Nobody has vouched for whom the channel account speaks',
  },
  gone: {
    'zh-CN': '已不在社群里，或不再符合发送范围',
    en: 'No longer there, or no longer in the audience',
  },
  address: { 'zh-CN': '在这个渠道上没有地址', en: 'Has no address on this channel' },
  'opt-out': { 'zh-CN': '已退订', en: 'Has opted out' },
  consent: { 'zh-CN': '没有同意接收营销消息', en: 'Has not agreed to marketing' },
  cap: { 'zh-CN': '已达到频次上限', en: 'Had as many messages as the caps allow' },
  budget: { 'zh-CN': '渠道额度已用完', en: 'The channel’s budget is used up' },
  'too-long': { 'zh-CN': '内容超过渠道的长度上限', en: 'The text is longer than the channel takes' },
  declined: { 'zh-CN': '负责人决定不发', en: 'A colleague decided not to send it' },
  dropped: { 'zh-CN': '运行已离开这一步', en: 'The run has left the step' },
  // Put off.
  quiet: { 'zh-CN': '静默时段，结束后再发', en: 'Quiet hours: sent when they are over' },
  rate: { 'zh-CN': '等待渠道的发送频率', en: 'Waits for the channel’s rate limit' },
  circuit: { 'zh-CN': '渠道接连失败，暂停片刻', en: 'The channel keeps failing and rests for a while' },
  retry: { 'zh-CN': '渠道暂时没有收下，稍后再试', en: 'The channel did not take it, and is tried again' },
  paused: { 'zh-CN': '运行已暂停', en: 'The run is paused' },
  // Not delivered.
  expired: { 'zh-CN': '已过期', en: 'It had expired' },
  delivery: { 'zh-CN': '没有送达', en: 'It could not be delivered' },
  text: { 'zh-CN': '内容里的占位符没有值', en: 'A placeholder in the text has no value' },
  'no-answer': { 'zh-CN': '已交给渠道，没有收到答复', en: 'Handed over, and no answer came back' },
  unspecified: { 'zh-CN': '没有记录原因', en: 'No reason was recorded' },
} as const satisfies Readonly<Record<string, Text>>;

/** A reason that the product itself gives. */
export type SendReason = keyof typeof SEND_REASONS;

/** Why something was put off, when it has expired meanwhile: nothing is sent any more. */
const TOO_LATE: Readonly<Partial<Record<SendReason, Text>>> = {
  quiet: { 'zh-CN': '静默时段还没结束就过期了', en: 'It expired before quiet hours were over' },
  rate: {
    'zh-CN': '等待渠道的发送频率时过期了',
    en: 'It expired while it waited for the channel’s rate limit',
  },
  circuit: { 'zh-CN': '渠道接连失败，暂停期间过期了', en: 'It expired while the channel kept failing' },
  retry: { 'zh-CN': '渠道一直没有收下，直到过期', en: 'The channel did not take it before it expired' },
  paused: { 'zh-CN': '运行暂停期间过期了', en: 'It expired while the run was paused' },
};

/** A stored reason for people; what is not the gate's is the channel's. `state`: that of the delivery it stands at. */
export function sayReason(reason: string, state?: string): Text {
  const late = state === 'expired' && Object.hasOwn(TOO_LATE, reason);
  if (late) return TOO_LATE[reason as SendReason]!;
  if (Object.hasOwn(SEND_REASONS, reason)) return SEND_REASONS[reason as SendReason];
  const { zh, en } = ofChannel(reason);
  return { 'zh-CN': zh, en };
}
