// The pages of the editor and what must be seen on each: when it is full, and when there is nothing yet.
// Of the pages that the server draws, the one that most people see is here: a member's form. The others (set-up, settings,
// colleagues' links) and what becomes of an answer are in ../server/pages-browser.test.ts.
import type { Language } from '../support/temporal-editor.ts';

/** Ids of what stands in the installation of the test. */
export interface Stocked {
  readonly published: string;
  readonly draft: string;
  readonly finished: string;
  readonly waiting: string;
  /** A run in which nothing happens for years. */
  readonly later: string;
  readonly task: string;
  readonly report: string;
  /** The address of a form as a member gets it. */
  readonly form: string;
}

interface Both extends Readonly<Record<Language, string>> {}

/** A page, or a dialog of one. */
export interface PageStates {
  readonly name: string;
  /** Its address behind `#/`. */
  readonly at: (ids: Stocked) => string;
  /** The button that opens the dialog. */
  readonly open?: Both;
  /** A phone keeps the button in its menu. */
  readonly inMenu?: true;
  /** The server draws it: it has an address of its own, is looked at on phones, and neither waits nor fails in the page. */
  readonly isServed?: true;
  /** What is there as soon as everything has come. */
  readonly full: string;
  /** What it says when there is nothing yet. `at`: where, unless the page is the same for everybody. */
  readonly empty?: Both & { readonly at?: (ids: Stocked) => string };
}

export const WORDS = {
  zh: {
    playbooks: '剧本',
    rehearse: '彩排',
    clock: '彩排的时间',
    review: '打开复盘',
    more: '更多',
    message: '服务器出了点问题。',
    advice: '什么都没有丢，请稍后再试。',
    again: '再试一次',
    copy: '复制详情',
    email: '邮箱',
    password: '密码',
    enter: '登录',
    wrong: '邮箱或密码不对',
  },
  en: {
    playbooks: 'Playbooks',
    rehearse: 'Rehearse',
    clock: 'Time of the rehearsal',
    review: 'Open the review',
    more: 'More',
    message: 'The server met a problem.',
    advice: 'Nothing is lost; please try again later.',
    again: 'Try again',
    copy: 'Copy the details',
    email: 'E-mail',
    password: 'Password',
    enter: 'Sign in',
    wrong: 'The e-mail',
  },
} as const;

/** In this order no page follows itself once a dialog has been opened: going on closes it. What is served ends it. */
export const PAGES: readonly PageStates[] = [
  {
    name: 'today',
    at: () => 'today',
    full: '.today .lines a[href*="tasks"]',
    empty: { zh: '活动跑起来以后', en: 'Once an activity runs' },
  },
  {
    name: 'playbooks',
    at: () => 'playbooks',
    full: '.templates .drawing >> nth=2',
    empty: { zh: '还没有剧本。', en: 'No playbooks yet.' },
  },
  {
    name: 'install',
    at: () => 'playbooks',
    open: { zh: '先填参数…', en: 'Fill in first…' },
    full: '.ant-modal .needs input',
  },
  { name: 'canvas', at: ({ published }) => `playbooks/${published}`, full: '.react-flow__node' },
  {
    name: 'history',
    at: ({ published }) => `playbooks/${published}`,
    open: { zh: '历史', en: 'History' },
    inMenu: true,
    full: '.past .states button',
  },
  { name: 'publish', at: ({ published }) => `playbooks/${published}/publish`, full: '.figures' },
  {
    name: 'share',
    at: () => 'playbooks',
    open: { zh: '分享', en: 'Share' },
    full: '.ant-modal .ant-btn-primary',
  },
  {
    name: 'rehearsal',
    at: ({ published }) => `playbooks/${published}`,
    open: { zh: '彩排', en: 'Rehearse' },
    inMenu: true,
    full: '.stage .letter',
  },
  {
    name: 'launch',
    at: ({ published }) => `playbooks/${published}/launch`,
    full: '.ahead .days li',
    empty: {
      at: ({ draft }) => `playbooks/${draft}/launch`,
      zh: '这个剧本还没有发布',
      en: 'This playbook is not published yet',
    },
  },
  {
    name: 'runs',
    at: () => 'runs',
    full: '.lines a',
    empty: { zh: '还没有发起过活动', en: 'Nothing was launched yet' },
  },
  {
    name: 'run',
    at: ({ waiting }) => `runs/${waiting}`,
    full: '.lines a[href*="tasks"]',
    empty: {
      at: ({ later }) => `runs/${later}`,
      zh: '现在没有要人做的事。',
      en: 'Nothing waits for people now.',
    },
  },
  { name: 'run-over', at: ({ finished }) => `runs/${finished}`, full: '.run-head .status' },
  { name: 'task', at: ({ task }) => `tasks/${task}`, full: '.outcomes button' },
  { name: 'review', at: ({ report }) => `reports/${report}`, full: '.chart svg' },
  {
    name: 'team',
    at: () => 'team',
    full: '.lines li',
    empty: { zh: '团队里还只有您一个人', en: 'You are alone in the team' },
  },
  { name: 'member-form', at: ({ form }) => form, isServed: true, full: 'main button' },
];
