// What the interpreter's own codes are called: why a visit is stuck or was skipped, what was decided about it, how a subject ended.
// Not the reasons that playbooks give for an end, which are theirs; nor what effects answer (effects/words.ts).
import { ENDED_BY_OPERATOR } from './control.ts';
import type { Control, Passed, Stuck } from './protocol.ts';

interface Said {
  readonly zh: string;
  readonly en: string;
}

/** Why a visit is parked. */
export const STUCK_WORDS: Readonly<Record<Stuck['reason'], Said>> = {
  failed: { zh: '多次尝试都失败了', en: 'It failed again and again' },
  doubt: { zh: '发出后没有答复，不知道成没成', en: 'Handed over without an answer: nobody knows' },
  late: { zh: '来得太晚，等您决定还做不做', en: 'It came late: do it all the same?' },
  calls: { zh: '调用次数太多', en: 'Too many calls' },
};

/**
 * What trying a visit in doubt again does. `asks`: what the receiver has is not sent again. `message`, `request`: it cannot be
 * asked, and somebody may get it twice.
 */
export const AGAIN_WORDS: Readonly<Record<'asks' | 'message' | 'request', Said>> = {
  asks: {
    zh: '重试会先问对方：收到了的不再发，没收到的才发；对方答不上来，就仍停在这里。',
    en: 'Trying again asks the receiver first: what it has is not sent again; while it cannot say, it stays here.',
  },
  message: {
    zh: '这个渠道没法问对方收没收到：重试会再发一次，成员可能收到两次。',
    en: 'This channel cannot be asked what it has received: trying again sends once more, and a member may get it twice.',
  },
  request: {
    zh: '没法问对方收没收到：重试会用同一个键再请求一次，对方若不认这个键，可能做两次。',
    en: 'The other system cannot be asked: trying again repeats the request under the same key, and it may act twice unless it knows the key.',
  },
};

/** What became of a parked visit. */
export const RESOLUTION_WORDS: Readonly<Record<'retry' | 'skip' | 'end' | 'dropped', Said>> = {
  retry: { zh: '重试', en: 'tried again' },
  skip: { zh: '跳过', en: 'skipped' },
  end: { zh: '结束', en: 'ended' },
  dropped: { zh: '不再需要', en: 'no longer needed' },
};

/** Why a visit was skipped. */
export const SKIPPED_WORDS: Readonly<Record<NonNullable<Passed['skipped']>, Said>> = {
  late: { zh: '太晚，跳过', en: 'too late, skipped' },
  operator: { zh: '有人决定跳过', en: 'skipped by a colleague' },
  off: { zh: '这一步已停用', en: 'the step is switched off' },
};

/** How a subject ends where its playbook gives no reason of its own. */
export const END_WORDS: Readonly<Record<'done' | typeof ENDED_BY_OPERATOR, Said>> = {
  done: { zh: '走完了', en: 'went through to the end' },
  [ENDED_BY_OPERATOR]: { zh: '有人让它到此结束', en: 'ended by a colleague' },
};

/** Commands that leave their name as the reason of a run's state. */
export const COMMAND_WORDS: Readonly<Record<Control['do'], Said>> = {
  pause: { zh: '有人暂停了', en: 'paused by a colleague' },
  resume: { zh: '继续了', en: 'resumed' },
  cancel: { zh: '有人停止了', en: 'stopped by a colleague' },
  retime: { zh: '改了日期', en: 'the date was moved' },
  retry: { zh: '重试了一步', en: 'a step was tried again' },
  skip: { zh: '跳过了一步', en: 'a step was skipped' },
  end: { zh: '结束了一步', en: 'a step was ended' },
};

/** Words for a code of one of these tables; a code without words is shown beside a neutral one. */
export function sayCode(words: Readonly<Record<string, Said>>, code: string): Said {
  return Object.hasOwn(words, code) ? words[code]! : { zh: `其他（${code}）`, en: `other (${code})` };
}
