// `kindling import`: a file of members, sent to the running installation as it is read, with what is wrong by line and field.
// Reads no rows itself: the installation knows what columns mean and who is there.
import { createReadStream, fstatSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readSettings } from '../settings.ts';
import { Api, type ImportState } from './api.ts';
import { defineCommand } from './command.ts';
import { EXIT, Failure, misuse } from './failure.ts';
import { jsonFlag } from './flags.ts';
import type { Terminal } from './terminal.ts';

const ENCODINGS = ['auto', 'utf-8', 'gb18030', 'utf-16le', 'utf-16be'];
const FORMATS = ['csv', 'jsonl'];

export const importMembers = defineCommand({
  name: 'import',
  file: {
    zh: 'CSV 或 JSON Lines 文件，- 表示标准输入',
    en: 'a CSV or JSON lines file; - is the standard input',
  },
  flags: {
    map: {
      value: 'A=B,…',
      says: {
        zh: '列的含义，例如 手机=attributes.phone,备注=-（- 表示不要）。',
        en: 'What columns mean, such as Phone=attributes.phone,Note=- (- leaves one out).',
      },
      accepts: { zh: '列=含义，用逗号分开', en: 'column=meaning, separated by commas' },
      read: readMap,
    },
    format: {
      value: 'csv|jsonl',
      says: { zh: '文件格式，默认看扩展名。', en: 'The format, by the file’s name unless given.' },
      accepts: { zh: 'csv、jsonl', en: 'csv, jsonl' },
      read: (raw: string) => FORMATS.find((it) => it === raw),
    },
    encoding: {
      value: 'E',
      says: {
        zh: '编码：auto、utf-8、gb18030（含 GBK）、utf-16le、utf-16be，默认 auto。',
        en: 'The encoding: auto, utf-8, gb18030 (with GBK), utf-16le, utf-16be; auto unless given.',
      },
      accepts: { zh: ENCODINGS.join('、'), en: ENCODINGS.join(', ') },
      read: (raw: string) => ENCODINGS.find((it) => it === raw.toLowerCase()),
    },
    'good-rows-only': {
      says: {
        zh: '跳过有问题的行；否则有一行不对就都不导入。',
        en: 'Leaves bad rows out; otherwise one bad row refuses all.',
      },
    },
    'dry-run': { says: { zh: '只检查，不写入。', en: 'Only checks and writes nothing.' } },
    json: jsonFlag,
  },
  says: {
    zh: '把成员从 CSV 或 JSON Lines 文件导入正在运行的系统。',
    en: 'Imports members from a CSV or JSON lines file into the running installation.',
  },
  more: {
    zh: '每行要有编号（externalKey）或渠道账号：再导入一次不会重复。列可以叫 name、externalKey、tags、groups、joinedAt、属性的键或标签、渠道的名字、consent.用途。',
    en: 'Each row has a key (externalKey) or an account on a channel, so importing again doubles nobody. Columns are name, externalKey, tags, groups, joinedAt, an attribute’s key or label, a channel’s name, consent.PURPOSE.',
  },
  examples: [
    'kindling import members.csv --dry-run',
    'kindling import 会员.csv --map 手机=attributes.phone,备注=- --good-rows-only',
  ],
  async run({ file, flags, terminal }) {
    const format = flags.format ?? formatOf(file);
    const { handle, size } = open(file);
    const api = new Api(readSettings(), terminal.language);
    const { id } = await api.beginImport({
      format,
      encoding: flags.encoding ?? 'auto',
      map: flags.map ?? {},
      goodRowsOnly: flags['good-rows-only'],
      dryRun: flags['dry-run'],
    });
    const watching = new AbortController();
    const watched = watch(api, id, { size, terminal, signal: watching.signal });
    try {
      await api.sendImport(id, createReadStream('', { fd: handle, highWaterMark: 1 << 20 }));
      // The installation goes on when everything has come.
      await watched;
    } finally {
      watching.abort();
      terminal.done();
    }
    const end = await api.import(id);
    if (flags.json) terminal.print(JSON.stringify(end));
    else tell(end, { dryRun: flags['dry-run'], terminal });
    return end.state === 'done' && end.bad === 0 ? EXIT.ok : EXIT.failed;
  },
});

function readMap(raw: string): Readonly<Record<string, string>> | undefined {
  const pairs = raw.split(',').map((pair) => {
    const at = pair.lastIndexOf('=');
    return [pair.slice(0, Math.max(0, at)).trim(), pair.slice(at + 1).trim()] as const;
  });
  return pairs.every(([column, meaning]) => column !== '' && meaning !== '')
    ? Object.fromEntries(pairs)
    : undefined;
}

function formatOf(file: string): string {
  if (/\.(csv|tsv|txt)$/i.test(file)) return 'csv';
  if (/\.(jsonl|ndjson)$/i.test(file)) return 'jsonl';
  throw misuse(
    `看不出 ${file} 是什么格式：加 --format csv 或 --format jsonl。`,
    `What ${file} is cannot be seen from its name: add --format csv or --format jsonl.`,
  );
}

function open(file: string): { readonly handle: number; readonly size: number } {
  if (file === '-') return { handle: 0, size: 0 };
  try {
    const handle = openSync(file, 'r');
    const stat = fstatSync(handle);
    if (stat.isDirectory())
      throw misuse(`${file} 是一个目录，请指定文件。`, `${file} is a folder; name a file.`);
    return { handle, size: stat.size };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(EXIT.usage, { zh: `读不到文件 ${file}。`, en: `The file ${file} cannot be read.` });
  }
}

const OVER = new Set(['done', 'refused', 'failed']);
const PAUSE_MS = 250;
/** Reading fills the first half of the bar. */
const READING = 0.5;

/** Draws how far it is, until it is over. */
async function watch(
  api: Api,
  id: string,
  {
    size,
    terminal,
    signal,
  }: { readonly size: number; readonly terminal: Terminal; readonly signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    const now = await api.import(id);
    if (OVER.has(now.state)) return;
    const { rows, bad, step, steps, bytes } = now;
    const read = size === 0 ? undefined : Math.min(1, bytes / size) * READING;
    const done = steps === 0 ? read : READING + (step / steps) * (1 - READING);
    const [zh, en] = STATES[now.state] ?? ['', ''];
    terminal.progress(
      terminal.say({ zh: `${zh} ${rows} 行，${bad} 行有问题`, en: `${en}: ${rows} rows, ${bad} bad` }),
      done,
    );
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => {});
  }
}

const STATES: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  waiting: ['准备', 'waiting'],
  reading: ['读取', 'reading'],
  checking: ['核对', 'checking'],
  writing: ['写入', 'writing'],
};

function tell(
  { id, state, rows, bad, made, found, changed, faults, reason }: ImportState,
  { dryRun, terminal }: { readonly dryRun: boolean; readonly terminal: Terminal },
): void {
  for (const { line, field, message } of faults)
    terminal.print(
      terminal.say({
        zh: `第 ${line} 行${field === null ? '' : `，${field}`}：${message}。`,
        en: `line ${line}${field === null ? '' : `, ${field}`}: ${message}.`,
      }),
    );
  if (faults.length < bad && state !== 'failed')
    terminal.print(
      terminal.say({
        zh: `更多问题：GET /api/imports/${id}/faults`,
        en: `More of what is wrong: GET /api/imports/${id}/faults`,
      }),
    );
  const sums = {
    zh: `${rows} 行：新成员 ${made}，已有 ${found}（${changed} 位有变化），有问题 ${bad}。`,
    en: `${rows} rows: ${made} new members, ${found} known (${changed} changed), ${bad} bad.`,
  };
  const endings: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
    done: dryRun
      ? { zh: '只检查，没有写入。', en: 'Only checked: nothing was written.' }
      : { zh: '已导入。', en: 'Imported.' },
    refused: {
      zh: '有问题的行，所以都没有导入；改正后再试，或加 --good-rows-only。',
      en: 'Nothing was imported because of the bad rows. Correct them, or add --good-rows-only.',
    },
    failed: { zh: `导入失败：${reason ?? ''}。`, en: `The import failed: ${reason ?? ''}.` },
  };
  terminal.print(`${terminal.say(sums)} ${terminal.say(endings[state] ?? endings['failed']!)}`);
}
