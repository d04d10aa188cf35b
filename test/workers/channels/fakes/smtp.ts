// A real SMTP server on this machine, with TLS and authentication, and what a mail program would read of each message.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type net from 'node:net';
import path from 'node:path';
import { SMTPServer } from 'smtp-server';
import { accountOf, type Arrived, type FakeProvider, type KnownError, type Mode } from './provider.ts';

const tls = path.resolve(import.meta.dirname, '../../../support/tls');
/** Of the certificate beside it, for localhost and 127.0.0.1. */
export const CERTIFICATE = readFileSync(path.join(tls, 'cert.pem'), 'utf8');
const KEY = readFileSync(path.join(tls, 'key.pem'), 'utf8');

/** A mail, read. */
export interface Mail {
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly from: string;
  readonly to: string;
}

export type SmtpFake = FakeProvider & {
  readonly mails: readonly Mail[];
  readonly port: number;
  /** Stops talking once a message has been taken. */
  silentAfterData: boolean;
};

class Reply extends Error {
  readonly responseCode: number;
  constructor(line: string) {
    super(line.slice(4));
    this.responseCode = Number(line.slice(0, 3));
  }
}

export async function smtpFake({
  security = 'tls',
}: { readonly security?: 'tls' | 'starttls' | 'none' } = {}): Promise<SmtpFake> {
  const arrived: Arrived[] = [];
  const mails: Mail[] = [];
  let contacts = 0;
  const raw = (text: string): void => {
    for (const connection of server.connections) {
      (connection as unknown as { _socket: net.Socket })._socket.write(text);
    }
  };
  const drop = (): void => {
    for (const connection of server.connections) {
      (connection as unknown as { _socket: net.Socket })._socket.destroy();
    }
  };
  const nextAt = (command: string): Reply | undefined => {
    const { next } = fake;
    if (typeof next !== 'string' || !next.startsWith(`${command} `)) return undefined;
    fake.next = undefined;
    return new Reply(next.slice(command.length + 1));
  };
  const server = new SMTPServer({
    secure: security === 'tls',
    disabledCommands: security === 'none' ? ['STARTTLS', 'AUTH'] : [],
    authOptional: security === 'none',
    key: KEY,
    cert: CERTIFICATE,
    logger: false,
    disableReverseLookup: true,
    closeTimeout: 100,
    onConnect: (_session, callback) => {
      contacts += 1;
      if (fake.mode === 'hangs') return;
      callback();
    },
    onAuth: (auth, _session, callback) => {
      const isRight = auth.username === 'kindling' && auth.password === 'smtp-password-1';
      if (isRight) callback(null, { user: 'kindling' });
      else callback(new Reply('535 5.7.8 Authentication credentials invalid'));
    },
    onMailFrom: (_address, _session, callback) => {
      if (fake.mode === 'down') return callback(new Reply('451 4.3.0 Temporary lookup failure'));
      if (contacts > fake.limitAfter) return callback(new Reply('450 4.7.1 Too many messages'));
      callback(nextAt('MAIL'));
    },
    onRcptTo: ({ address }, _session, callback) => {
      const unknown = address.startsWith('nobody@') ? new Reply('550 5.1.1 User unknown') : undefined;
      callback(nextAt('RCPT') ?? unknown);
    },
    onData: (stream, session, callback) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const refusal = nextAt('DATA');
        if (refusal !== undefined) return callback(refusal);
        const from = session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address;
        const to = session.envelope.rcptTo.map(({ address }) => address).join(',');
        const mail = { ...readMail(Buffer.concat(parts)), from, to };
        mails.push(mail);
        const key = /^<([0-9a-f]+)@/.exec(mail.headers['message-id'] ?? '')?.[1] ?? null;
        arrived.push({ text: mail.text, key, to, mention: null });
        if (fake.silentAfterData) return undefined;
        const taken = () => callback(null, `2.0.0 Ok: queued as Q${arrived.length}ABC`);
        switch (fake.mode) {
          case 'accepts-and-drops':
            return drop();
          case 'broken':
            return raw('hello there\r\n');
          case 'endless':
            return raw('250-more\r\n'.repeat(150_000));
          case 'slow':
            return void setTimeout(taken, 150);
          case 'well':
          case 'hangs':
          case 'down':
          case 'redirects':
          case 'gateway':
            return taken();
        }
      });
    },
  });
  server.on('error', () => {});
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as net.AddressInfo;
  const account = (password: string, more = {}) =>
    accountOf(
      'email',
      {
        host: 'localhost',
        port,
        security,
        from: 'hello@community.example',
        fromName: '薪火 Kindling',
        ...(security === 'none' ? {} : { user: 'kindling', ca: CERTIFICATE }),
        ...more,
      },
      { password },
    );
  const base: Omit<SmtpFake, 'mode' | 'next' | 'limitAfter' | 'silentAfterData'> = {
    kind: 'email',
    account: account('smtp-password-1'),
    wrongAccounts: [
      { says: 'a wrong password', account: account('smtp-password-2') },
      { says: 'no password', account: account('') },
      {
        says: 'a certificate that nobody vouches for',
        account: account('smtp-password-1', { ca: OTHER_CA }),
      },
    ],
    to: { kind: 'member', externalId: 'lan@example.com' },
    wrongTo: [
      { kind: 'member', externalId: null },
      { kind: 'member', externalId: 'not an address' },
      { kind: 'member', externalId: 'a@b.example\r\nBCC: c@d.example' },
      { kind: 'member', externalId: 'a@b.example,c@d.example' },
      { kind: 'group', externalId: '<a@b.example>' },
    ],
    mention: null,
    arrived,
    mails,
    port,
    contacts: () => contacts,
    modes: ['hangs', 'accepts-and-drops', 'slow', 'down', 'broken', 'endless'] satisfies Mode[],
    limit: { outcome: { outcome: 'rateLimited' }, afterMs: 300_000 },
    errors: ERRORS,
    brokenIs: 'unknown',
    hangIs: 'certain',
    takesKey: true,
    givesId: true,
    // A mail ends its lines its own way.
    shows: (text) => lines(text),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  const fake: SmtpFake = Object.assign(base, {
    mode: 'well' as Mode,
    next: undefined,
    limitAfter: Infinity,
    silentAfterData: false,
  });
  return fake;
}

const ofRecipient = { outcome: 'rejected', blames: 'recipient' } as const;
const ofAccount = { outcome: 'rejected', blames: 'account' } as const;
const ERRORS: readonly KnownError[] = [
  {
    says: 'a mailbox that nobody has',
    answer: 'RCPT 550 5.1.1 User unknown',
    expected: { ...ofRecipient, kind: 'permanent', code: 'smtp-550-5.1.1' },
  },
  {
    says: 'a full mailbox',
    answer: 'RCPT 452 4.2.2 Mailbox full',
    expected: { ...ofRecipient, kind: 'transient' },
  },
  {
    says: 'a sender that is not allowed',
    answer: 'MAIL 553 5.7.1 Sender address rejected',
    expected: { ...ofAccount, kind: 'permanent' },
  },
  {
    says: 'greylisting',
    answer: 'RCPT 451 4.7.1 Greylisted, try again later',
    expected: { outcome: 'rateLimited' },
    afterMs: 300_000,
  },
  {
    says: 'a message taken for spam',
    answer: 'DATA 554 5.7.1 Rejected as spam',
    expected: { ...ofAccount, kind: 'permanent' },
  },
  {
    says: 'a message that is too large',
    answer: 'DATA 552 5.3.4 Message too big',
    expected: { ...ofRecipient, kind: 'permanent' },
  },
  {
    says: 'a server that closes for a while',
    answer: 'MAIL 421 4.3.2 Shutting down',
    expected: { outcome: 'rateLimited' },
    afterMs: 300_000,
  },
];

const lines = (text: string): string => text.replaceAll(/\r\n?/g, '\n').replace(/\n+$/, '');

/** Reads a mail of one part: headers unfolded and decoded, the text in its encoding. */
function readMail(bytes: Buffer): Pick<Mail, 'headers' | 'text'> {
  const all = bytes.toString('latin1');
  const end = all.indexOf('\r\n\r\n');
  const headers: Record<string, string> = {};
  for (const line of all
    .slice(0, end)
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n')) {
    const at = line.indexOf(':');
    const name = line.slice(0, at).toLowerCase();
    // A header that stands twice must not hide the first.
    headers[name] =
      (headers[name] === undefined ? '' : `${headers[name]} | `) + decoded(line.slice(at + 1).trim());
  }
  const body = all.slice(end + 4);
  const encoding = headers['content-transfer-encoding'];
  const text =
    encoding === 'base64'
      ? Buffer.from(body, 'base64')
      : Buffer.from(
          encoding === 'quoted-printable' ? unquoted(body.replaceAll('=\r\n', '')) : body,
          'latin1',
        );
  return { headers, text: lines(text.toString('utf8')) };
}

const unquoted = (text: string): string =>
  text.replaceAll(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

const decoded = (text: string): string =>
  text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?UTF-8\?([BQ])\?([^?]*)\?=/gi, (_all, how: string, what: string) =>
      Buffer.from(
        how.toUpperCase() === 'B'
          ? Buffer.from(what, 'base64').toString('latin1')
          : unquoted(what.replaceAll('_', ' ')),
        'latin1',
      ).toString('utf8'),
    );

// Of somebody else.
const OTHER_CA = `-----BEGIN CERTIFICATE-----
MIIBdzCCAR2gAwIBAgIULEw9WxYELSq4D0cK1gAJliNfZcIwCgYIKoZIzj0EAwIw
EDEOMAwGA1UEAwwFb3RoZXIwIBcNMjYxMTI3MTcyMjM0WhgPMjEyNjExMDMxNzIy
MzRaMBAxDjAMBgNVBAMMBW90aGVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
grB+dLSzmrg5ea3Hbg9BHJ/UYhgKwC7ER9Kt7lAH2A/juIKSOD83E53iHd7yFQ0F
T5GFPe/o4J0ohkpgDVtPjaNTMFEwHQYDVR0OBBYEFJwqDVJfvLGV96e2PK7KIdED
a04QMB8GA1UdIwQYMBaAFJwqDVJfvLGV96e2PK7KIdEDa04QMA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgWAezxw0OHFUny88J0IVggLKlc4hzIpb4
JLvgzuoGGuYCIQDa5rmv1/VZpXS4kdknGk9Lbud7y0EJoiNY9cUOjqgckw==
-----END CERTIFICATE-----
`;
