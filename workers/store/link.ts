// Links that are made for each recipient: what they say, signed so that nobody can make one, and what following them means.
// Not the pages behind them (server/pages/), and not how texts are marked for them (engine/language/links.ts).
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { DAY, SECOND, type Instant } from '../../engine/instant.ts';
import { countedUrls, OPT_OUT, type MakeLink } from '../../engine/language/links.ts';
import type { Plan } from '../../engine/plan.ts';
import type { Sql } from './client.ts';
import type { Keyring } from './keyring.ts';

/** What a link says. `member` is missing where one text goes to a whole group. */
export type LinkClaim =
  | { readonly kind: 'preferences'; readonly team: number; readonly member: string }
  /** The form of a visit: of this subject's latest round. */
  | {
      readonly kind: 'form';
      readonly run: string;
      readonly node: number;
      readonly ordinal: number;
      readonly member?: string;
    }
  /** Counts who follows it, then leads on. */
  | { readonly kind: 'counted'; readonly link: string; readonly member?: string };

/** A link as it was read: its claim, and when it was made (whole seconds). */
export interface ReadLink {
  readonly claim: LinkClaim;
  readonly madeAt: Instant;
}

/**
 * How long a link lives. A way out of messages must outlive the messages; a form closes by itself long before;
 * a counted link leads on after that, uncounted pages are none of ours.
 */
export const LINK_LIFE: Readonly<Record<LinkClaim['kind'], number>> = {
  preferences: 400 * DAY,
  form: 400 * DAY,
  counted: 400 * DAY,
};

const KINDS = ['preferences', 'form', 'counted'] as const;
/** 96 bits: a guess in 2^96, and short enough for a chat. */
const MAC_BYTES = 12;
const HEAD_BYTES = 5;

/** A token of about 60 to 80 characters that are safe in addresses. `keys`: the first signs. */
export function signLink(keys: readonly Buffer[], claim: LinkClaim, now: Instant): string {
  const body = bodyOf(claim);
  const bytes = Buffer.alloc(HEAD_BYTES + body.length);
  bytes[0] = KINDS.indexOf(claim.kind);
  bytes.writeUInt32BE(Math.floor(now / SECOND), 1);
  body.copy(bytes, HEAD_BYTES);
  return Buffer.concat([bytes, macOf(keys[0]!, bytes)]).toString('base64url');
}

/** What a token says; undefined when none of the keys has signed it, or when it is too old. */
export function readLink(keys: readonly Buffer[], token: string, now: Instant): ReadLink | undefined {
  if (!/^[\w-]{20,200}$/.test(token)) return undefined;
  const all = Buffer.from(token, 'base64url');
  // Two spellings of one token would count twice.
  if (all.length <= HEAD_BYTES + MAC_BYTES || all.toString('base64url') !== token) return undefined;
  const bytes = all.subarray(0, -MAC_BYTES);
  const mac = all.subarray(-MAC_BYTES);
  if (!keys.some((key) => timingSafeEqual(macOf(key, bytes), mac))) return undefined;
  const kind = KINDS[bytes[0] ?? KINDS.length];
  const madeAt = bytes.readUInt32BE(1) * SECOND;
  if (kind === undefined || now > madeAt + LINK_LIFE[kind]) return undefined;
  const claim = claimOf(kind, bytes.subarray(HEAD_BYTES));
  return claim === undefined ? undefined : { claim, madeAt };
}

const macOf = (key: Buffer, bytes: Buffer): Buffer =>
  createHmac('sha256', key).update(bytes).digest().subarray(0, MAC_BYTES);

const UUID_BYTES = 16;
const bytesOf = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');

function uuidOf(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function bodyOf(claim: LinkClaim): Buffer {
  switch (claim.kind) {
    case 'preferences': {
      const team = Buffer.alloc(4);
      team.writeUInt32BE(claim.team);
      return Buffer.concat([team, bytesOf(claim.member)]);
    }
    case 'form': {
      const place = Buffer.alloc(6);
      place.writeUInt16BE(claim.node);
      place.writeUInt32BE(claim.ordinal, 2);
      return Buffer.concat([bytesOf(claim.run), place, memberBytes(claim)]);
    }
    case 'counted':
      return Buffer.concat([bytesOf(claim.link), memberBytes(claim)]);
  }
}

const memberBytes = ({ member }: { readonly member?: string }): Buffer =>
  member === undefined ? Buffer.alloc(0) : bytesOf(member);

function claimOf(kind: LinkClaim['kind'], body: Buffer): LinkClaim | undefined {
  const fixed = { preferences: 20, form: 22, counted: 16 }[kind];
  const rest = body.subarray(fixed);
  const hasMember = rest.length === UUID_BYTES;
  if (body.length < fixed || (rest.length > 0 && !hasMember)) return undefined;
  const member = hasMember ? { member: uuidOf(rest) } : {};
  switch (kind) {
    case 'preferences':
      return hasMember
        ? undefined
        : { kind, team: body.readUInt32BE(0), member: uuidOf(body.subarray(4, 20)) };
    case 'form': {
      const run = uuidOf(body.subarray(0, UUID_BYTES));
      return { kind, run, node: body.readUInt16BE(16), ordinal: body.readUInt32BE(18), ...member };
    }
    case 'counted':
      return { kind, link: uuidOf(body.subarray(0, UUID_BYTES)), ...member };
  }
}

/** What signs links of members. */
const PURPOSE = 'member links';

/** What makes and reads the links of an installation; undefined in one without a key. */
export const officeOf = (keyring: Keyring | undefined, publicUrl: string): LinkOffice | undefined =>
  keyring === undefined ? undefined : { publicUrl, keys: keyring.signingKeys(PURPOSE) };

/** Where links lead, and what signs them. */
export interface LinkOffice {
  /** Where the world reaches the pages, without a slash at its end. */
  readonly publicUrl: string;
  readonly keys: readonly Buffer[];
}

/** Whose links: of a visit, for one member or for whoever reads the text. */
export interface LinkOwner {
  readonly team: number;
  readonly run: string;
  readonly plan: Plan;
  readonly node: number;
  readonly ordinal: number;
  readonly member?: string;
}

/** The address of a page. */
export const linkUrl = ({ publicUrl, keys }: LinkOffice, claim: LinkClaim, now: Instant): string =>
  `${publicUrl}/m/${signLink(keys, claim, now)}`;

/**
 * Makes the links of one recipient. Where nobody in particular reads (a group), the way out leads to a page that asks
 * who they are not: it says how to stop messages by hand.
 */
export function linksOf(office: LinkOffice, owner: LinkOwner, now: Instant): MakeLink {
  const { team, run, plan, member } = owner;
  const whose = member === undefined ? {} : { member };
  return (to) => {
    if ('url' in to) {
      return linkUrl(office, { kind: 'counted', link: countedLinkId(owner, to.url), ...whose }, now);
    }
    if (to.page === OPT_OUT) {
      return member === undefined
        ? `${office.publicUrl}/m/opt-out`
        : linkUrl(office, { kind: 'preferences', team, member }, now);
    }
    const node = plan.nodes.findIndex(({ id }) => id === to.page);
    const ordinal = plan.nodes[node]?.graph === 0 ? 0 : owner.ordinal;
    return linkUrl(office, { kind: 'form', run, node: Math.max(node, 0), ordinal, ...whose }, now);
  };
}

/** The id of a counted link: the same for the same address in the same step, so that making it again makes no other. */
export function countedLinkId({ run, node }: Pick<LinkOwner, 'run' | 'node'>, url: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([run, node, url]))
    .digest()
    .subarray(0, UUID_BYTES);
  // The bits by which a uuid calls itself made of a hash (version 8).
  hash[6] = (hash[6]! & 0x0f) | 0x80;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return uuidOf(hash);
}

/** Notes where the counted links of texts lead; before any of them goes out. */
export async function keepCountedLinks(
  sql: Sql,
  { team, run, node }: Pick<LinkOwner, 'team' | 'run' | 'node'>,
  texts: readonly string[],
): Promise<void> {
  const urls = [...new Set(texts.flatMap(countedUrls))];
  if (urls.length === 0) return;
  await sql.query(
    `insert into counted_link (id, team_id, run_id, node, url)
     select l.id, $1, $2, $3, l.url from unnest($4::uuid[], $5::text[]) as l (id, url) on conflict do nothing`,
    [team, run, node, urls.map((url) => countedLinkId({ run, node }, url)), urls],
  );
}
