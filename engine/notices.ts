// Notices to colleagues: the kinds there are, and what several of them say as one message.
// Not whom they go to and by what: see workers/store/notice.ts and workers/staff/.
import { sayInstant } from './calendar/say.ts';
import { fits, type Capabilities } from './channels/kind.ts';
import type { Text } from './document.ts';
import type { Instant } from './instant.ts';

interface Words {
  readonly zh: string;
  readonly en: string;
}

/** What colleagues can be told of. What is urgent does not wait for the end of quiet hours. */
export const noticeKinds = {
  task: { label: { zh: '新任务', en: 'New task' }, urgent: false },
  reminder: { label: { zh: '任务快到期', en: 'Task due soon' }, urgent: false },
  escalation: { label: { zh: '任务逾期', en: 'Task overdue' }, urgent: true },
  stuck: { label: { zh: '有人停在一个步骤上', en: 'Visits parked at a step' }, urgent: false },
  breaker: { label: { zh: '运行自动暂停', en: 'Run paused itself' }, urgent: true },
  launch: { label: { zh: '自动启动有问题', en: 'Trouble with an automatic launch' }, urgent: false },
  paused: { label: { zh: '运行被暂停', en: 'Run paused' }, urgent: false },
  alert: { label: { zh: '守护越线', en: 'Guard breached' }, urgent: true },
} as const satisfies Readonly<Record<string, { readonly label: Words; readonly urgent: boolean }>>;

export type NoticeKind = keyof typeof noticeKinds;

/** True for a kind of the catalogue. */
export const isNoticeKind = (kind: string): kind is NoticeKind => Object.hasOwn(noticeKinds, kind);

/** One thing that somebody should hear of. */
export interface Item {
  readonly kind: NoticeKind;
  /** Title of the playbook, where it comes from a run. */
  readonly playbook: Text | null;
  /** The task's title, or the notice's sentence. */
  readonly says: Text;
  /** Of a task: when it is due. */
  readonly due: Instant | null;
  /** Where it is seen to. */
  readonly link: string;
}

/** For whom it is written. */
export interface NoticeReader {
  readonly locale: string;
  readonly zone: string;
  /** Where the rest can be seen. */
  readonly home: string;
}

/** Most items that one message spells out. */
const MOST = 10;

/** One message about these things: as many of them as the channel's length lets it, and how many more there are. */
export function sayItems(
  items: readonly Item[],
  reader: NoticeReader,
  capabilities: Pick<Capabilities, 'maxLength'>,
): { readonly subject: string; readonly text: string } {
  const isZh = /^zh\b/i.test(reader.locale);
  const subject = subjectOf(items, reader, isZh);
  for (let shown = Math.min(items.length, MOST); shown > 0; shown -= 1) {
    const text = textOf(items.slice(0, shown), items.length - shown, { ...reader, isZh, subject });
    if (fits(text, capabilities)) return { subject, text };
  }
  return { subject, text: textOf([], items.length, { ...reader, isZh, subject }) };
}

function subjectOf(items: readonly Item[], reader: NoticeReader, isZh: boolean): string {
  const [first] = items;
  if (items.length === 1 && first !== undefined) return headOf(first, reader, isZh);
  return isZh ? `有 ${items.length} 件事请看一下` : `${items.length} things to look at`;
}

function headOf({ kind, says }: Item, { locale }: NoticeReader, isZh: boolean): string {
  const { label } = noticeKinds[kind];
  // A title is one line, however it was written.
  const title = inLocale(says, locale).replaceAll(/\s+/g, ' ').trim().slice(0, 120);
  return isZh ? `${label.zh}：${title}` : `${label.en}: ${title}`;
}

function textOf(
  shown: readonly Item[],
  more: number,
  reader: NoticeReader & { readonly isZh: boolean; readonly subject: string },
): string {
  const { isZh, home } = reader;
  const blocks = shown.map((item) => blockOf(item, reader));
  const isOne = shown.length === 1 && more === 0;
  const rest = isZh ? `还有 ${more} 件：${home}` : `${more} more: ${home}`;
  return [
    ...(isOne ? [] : [`${isZh ? '【薪火】' : 'Kindling: '}${reader.subject}`]),
    ...blocks.map((block, index) =>
      isOne ? `${isZh ? '【薪火】' : 'Kindling: '}${block}` : `${index + 1}. ${block}`,
    ),
    ...(more > 0 ? [rest] : []),
  ].join('\n');
}

function blockOf(item: Item, reader: NoticeReader & { readonly isZh: boolean }): string {
  const { isZh, locale, zone } = reader;
  const from = item.playbook === null ? '' : inLocale(item.playbook, locale);
  const due = item.due === null ? undefined : sayInstant(item.due, zone, locale);
  const facts = [
    ...(from === '' ? [] : [isZh ? `剧本「${from}」` : `Playbook "${from}"`]),
    ...(due === undefined ? [] : [isZh ? `截止 ${due}` : `due ${due}`]),
  ];
  return [
    headOf(item, reader, isZh),
    ...(facts.length > 0 ? [facts.join(isZh ? '，' : ', ')] : []),
    item.link,
  ].join('\n');
}

const inLocale = (text: Text, locale: string): string =>
  text[locale] ??
  Object.entries(text).find(([key]) => key.slice(0, 2) === locale.slice(0, 2))?.[1] ??
  Object.values(text)[0] ??
  '';
