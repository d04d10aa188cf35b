// Refusals about members: attributes, accounts, stays in groups, segments.
// A part of the catalogue in refusals.ts.
import { entry } from './refusal-entry.ts';

export const memberRefusals = {
  'import-used': entry(
    409,
    ['这次导入已经收到过文件。', '新建一次导入，再发送文件。'],
    ['This import has had its file already.', 'Make another import and send the file to it.'],
  ),
  'unknown-columns': entry(
    422,
    [
      '不认识这些列：{columns}。',
      '用 map 说明它们是什么，例如 "手机": "attributes.phone"；不要的列写 "-"。新的属性先在 /api/attributes 定义。',
    ],
    [
      'These columns are not known: {columns}.',
      'Say what they mean with `map`, for example "Phone": "attributes.phone"; "-" leaves a column out. Declare new attributes first under /api/attributes.',
    ],
  ),
  'repeated-columns': entry(
    422,
    ['这些列里有几列说的是同一件事：{columns}。', '每件事只留一列；不要的列用 map 写成 "-"。'],
    [
      'Some of these columns mean the same: {columns}.',
      'Keep one column of each; leave the others out with `map`: "-".',
    ],
  ),
  'too-many-rows': entry(
    413,
    ['文件超过 {most} 行。', '分成几个文件导入。'],
    ['The file has more than {most} rows.', 'Import it in several files.'],
  ),
  'unknown-attribute': entry(
    422,
    ['团队没有定义成员属性「{key}」。', '{hintZh}检查写法，或先在 /api/attributes 定义它。'],
    [
      'The team has declared no attribute "{key}" of its members.',
      '{hintEn}Check its spelling, or declare it first under /api/attributes.',
    ],
  ),
  'attribute-has-values': entry(
    409,
    ['有 {count} 位成员的「{key}」不符合这个定义。', '先改这些成员的值，或用另一个名字定义新的属性。'],
    [
      'The "{key}" of {count} members does not fit this declaration.',
      'Change these values first, or declare a new attribute under another name.',
    ],
  ),
  'attribute-in-use': entry(
    409,
    ['「{used}」还在用属性「{key}」。', '先改掉用到它的地方。'],
    ['"{used}" still names the attribute "{key}".', 'Change what names it first.'],
  ),
  'too-many-attributes': entry(
    409,
    ['成员属性最多 {most} 个。', '删除不用的属性。'],
    ['A team declares at most {most} attributes.', 'Remove those that nobody uses.'],
  ),
  'identity-taken': entry(
    409,
    ['这个账号已经属于另一位成员。', '检查渠道和账号；同一个人有两份档案时，合并它们。'],
    [
      'This account belongs to another member.',
      'Check channel and account; where two records are one person, merge them.',
    ],
  ),
  'stays-overlap': entry(
    409,
    ['有成员在那个时间已经在这个群里。', '换一个时间；每位成员在一个群里的经历不能重叠。'],
    [
      'A member was in this group at that time already.',
      'Choose another instant; stays of one member in one group never overlap.',
    ],
  ),
  'segment-has-problems': entry(
    422,
    ['分群的规则有 {count} 处问题。', '按 problems 逐项改正。'],
    ['The rule of the segment has {count} problems.', 'Correct them as `problems` says.'],
  ),
  'unknown-channel': entry(
    422,
    ['没有叫「{channel}」的渠道。', '检查渠道的名字。'],
    ['There is no channel called "{channel}".', 'Check the name of the channel.'],
  ),
  'merge-unknown': entry(
    422,
    ['没有 id 为 {id} 的成员。', '检查 id；已删除的成员不能合并。'],
    ['There is no member with the id {id}.', 'Check the id; a member who was erased cannot be merged.'],
  ),
  'merge-itself': entry(
    422,
    ['两个 id 是同一份档案。', '写出另一份档案的 id。'],
    ['Both ids are of one record.', 'Name the other record.'],
  ),
  'merge-kinds': entry(
    409,
    ['一份是成员，另一份是同事或测试账号，不能合并。', '先把其中一份的类型（kind）改对。'],
    [
      'One is a member and the other a colleague or a test account.',
      'Correct the `kind` of one of them first.',
    ],
  ),
  'merge-both-under-way': entry(
    409,
    [
      '两份档案都正在走这些旅程：{journeys}，合并后同一个人会走两遍。',
      '先结束其中一份在旅程里的到访，再合并。',
    ],
    [
      'Both records are under way in these journeys: {journeys}. Merged, one person would go through them twice.',
      'End the visit of one of them first, then merge.',
    ],
  ),
  'merge-messages-out': entry(
    409,
    ['有 {count} 条发给这份档案的消息还没有结果。', '等它们发完；结果不明的先在运行里处理，再合并。'],
    [
      '{count} messages to this record are still on their way.',
      'Wait for them; those in doubt have to be decided in their run first.',
    ],
  ),
} as const;
