// E-mail by SMTP: one connection, one message, one recipient. Certificates are always checked, and text never goes out unasked in the clear.
// Not a queue: what the server has not taken is answered as such, and nothing is tried twice here.
import { isIP } from 'node:net';
import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { MINUTE } from '../../engine/instant.ts';
import type { FromSchema } from '../../engine/json.ts';
import { emailConfig } from '../../engine/channels/email.ts';
import { reachableHost } from '../http/address.ts';
import type { ChannelReach, OutMessage, SendOutcome } from './channel.ts';
import { defineAdapter, hindered, limitedFor, refused, titleOf } from './provider.ts';

type Config = FromSchema<typeof emailConfig>;

const CONNECT_MS = 15_000;
/** Of a name with many addresses only so many are tried. */
const MOST_ADDRESSES = 3;

export const email = defineAdapter('email', async (account, message, key, reach) => {
  const config = account.config as unknown as Config;
  const password = account.secret.part('password');
  if (config.user !== undefined && password === '') return refused('no-secret');
  const target = await reachableHost(config.host, reach);
  if ('problem' in target) {
    return target.problem === 'unknown-host' ? hindered(target.problem) : refused(target.problem);
  }
  const bytes = await composed(config, message, key, reach);
  const to = message.to.externalId ?? '';
  let outcome: SendOutcome = hindered('unknown-host');
  for (const { address } of target.addresses.slice(0, MOST_ADDRESSES)) {
    const ended = await deliver({ config, address, password }, { bytes, to }, reach);
    outcome = outcomeOf(ended, reach);
    // Where nobody answers, the next address of the same name may.
    if (!('error' in ended) || ended.stage !== 'connecting' || reach.signal.aborted) break;
  }
  return outcome;
});

function composed(
  { from, fromName, replyTo }: Config,
  message: OutMessage,
  key: string,
  { clock }: ChannelReach,
): Promise<Buffer> {
  const { text, class: kind, to, locale, optOutUrl } = message;
  const domain = from.slice(from.lastIndexOf('@') + 1);
  return new MailComposer({
    from: { name: fromName ?? '', address: from },
    to: to.externalId ?? '',
    ...(replyTo === undefined ? {} : { replyTo }),
    subject: titleOf(message).replaceAll(/\s+/g, ' '),
    text,
    // The same at every attempt: a mailbox that gets it twice can tell.
    messageId: `<${key}@${domain}>`,
    date: new Date(clock()),
    disableFileAccess: true,
    disableUrlAccess: true,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'Content-Language': locale,
      ...(kind === 'marketing' ? { Precedence: 'bulk' } : {}),
      ...unsubscription(optOutUrl),
    },
  })
    .compile()
    .build();
}

/** What mail programs make a button of. One click needs an encrypted address (RFC 8058). */
function unsubscription(url: string | undefined): Record<string, string> {
  if (url === undefined || /[<>\s]/.test(url)) return {};
  return {
    'List-Unsubscribe': `<${url}>`,
    ...(url.startsWith('https:') ? { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : {}),
  };
}

/** How far a conversation with the server has come. From `handed` on, the message may have been taken. */
type Stage = 'connecting' | 'greeted' | 'handed';

/** What an SMTP library tells of a failure. */
interface Failure {
  readonly code?: string;
  readonly command?: string;
  /** The server's own three digits, where it has said something. */
  readonly responseCode?: number;
  readonly response?: string;
}

type Ended = { readonly taken: string } | { readonly stage: Stage; readonly error: Failure };

interface Server {
  readonly config: Config;
  /** The address that was checked. */
  readonly address: string;
  readonly password: string;
}

function deliver(
  { config, address, password }: Server,
  { bytes, to }: { readonly bytes: Buffer; readonly to: string },
  { signal }: ChannelReach,
): Promise<Ended> {
  const { host, security = 'tls', user, from, ca } = config;
  const connection = new SMTPConnection({
    host: address,
    port: config.port ?? (security === 'tls' ? 465 : security === 'starttls' ? 587 : 25),
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    name: from.slice(from.lastIndexOf('@') + 1),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketCloseTimeout: 0,
    // The certificate must be that of the name that was set, not of the address that it leads to.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    tls: { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
  });
  return new Promise((resolve) => {
    let stage: Stage = 'connecting';
    const end = (ended: Ended): void => {
      signal.removeEventListener('abort', abort);
      connection.close();
      resolve(ended);
    };
    const fail = (error: Failure): void => end({ stage, error });
    const abort = (): void => fail({ code: 'ETIMEDOUT' });
    signal.addEventListener('abort', abort, { once: true });
    connection.on('error', fail);
    const send = (): void => {
      // Read only when the server has said that it wants the message.
      const content = Readable.from(
        (function* () {
          stage = 'handed';
          yield bytes;
        })(),
      );
      connection.send({ from, to, size: bytes.length }, content, (error, info) => {
        if (error) fail(error as Failure);
        else end({ taken: info?.response ?? '' });
      });
    };
    connection.connect(() => {
      stage = 'greeted';
      if (user === undefined) return send();
      connection.login({ user, pass: password }, (error) => (error ? fail(error as Failure) : send()));
    });
  });
}

function outcomeOf(ended: Ended, reach: ChannelReach): SendOutcome {
  if ('taken' in ended) return { outcome: 'accepted', providerId: queueIdIn(ended.taken) };
  const { stage, error } = ended;
  const { code = 'ESOCKET', command = '', responseCode, response = '' } = error;
  if (responseCode !== undefined) return byReply({ responseCode, response, command }, reach);
  if (stage === 'handed') return { outcome: 'unknown', code: 'no-answer' };
  if (code === 'ETLS' || isCertificate(error)) return refused('tls');
  if (code === 'EAUTH') return refused('smtp-auth');
  if (code === 'EENVELOPE') return refused('no-address', 'recipient');
  return hindered(stage === 'connecting' ? 'refused-connection' : 'smtp-closed');
}

/** What the server's own words mean: the first digit says whether it is for ever, the command whom it is about. */
function byReply(
  {
    responseCode,
    response,
    command,
  }: { readonly responseCode: number; readonly response: string; readonly command: string },
  reach: ChannelReach,
): SendOutcome {
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1];
  const code = `smtp-${responseCode}${enhanced === undefined ? '' : `-${enhanced}`}`;
  const isOfRecipient = command === 'RCPT TO' || command === 'DATA';
  const blames = isOfRecipient && enhanced?.split('.')[1] !== '7' ? 'recipient' : 'account';
  if (responseCode >= 500) return refused(code, isOfRecipient ? blames : 'account');
  // 4.7: too many, too fast, not now. 421: the server closes to everybody for a while.
  if (enhanced?.startsWith('4.7.') === true || responseCode === 421) return limitedFor(5 * MINUTE, reach);
  return hindered(code, blames);
}

function isCertificate(error: Failure): boolean {
  const { originalCode = '' } = error as { readonly originalCode?: string };
  return /CERT|SELF_SIGNED|ERR_TLS|ERR_SSL|EPROTO/.test(originalCode);
}

/** The id under which the server keeps it: `250 2.0.0 Ok: queued as 4X1…`. */
const queueIdIn = (response: string): string | null =>
  /\b(?:queued as|id[=:]?)\s+<?([\w.@-]{3,100})/i.exec(response)?.[1] ?? null;
