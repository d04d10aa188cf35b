// The run sheet of a rehearsal as the files that leave it, and who does its work: read back as spreadsheets and calendars do.
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import type { Playbook } from '../../engine/document.ts';
import { compile } from '../../engine/index.ts';
import type { JsonObject } from '../../engine/json.ts';
import { csvOf, icsOf } from '../../editor/rehearsal/sheet-files.ts';
import { workOf } from '../../editor/rehearsal/sheet.ts';
import { loadOf } from '../../editor/rehearsal/staff.ts';
import { shoot, type Take } from '../../editor/rehearsal/take.ts';
import { shipped } from '../../playbooks/index.ts';

const { playbook, params } = shipped['event-campaign']!;
const START = Date.UTC(2026, 11, 1, 4);

/** Rehearses the campaign, as somebody has changed it. */
async function take(change: (text: string) => string, given: JsonObject = {}): Promise<Take> {
  const document = JSON.parse(change(JSON.stringify(playbook))) as Playbook;
  const order = { document, params: { ...params, ...given }, start: START, community: {}, team: {} };
  const { plan, problems } = compile(document, order.params);
  if (plan === undefined) throw new Error(JSON.stringify(problems));
  const breathe = () => Promise.resolve(true);
  const shot = await shoot(order, plan, { clock: () => 0, progress: () => undefined, breathe });
  return shot!.take;
}

const same = (text: string): string => text;
/** A title that a spreadsheet would run, a line break, what calendars take for their own signs, and a control character. */
const HOSTILE = String.raw`=HYPERLINK(\"http://example.org\");a,b\nEND:VEVENT\u0007 预告预告预告预告预告预告👩‍👩‍👧‍👦`;
const hostile = (text: string): string => text.replaceAll('M1 预告：先卖个关子', HOSTILE);

test('the table opens in a spreadsheet: words for phases, channels and roles, scripts of tasks, and no formulas', async () => {
  const csv = csvOf(await take(hostile), 'zh');
  expect(csv.startsWith('\uFEFF')).toBe(true);
  const rows = parse<Record<string, string>>(csv, { bom: true, columns: true });
  const message = rows.find(({ 种类 }) => 种类 === '消息')!;
  expect(message).toMatchObject({ 日期: '2026-12-14', 时间: '12:00', 阶段: '预热', 渠道或角色: '模拟器' });
  expect(message['事项']!.startsWith("'=HYPERLINK")).toBe(true);
  expect(message['内容']).toContain('厨房收纳');
  const check = rows.find(({ 事项 }) => 事项 === '出发前检查')!;
  expect(check).toMatchObject({ 种类: '人工', 渠道或角色: '运营', 阶段: '筹备' });
  expect(check['内容']).not.toBe('');
  // A step without a title is called by what it does.
  const noTitle = (text: string) => text.replace(/,"title":\{"zh-CN":"出发前检查"[^}]*\}/, '');
  const untitled = csvOf(await take(noTitle), 'zh');
  expect(untitled).toContain(',人工,人工任务,');
  expect(rows.flatMap((row) => Object.values(row)).filter((cell) => /^\s*[=+@＝＋＠-]/.test(cell))).toEqual(
    [],
  );
});

test('the calendar is one by RFC 5545, whatever people have called their steps', async () => {
  const ics = icsOf(await take(hostile), 'zh');
  const lines = ics.split('\r\n');
  expect(lines.pop()).toBe('');
  expect(lines.filter((line) => /[\n\r\p{Cc}]/u.test(line))).toEqual([]);
  expect(lines.filter((line) => Buffer.byteLength(line) > 75)).toEqual([]);
  const unfolded = ics.replaceAll('\r\n ', '').split('\r\n').slice(0, -1);
  expect(unfolded.filter((line) => !/^[A-Z-]+(;[^:]*)?:/.test(line))).toEqual([]);
  const begun: string[] = [];
  for (const line of unfolded) {
    if (line.startsWith('BEGIN:')) begun.push(line.slice(6));
    if (line.startsWith('END:')) expect(begun.pop()).toBe(line.slice(4));
  }
  expect(begun).toEqual([]);
  const count = (name: string) => unfolded.filter((line) => line.startsWith(name)).length;
  const events = count('BEGIN:VEVENT');
  expect(events).toBeGreaterThan(8);
  for (const name of ['UID:', 'DTSTAMP:', 'DTSTART:', 'DTEND:', 'SUMMARY:'])
    expect([name, count(name)]).toEqual([name, events]);
  expect(unfolded.find((line) => line.startsWith('SUMMARY:=HYPERLINK'))).toContain(
    '\\;a\\,b\\nEND:VEVENT 预告',
  );
  expect(
    unfolded.filter((line) => /^DT(START|END|STAMP):/.test(line) && !/:\d{8}T\d{6}Z$/.test(line)),
  ).toEqual([]);
});

test('entries keep their names while nothing changes, and another activity does not take their place', async () => {
  const uids = (it: Take) => [...icsOf(it, 'zh').matchAll(/^UID:(.*)\r$/gm)].map(([, uid]) => uid!);
  const first = uids(await take(same));
  expect(new Set(first).size).toBe(first.length);
  expect(uids(await take(same))).toEqual(first);
  const other = uids(await take(same, { eventTitle: '春日好物节' }));
  expect(other.filter((uid) => first.includes(uid))).toEqual([]);
});

test('work is shared among the people of a role: all of it, and nobody has much more than the next', async () => {
  const it = await take(same);
  const people = 3;
  const load = loadOf(it, { operator: people });
  const sum = (own: readonly { readonly count: number }[]) => own.reduce((all, { count }) => all + count, 0);
  expect(sum(load.people.flatMap(({ tasks }) => tasks.flat()))).toBe(sum(workOf(it)));
  const operators = load.people.filter(({ role }) => role === 'operator');
  expect(operators.map(({ person }) => person)).toEqual([0, 1, 2]);
  for (let day = 0; day < load.days; day += 1) {
    const counts = operators.map(({ tasks }) => sum(tasks[day]!));
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  }
  const crowd = operators.map(({ tasks }) => sum(tasks.flat()));
  expect(Math.max(...crowd) - Math.min(...crowd)).toBeLessThanOrEqual(2);
});
