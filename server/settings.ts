// Every setting of an installation, declared once: its name, what it accepts, its default and a sentence.
// It reads environment variables and nothing else: no files, no network, no process state.
import { homedir } from 'node:os';
import { isIP } from 'node:net';
import path from 'node:path';

/** A sentence in both languages. */
export interface Sentence {
  readonly zh: string;
  readonly en: string;
}

/** What a value may look like: `read` gives undefined for a text that it does not accept. */
interface Kind<T> {
  readonly accepts: Sentence;
  read(raw: string): T | undefined;
}

interface Setting<T, D extends T | undefined> {
  readonly env: string;
  readonly kind: Kind<T>;
  readonly fallback: D;
  /** How the default is written in the documentation, where it depends on the machine. */
  readonly shown?: string;
  /** A secret's value is never repeated in an error or a log. */
  readonly secret?: true;
  readonly says: Sentence;
}

const text: Kind<string> = {
  accepts: { zh: '任意文本', en: 'any text' },
  read: (raw) => raw,
};

const file: Kind<string> = {
  accepts: { zh: '文件或目录的路径', en: 'the path of a file or folder' },
  read: (raw) => (raw.includes('\0') ? undefined : path.resolve(raw)),
};

const flag: Kind<boolean> = {
  accepts: { zh: '1 或 0（也可写 true、false）', en: '1 or 0 (or true, false)' },
  read: (raw) => (/^(1|true)$/i.test(raw) ? true : /^(0|false)$/i.test(raw) ? false : undefined),
};

const whole = (from: number, to: number): Kind<number> => ({
  accepts: { zh: `${from} 到 ${to} 之间的整数`, en: `a whole number from ${from} to ${to}` },
  read: (raw) => (/^\d{1,9}$/.test(raw) && +raw >= from && +raw <= to ? +raw : undefined),
});

const oneOf = <const T extends string>(...values: readonly T[]): Kind<T> => ({
  accepts: { zh: values.join('、'), en: values.join(', ') },
  read: (raw) => values.find((value) => value === raw),
});

const url = (...protocols: readonly string[]): Kind<string> => ({
  accepts: {
    zh: `以 ${protocols.map((it) => `${it}//`).join(' 或 ')} 开头的地址`,
    en: `an address that begins with ${protocols.map((it) => `${it}//`).join(' or ')}`,
  },
  read: (raw) => (URL.canParse(raw) && protocols.includes(new URL(raw).protocol) ? raw : undefined),
});

const address: Kind<string> = {
  accepts: { zh: '主机:端口，例如 127.0.0.1:7233', en: 'host:port, for example 127.0.0.1:7233' },
  read: (raw) => {
    const port = /^(?:\[[0-9a-f:.]+\]|[\w.-]+):(\d{1,5})$/i.exec(raw)?.[1];
    return port !== undefined && +port > 0 && +port < 65536 ? raw : undefined;
  },
};

const socket: Kind<string> = {
  accepts: { zh: 'IP 地址:端口，例如 127.0.0.1:9464', en: 'IP address:port, for example 127.0.0.1:9464' },
  read: (raw) => {
    const host = /^(?:\[(.+)\]|([^:]+)):\d+$/
      .exec(raw)
      ?.slice(1)
      .find((it) => it !== undefined);
    return host !== undefined && isIP(host) !== 0 ? address.read(raw) : undefined;
  },
};

const networks: Kind<readonly string[]> = {
  accepts: {
    zh: '用逗号分开的地址或网段，例如 127.0.0.1, 10.0.0.0/8',
    en: 'addresses or networks, separated by commas, for example 127.0.0.1, 10.0.0.0/8',
  },
  read: (raw) => {
    const all = raw.split(',').map((it) => it.trim());
    return all.every(isNetwork) ? all : undefined;
  },
};

/** An address, or a network smaller than everything. */
function isNetwork(text: string): boolean {
  const [, host = '', bits = '1'] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  const version = isIP(host);
  return version !== 0 && +bits > 0 && +bits <= (version === 4 ? 32 : 128);
}

const keys: Kind<readonly string[]> = {
  accepts: {
    zh: 'base64 或 base64url 编码的 32 个字节；可以是几个，用逗号分开',
    en: '32 bytes in base64 or base64url; several are separated by commas',
  },
  read: (raw) => {
    const all = raw.split(/[\s,]+/).filter((it) => it !== '');
    const fits = all.every((it) => /^[\w+/-]{43}=?$/.test(it) && Buffer.from(it, 'base64').length === 32);
    return fits && all.length > 0 ? all : undefined;
  },
};

/** Keeps the literal types of a declaration, so that `Settings` falls out of the table below. */
const setting = <T, const D extends T | undefined>(declaration: Setting<T, D>): Setting<T, D> => declaration;

const cacheHome = () =>
  path.join(process.env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache'), 'kindling');

/** All settings, in the order in which the documentation shows them. */
export const declarations = {
  home: setting({
    env: 'KINDLING_HOME',
    kind: file,
    fallback: path.resolve(import.meta.dirname, '../.kindling'),
    shown: '.kindling',
    says: {
      zh: '数据目录：内置数据库、Temporal 的文件、密钥和日志都在这里。',
      en: 'The data folder: the embedded database, the files of Temporal, secrets and logs.',
    },
  }),
  host: setting({
    env: 'KINDLING_HOST',
    kind: text,
    fallback: '127.0.0.1',
    says: {
      zh: 'HTTP 服务监听的地址。默认只有本机能访问。',
      en: 'The address the HTTP server listens on. By default only this machine reaches it.',
    },
  }),
  port: setting({
    env: 'KINDLING_PORT',
    kind: whole(1, 65535),
    fallback: 7373,
    says: { zh: 'HTTP 服务的端口。', en: 'The port of the HTTP server.' },
  }),
  publicUrl: setting({
    env: 'KINDLING_PUBLIC_URL',
    kind: url('http:', 'https:'),
    fallback: undefined,
    shown: 'http://KINDLING_HOST:KINDLING_PORT',
    says: {
      zh: '用户访问的网址，用在邀请链接里；以 https 开头时 Cookie 只走加密连接。',
      en: 'The address people use, as written into invitations; with https, cookies travel encrypted only.',
    },
  }),
  trustProxy: setting({
    env: 'KINDLING_TRUST_PROXY',
    kind: networks,
    fallback: undefined,
    shown: 'nobody',
    says: {
      zh: '前面的反向代理的地址：来自它们的请求，按 X-Forwarded-For 认出真正的来源；不设置时，代理后面的人共用一个登录次数和请求次数的限额。',
      en: 'The addresses of reverse proxies in front: for their requests the caller is told by X-Forwarded-For. Without it, everybody behind a proxy shares one limit on logins and requests.',
    },
  }),
  locale: setting({
    env: 'KINDLING_LOCALE',
    kind: oneOf('zh-CN', 'en'),
    fallback: undefined,
    shown: 'from LANG',
    says: { zh: '命令行和启动信息的语言。', en: 'The language of the command line and of the start.' },
  }),
  logLevel: setting({
    env: 'KINDLING_LOG_LEVEL',
    kind: oneOf('debug', 'info', 'warn', 'error', 'silent'),
    fallback: 'info',
    says: { zh: '日志写到多细。', en: 'How much is logged.' },
  }),
  offline: setting({
    env: 'KINDLING_OFFLINE',
    kind: flag,
    fallback: false,
    says: {
      zh: '打开后启动时不从网上下载任何程序（Go 的模块代理除外）。',
      en: 'When on, the start downloads no programs (Go’s module proxy excepted).',
    },
  }),
  demo: setting({
    env: 'KINDLING_DEMO',
    kind: flag,
    fallback: true,
    says: {
      zh: '数据库为空时放入一个小的示例社群。',
      en: 'Puts a small demo community into an empty database.',
    },
  }),
  workers: setting({
    env: 'KINDLING_WORKERS',
    kind: whole(0, 64),
    fallback: 1,
    says: { zh: 'npm start 启动几个工作进程。', en: 'How many worker processes `npm start` runs.' },
  }),
  workerMetrics: setting({
    env: 'KINDLING_WORKER_METRICS',
    kind: socket,
    fallback: undefined,
    shown: 'off',
    says: {
      zh: '工作进程在这个地址给 Prometheus 提供 /metrics；npm start 的第二个工作进程用下一个端口，依此类推。',
      en: 'Where a worker offers /metrics to Prometheus; the second worker of `npm start` takes the next port, and so on.',
    },
  }),
  privateWebhooks: setting({
    env: 'KINDLING_PRIVATE_WEBHOOKS',
    kind: flag,
    fallback: false,
    says: {
      zh: '打开后“调用外部系统”可以访问本机和内网地址。',
      en: 'When on, webhooks may reach this machine and private networks.',
    },
  }),
  cache: setting({
    env: 'KINDLING_CACHE',
    kind: file,
    fallback: cacheHome(),
    shown: '~/.cache/kindling',
    says: {
      zh: '按版本保存下载或编译好的程序，多个安装共用。',
      en: 'Keeps downloaded and built programs by version, shared by all installations of a user.',
    },
  }),
  apiKey: setting({
    env: 'KINDLING_API_KEY',
    kind: text,
    fallback: undefined,
    shown: 'the one in KINDLING_HOME',
    secret: true,
    says: {
      zh: '命令行访问系统用的 API 密钥；npm start 在数据目录里留有一个。',
      en: 'The API key of the command line; `npm start` leaves one in the data folder.',
    },
  }),
  encryptionKeys: setting({
    env: 'KINDLING_ENCRYPTION_KEY',
    kind: keys,
    fallback: undefined,
    shown: 'generated, kept in KINDLING_HOME',
    secret: true,
    says: {
      zh: '加密渠道凭证等机密的密钥；多台机器必须相同。更换时把新的写在旧的前面，重启后机密会换到新的密钥下。',
      en: 'The key that encrypts channel credentials and the like; the same on every machine. To replace it put the new one before the old: after a restart every secret is under the new one.',
    },
  }),
  databaseUrl: setting({
    env: 'DATABASE_URL',
    kind: url('postgres:', 'postgresql:'),
    fallback: undefined,
    shown: 'an embedded PostgreSQL',
    secret: true,
    says: {
      zh: '使用这个 PostgreSQL，而不是内置的。',
      en: 'Uses this PostgreSQL instead of the embedded one.',
    },
  }),
  temporalAddress: setting({
    env: 'TEMPORAL_ADDRESS',
    kind: address,
    fallback: undefined,
    shown: 'an embedded Temporal server',
    says: { zh: '使用这个 Temporal，而不是内置的。', en: 'Uses this Temporal instead of the embedded one.' },
  }),
  temporalNamespace: setting({
    env: 'TEMPORAL_NAMESPACE',
    kind: text,
    fallback: 'default',
    says: { zh: 'Temporal 的命名空间。', en: 'The namespace in Temporal.' },
  }),
  temporalRetentionDays: setting({
    env: 'TEMPORAL_RETENTION_DAYS',
    kind: whole(1, 3650),
    fallback: 30,
    says: {
      zh: '内置 Temporal 把已结束的流程保留几天；运行记录本身在 PostgreSQL 里，不受影响。',
      en: 'How many days the embedded Temporal keeps closed workflows; the record of a run stays in PostgreSQL.',
    },
  }),
  temporalApiKey: setting({
    env: 'TEMPORAL_API_KEY',
    kind: text,
    fallback: undefined,
    secret: true,
    says: {
      zh: 'Temporal 的 API 密钥；设置后自动使用 TLS。',
      en: 'The API key for Temporal; it implies TLS.',
    },
  }),
  temporalTls: setting({
    env: 'TEMPORAL_TLS',
    kind: flag,
    fallback: false,
    says: { zh: '用 TLS 连接 Temporal。', en: 'Connects to Temporal by TLS.' },
  }),
  temporalTlsCa: setting({
    env: 'TEMPORAL_TLS_CA',
    kind: file,
    fallback: undefined,
    says: {
      zh: 'Temporal 服务器证书的颁发者（PEM 文件）。',
      en: 'Who signed the certificate of Temporal (a PEM file).',
    },
  }),
  temporalTlsCert: setting({
    env: 'TEMPORAL_TLS_CERT',
    kind: file,
    fallback: undefined,
    says: { zh: '客户端证书（PEM 文件）。', en: 'The client certificate (a PEM file).' },
  }),
  temporalTlsKey: setting({
    env: 'TEMPORAL_TLS_KEY',
    kind: file,
    fallback: undefined,
    says: {
      zh: '客户端证书的私钥（PEM 文件）。',
      en: 'The private key of the client certificate (a PEM file).',
    },
  }),
  temporalTlsServerName: setting({
    env: 'TEMPORAL_TLS_SERVER_NAME',
    kind: text,
    fallback: undefined,
    says: {
      zh: '证书上的服务器名，与地址不同时填写。',
      en: 'The name in the certificate of Temporal, where it differs from the address.',
    },
  }),
};

type Declarations = typeof declarations;
type Value<S> = S extends Setting<infer T, infer D> ? (D extends undefined ? T | undefined : T) : never;

/** The settings of one process, by their short names. */
export type Settings = { readonly [K in keyof Declarations]: Value<Declarations[K]> };

/** Says which settings are wrong, all of them at once, in both languages. */
export class SettingsError extends Error {
  readonly says: Sentence;
  constructor(wrong: readonly Sentence[]) {
    super(wrong.map((it) => it.en).join('\n'));
    this.name = 'SettingsError';
    this.says = { zh: wrong.map((it) => it.zh).join('\n'), en: this.message };
  }
}

/**
 * Reads every setting from the environment. An empty value counts as not set.
 * @throws {SettingsError} naming each wrong setting, its value and what is accepted.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>> = process.env): Settings {
  const wrong: Sentence[] = [];
  const values = Object.entries(declarations).map(
    ([name, declaration]: [string, Setting<unknown, unknown>]) => {
      const raw = env[declaration.env]?.trim();
      if (raw === undefined || raw === '') return [name, declaration.fallback];
      const value = declaration.kind.read(raw);
      if (value === undefined) wrong.push(refusal(declaration, raw));
      return [name, value];
    },
  );
  if (wrong.length > 0) throw new SettingsError(wrong);
  return Object.fromEntries(values) as Settings;
}

/** The language in which this process speaks to the person who started it. */
export function localeOf(settings: Pick<Settings, 'locale'>, env = process.env): keyof Sentence {
  const named = settings.locale ?? (env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '');
  return named.startsWith('zh') ? 'zh' : 'en';
}

/** The address under which people reach the server. */
export function publicUrlOf(settings: Pick<Settings, 'publicUrl' | 'host' | 'port'>): string {
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  return (settings.publicUrl ?? `http://${host}:${settings.port}`).replace(/\/$/, '');
}

function refusal({ env, kind, secret }: Setting<unknown, unknown>, raw: string): Sentence {
  const value = secret === true ? undefined : raw.slice(0, 200);
  return {
    zh: `设置 ${env} 的值${value === undefined ? '' : `「${value}」`}无效。可以是：${kind.accepts.zh}。`,
    en: `The setting ${env} cannot be ${value === undefined ? 'what it is' : `"${value}"`}. Accepted: ${kind.accepts.en}.`,
  };
}

/** True when others than this machine can open an address: the world, or at least the network. */
export function isReachable(publicUrl: string): boolean {
  const { hostname } = new URL(publicUrl);
  return !/^(localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0)$/.test(hostname);
}
