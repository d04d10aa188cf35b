// Words for states and times of runs, in the operator's language. Not texts of playbooks.
import { sayInstant, type WhenStyle } from '../../engine/calendar/say.ts';
import { localeOf, type Language, type Words } from '../say.ts';
import type { RunStatus } from './shapes.ts';

/** What a run is doing, and the colour that goes with it. */
export const STATUS: Readonly<Record<RunStatus, Words & { readonly colour: string }>> = {
  waiting: { zh: '等待开始', en: 'Waiting to begin', colour: 'default' },
  running: { zh: '进行中', en: 'Running', colour: 'processing' },
  paused: { zh: '已暂停', en: 'Paused', colour: 'warning' },
  stopping: { zh: '正在停止', en: 'Stopping', colour: 'warning' },
  completed: { zh: '已完成', en: 'Completed', colour: 'success' },
  cancelled: { zh: '已取消', en: 'Cancelled', colour: 'default' },
  failed: { zh: '失败', en: 'Failed', colour: 'error' },
};

export const isOver = (status: RunStatus): boolean =>
  status === 'completed' || status === 'cancelled' || status === 'failed';

/** States of a message to one recipient. */
export const DELIVERY: Readonly<Record<string, Words>> = {
  planned: { zh: '排队中', en: 'Queued' },
  gated: { zh: '即将发出', en: 'About to go out' },
  requested: { zh: '等同事发布', en: 'With a colleague' },
  confirmed: { zh: '同事已发布', en: 'Posted by a colleague' },
  sent: { zh: '已发出', en: 'Sent' },
  skipped: { zh: '没有发', en: 'Withheld' },
  expired: { zh: '已过期', en: 'Expired' },
  failed: { zh: '失败', en: 'Failed' },
  unknown: { zh: '不确定', en: 'In doubt' },
  cancelled: { zh: '已取消', en: 'Cancelled' },
};

export const TASK_STATES: Readonly<Record<string, Words>> = {
  open: { zh: '待办', en: 'Open' },
  accepted: { zh: '进行中', en: 'Taken on' },
  escalated: { zh: '已升级', en: 'Escalated' },
  done: { zh: '已完成', en: 'Done' },
  expired: { zh: '已过期', en: 'Expired' },
  cancelled: { zh: '已取消', en: 'Cancelled' },
  dropped: { zh: '不再需要', en: 'No longer needed' },
};

/** A word for a code; an unknown code is shown as it is. */
export const wordFor = (words: Readonly<Record<string, Words>>, code: string): Words =>
  Object.hasOwn(words, code) ? words[code]! : { zh: code, en: code };

/** An ISO instant on a calendar: `12月5日 周六 20:00`. */
export function sayAt(at: string, language: Language, zone: string, style: WhenStyle = 'full'): string {
  return sayInstant(Date.parse(at), zone, localeOf(language), style) ?? at;
}

/** The zone of whoever looks. */
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** How far away an instant is: `3小时后`, `in 3 hours`. */
export function sayDistance(ms: number, language: Language): string {
  const format = new Intl.RelativeTimeFormat(localeOf(language), { numeric: 'always' });
  const [unit, size] = UNITS.find(([, it]) => Math.abs(ms) >= it) ?? UNITS[2];
  return format.format(Math.trunc(ms / size), unit);
}
