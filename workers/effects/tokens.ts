// The tokens of a channel account while one gate holds its row: who may go now, and from when on the others.
// Not the bucket's arithmetic: see engine/effects/bucket.ts. What more urgent messages wait for is left to them.
import type { Limits } from '../../engine/channels/limits.ts';
import { freeAt, take, type Out } from '../../engine/effects/bucket.ts';
import { roomIn, type Circuit } from '../../engine/effects/circuit.ts';
import type { Instant } from '../../engine/instant.ts';
import {
  bucketKey,
  keepBuckets,
  lockCircuit,
  readBuckets,
  type BucketName,
  type ChannelAccount,
} from '../store/channel-account.ts';
import type { Sql } from '../store/client.ts';
import { heldOnAccount } from '../store/delivery.ts';
import type { Candidate } from './recipients.ts';

/** A token that is out: of which limit, whose, and until when. */
export interface Token {
  readonly name: string;
  readonly recipient: string;
  readonly back: Instant;
}

/** Until when an account lets nothing go, and why. */
export interface Pace {
  readonly at: Instant;
  readonly by: 'rate' | 'circuit';
}

type Rate = Limits['rates'][number];
type Whom = Pick<Candidate, 'recipient' | 'kind'>;

/** A message that is let through is handed over and answered by then; its tokens are out at least that long. */
const HANDED_WITHIN_MS = 90_000;
const SOON_MS = 250;

/** Whether a limit is of this recipient or of the account, as it counts for it. */
const bucketOf = ({ name, of }: Rate, { recipient, kind }: Whom): BucketName | undefined => {
  if (of === 'account') return { name, recipient: '' };
  return of === 'recipient' || of === kind ? { name, recipient } : undefined;
};

/** Opens the desk for some recipients: takes the account's row until the commit. */
export async function openTokens(
  sql: Sql,
  account: ChannelAccount,
  { whom, rank, now }: { readonly whom: readonly Whom[]; readonly rank: number; readonly now: Instant },
): Promise<TokenDesk> {
  const circuit = await lockCircuit(sql, account);
  const { rates } = account.limits;
  const names = rates.flatMap((rate) => whom.flatMap((it) => bucketOf(rate, it) ?? []));
  const distinct = [...new Map(names.map((it) => [bucketKey(it), it])).values()];
  const buckets = await readBuckets(sql, account, distinct);
  const longest = Math.max(0, ...rates.filter(({ of }) => of === 'account').map(({ perMs }) => perMs));
  const ahead = longest === 0 ? [] : await heldOnAccount(sql, account.id, { rank, before: now + longest });
  return new TokenDesk(account, { circuit, buckets, ahead, now });
}

/** The desk. */
export class TokenDesk {
  readonly #account: ChannelAccount;
  readonly #now: Instant;
  /** What is really out. */
  readonly #out: Map<string, Out>;
  /** What will be, if everybody who was put off goes as was reckoned, and whoever is more urgent goes first. */
  readonly #reckoned: Map<string, Out>;
  readonly #taken = new Map<string, BucketName>();
  #room: { count: number; readonly until: Instant; readonly by: 'circuit' | 'rate' };

  constructor(
    account: ChannelAccount,
    {
      circuit,
      buckets,
      ahead,
      now,
    }: {
      readonly circuit: Circuit;
      readonly buckets: Map<string, Out>;
      readonly ahead: readonly Instant[];
      readonly now: Instant;
    },
  ) {
    this.#account = account;
    this.#now = now;
    this.#out = buckets;
    this.#reckoned = new Map([...buckets].map(([key, out]) => [key, this.#early(key, out)]));
    this.#room = { ...roomIn(circuit, now) };
    for (const rate of account.limits.rates) {
      if (rate.of !== 'account') continue;
      const key = bucketKey({ name: rate.name, recipient: '' });
      for (const at of ahead.filter((it) => it < now + rate.perMs)) {
        const goes = freeAt(this.#reckoned.get(key) ?? [], rate, Math.max(at, now));
        if (goes === Infinity) break;
        this.#put(this.#reckoned, { rate, key }, goes + rate.perMs);
      }
    }
  }

  // Tokens of messages that are still under way come back when those are answered, which is mostly soon.
  #early(key: string, out: Out): Out {
    const name = key.slice(0, key.lastIndexOf('@'));
    const perMs = this.#account.limits.rates.find((rate) => rate.name === name)?.perMs ?? 0;
    const isUnderWay = (back: Instant): boolean => back > this.#now + perMs + HANDED_WITHIN_MS / 2;
    const early = out.map(([back, tokens]) =>
      isUnderWay(back)
        ? ([Math.max(this.#now + SOON_MS, back - HANDED_WITHIN_MS), tokens] as const)
        : ([back, tokens] as const),
    );
    return early.toSorted(([a], [b]) => a - b);
  }

  /** When the next message to somebody may go, where that is not now. */
  freeFor(whom: Whom, now: Instant): { readonly at: Instant; readonly by: 'rate' | 'circuit' } | undefined {
    if (this.#room.count < 1) return { at: this.#room.until, by: this.#room.by };
    const at = this.#freeAt(whom, now);
    return at > now ? { at, by: 'rate' } : undefined;
  }

  /** Uses what a message to somebody needs. */
  use(whom: Whom, now: Instant): readonly Token[] {
    this.#room.count -= 1;
    return this.#limits(whom).map(({ rate, key, name, recipient }) => {
      const back = now + rate.perMs + HANDED_WITHIN_MS;
      this.#put(this.#out, { rate, key }, back);
      this.#put(this.#reckoned, { rate, key }, now + rate.perMs);
      this.#taken.set(key, { name, recipient });
      return { name, recipient, back };
    });
  }

  /** Somebody who was put off will go at `at`: whoever is asked about next goes later. */
  plan(whom: Whom, at: Instant): void {
    if (at === Infinity) return;
    for (const limit of this.#limits(whom)) this.#put(this.#reckoned, limit, at + limit.rate.perMs);
  }

  /** From when on the account itself lets anything go; undefined: now. */
  get pace(): Pace | undefined {
    if (this.#room.count < 1) return { at: this.#room.until, by: this.#room.by };
    const at = this.#freeAt({ recipient: '', kind: 'group' }, this.#now, 'account');
    return at > this.#now ? { at, by: 'rate' } : undefined;
  }

  /** How far apart its limits hold messages that follow each other. */
  get stepMs(): number {
    const ofAccount = this.#account.limits.rates.filter(({ of }) => of === 'account');
    return Math.max(0, ...ofAccount.map(({ perMs, count }) => perMs / Math.max(1, count)));
  }

  /** Keeps what was used. */
  async close(sql: Sql): Promise<void> {
    const used = [...this.#taken].map(([key, bucket]) => ({ ...bucket, out: this.#out.get(key)! }));
    await keepBuckets(sql, this.#account, used);
  }

  #limits(whom: Whom, only?: 'account'): Limit[] {
    return this.#account.limits.rates.flatMap((rate) => {
      const bucket = only === undefined || rate.of === only ? bucketOf(rate, whom) : undefined;
      return bucket === undefined ? [] : [{ rate, ...bucket, key: bucketKey(bucket) }];
    });
  }

  // One limit may open while another is closed, so they are asked in turn until none moves the instant any more.
  #freeAt(whom: Whom, now: Instant, only?: 'account'): Instant {
    const limits = this.#limits(whom, only);
    let at = now;
    for (let before = -1; before !== at && at !== Infinity;) {
      before = at;
      for (const { rate, key } of limits) at = Math.max(at, freeAt(this.#reckoned.get(key) ?? [], rate, at));
    }
    return at;
  }

  #put(buckets: Map<string, Out>, { rate, key }: Pick<Limit, 'rate' | 'key'>, back: Instant): void {
    buckets.set(key, take(buckets.get(key) ?? [], rate, { now: this.#now, back }));
  }
}

/** A limit as it counts for somebody. */
interface Limit extends BucketName {
  readonly rate: Rate;
  readonly key: string;
}
