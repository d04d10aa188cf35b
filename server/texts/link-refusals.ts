// Refusals of set-up and invitation links. Not what a member's links say: see pages/sayings.ts.
import { entry } from './refusal-entry.ts';

export const linkRefusals = {
  'link-used': entry(
    410,
    [
      '这个链接已经用过、过期或不存在。',
      '请负责人发一个新的邀请；首次设置的链接在 npm start 时会再打印一次。',
    ],
    [
      'This link was used, has expired, or never existed.',
      'Ask an owner for a new invitation; the first set-up link is printed again by `npm start`.',
    ],
  ),
  'link-spent': entry(
    410,
    [
      '这个链接已经用过了。',
      '每个链接只能用一次。如果账号就是您创建的，请直接登录；否则请负责人再发一个邀请。',
    ],
    [
      'This link has been used.',
      'Each works once. If it was you, sign in; otherwise ask an owner of the team for another invitation.',
    ],
  ),
  'link-expired': entry(
    410,
    ['这个链接过期了。', '邀请一周内有效。请负责人再发一个。'],
    ['This link has expired.', 'Invitations are good for a week. Ask an owner of the team for another one.'],
  ),
  'link-unknown': entry(
    410,
    [
      '这个链接没有用。',
      '看看复制得是否完整，或者请负责人再发一个邀请。首次设置的链接以 npm start 最近打印的为准；已经设置过的，请直接登录。',
    ],
    [
      'This link leads nowhere.',
      'See whether it was copied whole, or ask an owner for another invitation. Of first set-up links the one that `npm start` printed last counts; where that is done, sign in.',
    ],
  ),
} as const;
