// What can be wrong with a row of an import, as sentences. `{name}` stands for a value.
// Not where: line and field stand beside the sentence.
import type { Sentence } from '../settings.ts';

export const importFaults = {
  'not-json': { zh: '这一行不是有效的 JSON', en: 'the line is not valid JSON' },
  'not-object': { zh: '这一行应该是一个 JSON 对象', en: 'the line must be a JSON object' },
  'unknown-field': { zh: '不认识这一项', en: 'this field is not known' },
  'said-twice': {
    zh: '这一项和另一项说的是同一件事',
    en: 'this field and another mean the same',
  },
  'too-long': {
    zh: '这一行太长（至多 {limit} 个字符）',
    en: 'the line is too long (at most {limit} characters)',
  },
  quotes: { zh: '引号没有成对，或位置不对', en: 'quotes are not in pairs, or stand in the wrong place' },
  columns: { zh: '有 {got} 列，表头有 {expected} 列', en: 'it has {got} columns, the header has {expected}' },
  characters: {
    zh: '有读不出或不能保存的字符；检查文件的编码',
    en: 'it holds characters that cannot be read or stored; check the encoding of the file',
  },
  value: { zh: '应该是{expectedZh}', en: 'it must be {expectedEn}' },
  'unknown-group': {
    zh: '没有这个群，或有几个群同名',
    en: 'there is no such group, or several have this name',
  },
  'no-key': {
    zh: '没有编号，也没有渠道账号：再导入一次就会重复',
    en: 'there is neither a key nor an account: importing again would double the member',
  },
  'name-missing': { zh: '新成员要有称呼', en: 'a new member needs a name' },
  repeated: { zh: '和第 {first} 行是同一位成员', en: 'this is the member of line {first} again' },
  'two-members': {
    zh: '编号和账号属于不同的成员',
    en: 'its key and its accounts belong to different members',
  },
  'other-key': {
    zh: '这个账号的成员已有另一个编号',
    en: 'the member with this account has another key already',
  },
} as const satisfies Readonly<Record<string, Sentence>>;

export type ImportFaultCode = keyof typeof importFaults;
