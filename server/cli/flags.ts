// The flags that several commands share, each declared once.
// What only one command knows stands with that command.
import { parseLocal } from '../../engine/calendar/resolve.ts';
import { UUID } from '../../workers/store/id.ts';

export const FILE = {
  zh: '剧本的 JSON 文件，- 表示标准输入',
  en: 'the JSON file of a playbook; - is the standard input',
};

export const RUN = {
  name: 'RUN',
  says: { zh: '运行的 id（kindling status 会列出）', en: 'the id of a run, as kindling status lists it' },
} as const;

const file = (raw: string): string | undefined => (raw === '' || raw.includes('\0') ? undefined : raw);
const FILE_ACCEPTS = { zh: '文件的路径', en: 'the path of a file' };

const whole =
  (from: number, to: number) =>
  (raw: string): number | undefined =>
    /^\d{1,10}$/.test(raw) && +raw >= from && +raw <= to ? +raw : undefined;

const MOST_MEMBERS = 1_000_000;
const LAST_SEED = 2 ** 31 - 1;

export const jsonFlag = { says: { zh: '只输出 JSON，给程序用。', en: 'Prints JSON only, for programs.' } };

export const paramsFlag = {
  value: 'F',
  says: { zh: '启动参数的值，JSON 文件。', en: 'Values of the parameters, a JSON file.' },
  accepts: FILE_ACCEPTS,
  read: file,
};

/** What determines a rehearsal and a run in compressed time alike. */
export const courseFlags = {
  params: paramsFlag,
  start: {
    value: 'INSTANT',
    says: {
      zh: '从什么时候开始，默认现在；不带时区时按剧本的时区。',
      en: 'When it starts, now unless given; without an offset it is local to the playbook’s zone.',
    },
    accepts: {
      zh: '2026-12-10T09:00 或 2026-12-10T09:00:00+08:00 这样的时间',
      en: 'a time such as 2026-12-10T09:00 or 2026-12-10T09:00:00+08:00',
    },
    read: (raw: string): string | undefined => (parseLocal(raw, 'UTC') === undefined ? undefined : raw),
  },
  seed: {
    value: 'N',
    says: {
      zh: '随机种子：同样的种子，同样的过程。',
      en: 'The seed of chance: the same seed, the same course.',
    },
    accepts: { zh: `0 到 ${LAST_SEED} 之间的整数`, en: `a whole number from 0 to ${LAST_SEED}` },
    read: whole(0, LAST_SEED),
  },
  members: {
    value: 'N',
    says: { zh: '模拟成员的人数。', en: 'The number of simulated members.' },
    accepts: { zh: `1 到 ${MOST_MEMBERS} 之间的整数`, en: `a whole number from 1 to ${MOST_MEMBERS}` },
    read: whole(1, MOST_MEMBERS),
  },
  script: {
    value: 'F',
    says: {
      zh: '事先写好的回答、事件和操作命令，JSON 文件。',
      en: 'Answers, events and commands written down beforehand, a JSON file.',
    },
    accepts: FILE_ACCEPTS,
    read: file,
  },
  json: jsonFlag,
};

/** An id as a person has typed it; undefined for anything else. */
export const readId = (raw: string): string | undefined => (UUID.test(raw) ? raw.toLowerCase() : undefined);
