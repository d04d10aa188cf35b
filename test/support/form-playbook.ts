// A form as members see it, for pictures and for filling in; and the link to one that is open.
import type { JsonObject } from '../../engine/json.ts';
import { linkUrl, officeOf } from '../../workers/store/link.ts';
import { KEYRING, PUBLIC_URL } from './app.ts';

const said = (zh: string, en: string) => ({ 'zh-CN': zh, en });

/** What the step is set to: three questions, one of which must be answered, and a consent. */
export const FORM: JsonObject = {
  title: said('周末读书会报名', 'Sign up for the book club'),
  questions: [
    { key: 'name', label: said('怎么称呼您？', 'Your name?'), type: 'text', required: true },
    {
      key: 'part',
      label: said('想参加哪一场？', 'Which session?'),
      type: 'choice',
      options: [
        { value: 'sat', label: said('周六晚上八点', 'Saturday at eight') },
        { value: 'sun', label: said('周日下午三点', 'Sunday at three') },
      ],
    },
    { key: 'again', label: said('以前来过吗？', 'Have you been here before?'), type: 'yes-no' },
  ],
  until: { for: 'P7D' },
  counts: 'sign_ups',
  consent: 'marketing',
  consentText: said(
    '我愿意收到读书会的消息，随时可以退出。',
    'Send me news of the club; I can stop it at any time.',
  ),
};

/** The address of an open form, without its host, as the link in a group leads there. */
export const pathToForm = (run: string, node: number, now = Date.now()): string =>
  linkUrl(officeOf(KEYRING, PUBLIC_URL)!, { kind: 'form', run, node, ordinal: 0 }, now).slice(
    PUBLIC_URL.length,
  );
