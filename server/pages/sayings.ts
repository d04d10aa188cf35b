// Pages that only say something: that a link leads nowhere, that a form is closed, that an answer has arrived.
// What a member may do next is part of each.
import type { Language } from '../refusal.ts';
import { markup, type Markup } from './html.ts';

/** A headline, and what to do. */
export interface Said {
  readonly title: string;
  readonly text: string;
}

export const SAYINGS = {
  'no-link': {
    zh: {
      title: '这个链接已经失效',
      text: '它可能过期了，或者被收回了。请到群里或消息里找最新的链接，也可以问发给您链接的人。',
    },
    en: {
      title: 'This link is no longer valid',
      text: 'It may be too old, or it was taken back. Look for the newest one in the group or in your messages, or ask whoever sent it.',
    },
  },
  'no-notice': {
    zh: {
      title: '这个链接已经失效',
      text: '提醒里的链接三天内有效。请直接打开 Kindling，在任务列表里找到它。',
    },
    en: {
      title: 'This link is no longer valid',
      text: 'The links of notices live for three days. Open Kindling itself and find it in the list of tasks.',
    },
  },
  'no-owner': {
    zh: {
      title: '如何不再收到消息',
      text: '这条消息是发到群里的，没有您个人的设置页面。请告诉群管理员您不想再收到，或退出这个群；私聊发给您的消息里有您自己的设置链接。',
    },
    en: {
      title: 'How to stop messages',
      text: 'This message went to a whole group, so it has no page of your own. Tell an admin of the group, or leave the group; messages sent to you alone carry a link to your own settings.',
    },
  },
  'form-not-open': {
    zh: { title: '表单还没有开放', text: '请稍后再打开这个链接。' },
    en: { title: 'This form is not open yet', text: 'Please open the link again later.' },
  },
  'form-closed': {
    zh: { title: '表单已经截止', text: '现在不能再提交了。如果还有话要说，请直接联系群管理员。' },
    en: {
      title: 'This form is closed',
      text: 'It takes no more answers. If there is something left to say, please contact an admin of the group.',
    },
  },
  'form-sent': {
    zh: { title: '已收到，谢谢！', text: '截止前再打开同一个链接，可以修改您的回答。' },
    en: {
      title: 'We have it. Thank you!',
      text: 'Open the same link again before the form closes to change your answer.',
    },
  },
  'form-corrected': {
    zh: { title: '已更新您的回答', text: '之前的回答已被替换。' },
    en: { title: 'Your answer is updated', text: 'It has replaced the earlier one.' },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<Language, Said>>>>;

export type Saying = keyof typeof SAYINGS;

/** The content of such a page. */
export const saying = ({ title, text }: Said): Markup =>
  markup`<h1>${title}</h1>
    <p>${text}</p>`;
