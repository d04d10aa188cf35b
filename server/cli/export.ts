// `kindling export`: the members of the running installation as a file that `kindling import` takes again.
// Written as it comes, under another name until it is whole. What goes into it is the installation's affair.
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readSettings } from '../settings.ts';
import { Api } from './api.ts';
import { defineCommand } from './command.ts';
import { EXIT, Failure, misuse } from './failure.ts';
import { readId } from './flags.ts';
import type { Terminal } from './terminal.ts';

const FORMATS = ['csv', 'jsonl'];

export const exportMembers = defineCommand({
  name: 'export',
  file: {
    zh: '写到哪个 CSV 或 JSON Lines 文件，- 表示标准输出',
    en: 'the CSV or JSON lines file to write; - is the standard output',
  },
  flags: {
    format: {
      value: 'csv|jsonl',
      says: { zh: '文件格式，默认看扩展名。', en: 'The format, by the file’s name unless given.' },
      accepts: { zh: 'csv、jsonl', en: 'csv, jsonl' },
      read: (raw: string) => FORMATS.find((it) => it === raw),
    },
    segment: {
      value: 'ID',
      says: { zh: '只要这个分群里的成员。', en: 'Only the members of this segment.' },
      accepts: { zh: '分群的 id', en: 'the id of a segment' },
      read: readId,
    },
  },
  says: {
    zh: '把成员导出成 CSV 或 JSON Lines 文件，可以再导入。',
    en: 'Exports members as a CSV or JSON lines file, which an import takes again.',
  },
  more: {
    zh: '包括所有渠道账号、所在的群、同意、退订、属性和标签。导出会记入审计。',
    en: 'With all accounts, groups, consents, opt-outs, attributes and tags. The audit log keeps that it was exported.',
  },
  examples: ['kindling export members.csv', 'kindling export - --format jsonl | gzip > members.jsonl.gz'],
  async run({ file, flags, terminal }) {
    const format = flags.format ?? formatOf(file);
    const api = new Api(readSettings(), terminal.language);
    const { members, pieces } = await api.exportMembers({ format, segment: flags.segment });
    const counting = counted(members, terminal);
    if (file === '-') await written(pieces, counting, process.stdout);
    else await keep(file, (into) => written(pieces, counting, into));
    terminal.done();
    // The result may be what goes to the standard output.
    terminal.note({ zh: `已导出 ${members} 位成员。`, en: `Exported ${members} members.` });
    return EXIT.ok;
  },
});

function formatOf(file: string): string {
  if (/\.csv$/i.test(file)) return 'csv';
  if (/\.(jsonl|ndjson)$/i.test(file)) return 'jsonl';
  throw misuse(
    `看不出 ${file} 要什么格式：加 --format csv 或 --format jsonl。`,
    `What ${file} should be cannot be seen from its name: add --format csv or --format jsonl.`,
  );
}

/** Half a file is none: it gets its name when all of it is there. */
async function keep(file: string, write: (into: Writable) => Promise<void>): Promise<void> {
  const part = `${file}.part`;
  try {
    await write(createWriteStream(part));
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

const NEWLINE = 0x0a;

/** Passes everything on, and draws how far it is. A line break inside of a cell makes the bar a little fast. */
function counted(members: number, terminal: Terminal): Transform {
  let lines = 0;
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      if (terminal.isWatched) {
        for (const byte of piece) if (byte === NEWLINE) lines += 1;
        const says = terminal.say({ zh: `已写 ${lines} 行`, en: `${lines} rows written` });
        terminal.progress(says, members === 0 ? undefined : lines / members);
      }
      done(null, piece);
    },
  });
}

async function written(pieces: AsyncIterable<Uint8Array>, through: Transform, into: Writable): Promise<void> {
  try {
    // The standard output is not ours to close.
    await pipeline(Readable.from(pieces), through, into, { end: into !== process.stdout });
  } catch (error) {
    const code = (error as { readonly code?: unknown }).code;
    if (code === 'EPIPE') return; // Whoever reads has seen enough.
    throw new Failure(
      EXIT.failed,
      typeof code === 'string' && code.startsWith('E') && !code.startsWith('ERR_')
        ? { zh: `写不了文件（${code}）。`, en: `The file cannot be written (${code}).` }
        : { zh: '连接中断，没有导出完。请再试一次。', en: 'The connection broke before the end. Try again.' },
    );
  }
}
