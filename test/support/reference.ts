// The rules of the interpreter once more, for one subject, with one object per token and no thought of speed.
// Shares nothing with engine/run but its protocol: where the two disagree, one of them misreads the design.
import { chance } from '../../engine/chance.ts';
import type { Plan, PlanNode } from '../../engine/plan.ts';
import type {
  BatchResult,
  Call,
  Commands,
  Control,
  Ended,
  Entry,
  Listen,
  Passed,
  Stuck,
  Tick,
  VisitKey,
} from '../../engine/run/protocol.ts';
import type { Outcome, Resumption, StepDefinition } from '../../engine/step.ts';

type Event =
  | { kind: 'enter' }
  | { kind: 'woke' }
  | { kind: 'retimed' }
  | { kind: 'retry' }
  | { kind: 'arrived'; topic: number }
  | { kind: 'returned'; code: string; until: number }
  | { kind: 'leave'; port: number; skipped?: 'operator' };

interface Token {
  at: number;
  lap: number;
  readonly parent: Token | null;
  /** Of a forked token: its branches, and how many have arrived. */
  branches: Token[];
  arrived: number;
  state:
    | 'moving'
    | 'ready'
    | 'calling'
    | 'sleeping'
    | 'listening'
    | 'backoff'
    | 'leaving'
    | 'forked'
    | 'stuck'
    | 'gone';
  due: number;
  since: number;
  stage: number;
  call: number;
  attempts: number;
  effect: string;
  /** Instant for which it waits. */
  wake: number;
  batch: number;
  byCall: boolean;
  held: { event: Event; due: number } | null;
  early: { at: number; topic: number }[];
  lateMs: number;
  moved: boolean;
  /** It began to listen in this advance, its deadline is over, and nobody was told yet. */
  unheard: boolean;
}

/** One subject of one graph, moved by the rules of the design. */
export class Reference {
  readonly #plan: Plan;
  readonly #steps: Readonly<Record<string, StepDefinition>>;
  readonly #subject: { readonly graph: number; readonly ordinal: number; readonly seed: string };
  #tokens: Token[] = [];
  #began = false;
  #pausedAt: number | null = null;
  #cancelled = false;
  #batches = new Map<number, Token[]>();
  #nextBatch = 1;
  #now = 0;
  #due = 0;
  #out: Omit<Commands, 'wake' | 'done' | 'calls' | 'listens'> = {
    dropped: [],
    stuck: [],
    passed: [],
    ended: [],
  };
  #called = new Set<Token>();
  #listened = new Set<Token>();
  #parked = new Map<Token, { at: number; reason: Stuck['reason'] }>();

  constructor(
    plan: Plan,
    steps: Readonly<Record<string, StepDefinition>>,
    subject: { readonly graph: number; readonly ordinal: number; readonly seed: string },
  ) {
    this.#plan = plan;
    this.#steps = steps;
    this.#subject = subject;
  }

  /** The campaign's subject begins at once, the others by an entry. */
  start(now: number): Commands {
    this.#begin(now);
    if (this.#subject.graph === 0) this.#enterSubject(now);
    return this.#commands();
  }

  advance(tick: Tick, now: number): Commands {
    this.#begin(now);
    const rank = { control: 0, enter: 1, arrived: 2 };
    const key = (entry: Entry) =>
      entry.kind === 'arrived' ? [entry.node, entry.ordinal, entry.lap] : [0, 0, 0];
    const entries = (tick.entries ?? [])
      .map((entry) => ({ ...entry, at: Math.min(entry.at, now) }))
      .sort((a, b) => a.at - b.at || rank[a.kind] - rank[b.kind] || compare(key(a), key(b)));
    let results = tick.results ?? [];
    for (;;) {
      const wake = this.#pausedAt === null ? this.#wake() : Infinity;
      const entry = entries[0];
      if (entry !== undefined && entry.at <= wake) this.#take(entries.shift()!);
      else if (wake < now) this.#fire(wake);
      else if (results.length > 0) {
        this.#results(results);
        results = [];
      } else if (wake <= now) this.#fire(wake);
      else break;
    }
    return this.#commands();
  }

  #begin(now: number): void {
    this.#now = now;
    this.#due = now;
    this.#out = { dropped: [], stuck: [], passed: [], ended: [] };
    this.#called.clear();
    this.#listened.clear();
    this.#parked.clear();
  }

  #commands(): Commands {
    for (const token of this.#tokens) token.unheard = false;
    const listens = this.#sorted([...this.#listened].filter((it) => it.state === 'listening')).map(
      (it): Listen => ({ ...this.#key(it), since: it.since, until: it.wake }),
    );
    const stuck = this.#sorted([...this.#parked.keys()].filter((it) => it.state === 'stuck')).map((it) => ({
      ...this.#key(it),
      ...this.#parked.get(it)!,
    }));
    const wake = this.#pausedAt === null ? this.#wake() : Infinity;
    return {
      ...this.#out,
      dropped: this.#out.dropped.sort((a, b) => a.node - b.node || a.ordinal - b.ordinal || a.lap - b.lap),
      stuck,
      listens,
      calls: this.#calls(),
      wake: wake === Infinity ? null : wake,
      done: this.#tokens.length === 0,
    };
  }

  #calls(): Call[] {
    const groups = new Map<string, Token[]>();
    for (const token of this.#sorted(
      [...this.#called].filter((it) => it.state === 'calling' && it.batch === 0),
    )) {
      const effects = Object.keys(this.#step(token).effects ?? {});
      const group = [token.at, effects.indexOf(token.effect), token.stage]
        .map((it) => String(it).padStart(6, '0'))
        .join();
      groups.set(group, [...(groups.get(group) ?? []), token]);
    }
    return [...groups]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, tokens]) => {
        const batch = this.#nextBatch++;
        this.#batches.set(batch, tokens);
        for (const token of tokens) token.batch = batch;
        const { at, effect, stage } = tokens[0]!;
        const visits = tokens.map((it) => {
          const key = { ordinal: this.#subject.ordinal, lap: it.lap, call: it.call };
          const isLast = it.attempts >= this.#node(it).retry.attempts;
          return { ...key, due: it.due, at: it.since, ...(isLast ? { last: true as const } : {}) };
        });
        return { batch, node: at, effect, stage, visits };
      });
  }

  // What comes in.

  #take(entry: Entry): void {
    this.#due = entry.at;
    if (entry.kind === 'control') this.#control(entry, entry.at);
    else if (entry.kind === 'enter') {
      const { graph, ordinal } = this.#subject;
      const isMine = entry.graph === graph && entry.first <= ordinal && ordinal < entry.first + entry.count;
      if (isMine && !this.#began && !this.#cancelled) this.#enterSubject(entry.at);
    } else {
      const token = this.#find(entry);
      if (
        token === undefined ||
        entry.topic >= (this.#step(token).topics?.(this.#node(token).config).length ?? 0)
      )
        return;
      const heard = token.state === 'listening' && entry.at <= token.wake;
      const tick = roundUp(entry.at, this.#node(token).heedMs ?? 0);
      if (heard && tick === entry.at) {
        this.#happen(token, { kind: 'arrived', topic: entry.topic }, entry.at);
        return;
      }
      token.early.push({ at: entry.at, topic: entry.topic });
      if (heard) token.wake = Math.min(token.wake, tick);
    }
  }

  #enterSubject(at: number): void {
    this.#began = true;
    const token = this.#newToken(null);
    token.at = this.#plan.graphs[this.#subject.graph]!.start;
    this.#due = at;
    this.#run(token);
  }

  #results(results: readonly BatchResult[]): void {
    const answered = new Map<Token, { code: number; until: number; batch: number }>();
    for (const { batch, codes, untils } of results) {
      for (const [index, token] of (this.#batches.get(batch) ?? []).entries()) {
        if (token.state === 'calling' && token.batch === batch) {
          answered.set(token, { code: codes[index] ?? 254, until: untils?.[index] ?? 0, batch });
        }
      }
      this.#batches.delete(batch);
    }
    for (const token of this.#sorted([...answered.keys()])) {
      const { code, until, batch } = answered.get(token)!;
      if (token.state === 'calling' && token.batch === batch)
        this.#answer(token, code, until === 0 ? this.#now : until);
    }
  }

  #answer(token: Token, code: number, until: number): void {
    const now = this.#now;
    this.#due = now;
    const node = this.#node(token);
    const codes = this.#plan.effects[token.effect] ?? [];
    if (code === 255) {
      if (token.attempts >= node.retry.attempts) this.#fail(token);
      else {
        const { seed, ordinal } = this.#subject;
        const graph = this.#plan.graphs[node.graph]!.id;
        const jitter = chance(seed, ordinal, graph, node.id, token.lap, token.call, token.attempts);
        const pause = Math.min(node.retry.maxMs, node.retry.firstMs * 2 ** (token.attempts - 1));
        token.state = 'backoff';
        const again = now + Math.max(1, Math.round(pause * [0.8, 0.9, 1, 1.1, 1.2][Math.floor(jitter * 5)]!));
        token.wake = Number.isSafeInteger(until) ? Math.max(again, until) : again;
      }
    } else if (code === 253) this.#park(token, 'doubt', true);
    else if (!Number.isSafeInteger(until)) this.#fail(token);
    else if (code >= 0 && code < codes.length) {
      token.call += 1;
      this.#happen(token, { kind: 'returned', code: codes[code]!, until }, now);
    } else if (code >= 128 && code < 253 && node.ports[code - 128] !== undefined) {
      if (until <= now) this.#happen(token, { kind: 'leave', port: code - 128 }, now);
      else Object.assign(token, { state: 'leaving', stage: code - 128, wake: until });
    } else this.#fail(token);
  }

  #fail(token: Token): void {
    const port = this.#node(token).ports.findIndex(({ name, to }) => name === 'failed' && to >= 0);
    if (port < 0) this.#park(token, 'failed', true);
    else this.#happen(token, { kind: 'leave', port }, this.#now);
  }

  #fire(at: number): void {
    const due = this.#sorted(this.#tokens.filter((it) => this.#waits(it) && it.wake === at));
    for (const token of due) {
      if (this.#waits(token) && token.wake === at) this.#happen(token, { kind: 'woke' }, at);
    }
  }

  // Commands of operators.

  #control(control: Control, at: number): void {
    if (control.do === 'pause') this.#pausedAt ??= at;
    else if (control.do === 'resume') this.#resumeRun(control.policy, at);
    else if (control.do === 'cancel') {
      this.#cancelled = true;
      if (this.#tokens.length > 0) this.#leaveGraph(control.reason, at);
    } else if (control.do === 'retime') this.#retime(control.anchors, at);
    else {
      const token = this.#find(control);
      if (token === undefined) return;
      if (control.do === 'end') {
        this.#out.dropped.push(this.#key(token));
        this.#die(token, 'operator');
      } else if (control.do === 'skip') this.#skip(token, at);
      else if (token.state === 'backoff') token.wake = at;
      else if (token.state === 'stuck') this.#happen(token, { kind: 'retry' }, at);
    }
  }

  #skip(token: Token, at: number): void {
    this.#out.dropped.push(this.#key(token));
    this.#happen(token, { kind: 'leave', port: this.#node(token).skip, skipped: 'operator' }, at);
  }

  #resumeRun(policy: 'hold' | 'skip' | 'shift', at: number): void {
    if (this.#pausedAt === null) return;
    const pause = at - this.#pausedAt;
    const resting = this.#tokens.filter((it) => it.state === 'sleeping' || it.state === 'listening');
    if (policy === 'shift') {
      for (const token of resting.filter((it) => this.#node(it).shifts === true)) {
        token.wake = roundUp(token.wake + pause, this.#node(token).grainMs);
        if (token.state !== 'listening') continue;
        if (this.#hears(token)) this.#listened.add(token);
        const early = token.early.findIndex((it) => it.at <= token.wake);
        if (early < 0) continue;
        const [entry] = token.early.splice(early, 1);
        this.#happen(token, { kind: 'arrived', topic: entry!.topic }, at);
      }
    }
    this.#pausedAt = null;
    const missed =
      policy === 'skip'
        ? this.#sorted(
            resting.filter((it) => it.wake <= at && !(it.state === 'listening' && this.#early(it) >= 0)),
          )
        : [];
    const wakes = new Map(missed.map((it) => [it, it.wake]));
    for (const token of this.#sorted(this.#tokens.filter((it) => it.held !== null))) {
      const held = token.held;
      token.held = null;
      if (token.state === 'ready' && held !== null) this.#happen(token, held.event, held.due);
    }
    for (const token of missed) {
      if (this.#waits(token) && token.wake === wakes.get(token)) this.#skip(token, at);
    }
  }

  #retime(anchors: readonly string[], at: number): void {
    const following = this.#tokens.filter((it) =>
      this.#node(it).anchors?.some((name) => anchors.includes(name)),
    );
    for (const token of following) {
      if (token.state === 'calling') token.moved = true;
      if (token.held?.event.kind === 'returned' || token.held?.event.kind === 'arrived') token.moved = true;
    }
    const rests = (it: Token) => it.state === 'sleeping' || it.state === 'listening';
    for (const token of this.#sorted(following.filter(rests))) {
      if (rests(token)) this.#happen(token, { kind: 'retimed' }, at);
    }
  }

  // One token.

  #happen(token: Token, event: Event, due: number): void {
    if (this.#pausedAt !== null) {
      token.state = 'ready';
      token.held = { event, due };
      return;
    }
    this.#due = due;
    const step = this.#step(token);
    const { config } = this.#node(token);
    const ask = (told: Resumption) => {
      const now = this.#logical(token);
      token.state = 'moving';
      this.#do(token, step.resume!(config, this.#visit(token, now), told), now);
    };
    if (event.kind === 'enter') this.#run(token);
    else if (event.kind === 'leave') this.#leave(token, event.port, event.skipped);
    else if (event.kind === 'retry') this.#retry(token);
    else if (event.kind !== 'woke') ask(event);
    else if (token.state === 'backoff')
      this.#call(token, token.effect, this.#logical(token), token.attempts + 1);
    else if (token.state === 'leaving') this.#leave(token, token.stage);
    else {
      const early = this.#early(token, due);
      const [entry] = early < 0 ? [] : token.early.splice(early, 1);
      ask(entry === undefined ? event : { kind: 'arrived', topic: entry.topic });
    }
  }

  /** Where the first entry stands that came by its deadline. */
  #early(token: Token, deadline = token.wake): number {
    return token.early.findIndex(({ at }) => at <= deadline);
  }

  #retry(token: Token): void {
    const now = this.#logical(token);
    if (token.byCall) {
      token.call += 1;
      this.#call(token, token.effect, now, 1);
    } else {
      if (now - token.due > this.#node(token).late.afterMs) token.lateMs = now - token.due;
      this.#enter(token, now);
    }
  }

  #run(token: Token): void {
    token.state = 'moving';
    if (this.#pausedAt !== null) {
      this.#happen(token, { kind: 'enter' }, this.#due);
      return;
    }
    const node = this.#node(token);
    if (node.block?.kind === 'join' && token.parent?.at === node.block.fork) {
      this.#remove(token);
      token.parent.arrived += 1;
      this.#settle(token.parent);
      return;
    }
    token.due = this.#due;
    token.call = 0;
    const late = this.#now - this.#due;
    if (node.off === true) {
      this.#leave(token, node.block?.kind === 'repeat' ? this.#portOf(token, 'done') : 0, 'off');
    } else if (late <= node.late.afterMs) this.#enter(token, this.#due);
    else if (node.late.then === 'ask') this.#park(token, 'late', false);
    else {
      token.lateMs = late;
      if (node.late.then === 'skip') this.#leave(token, node.skip, 'late');
      else this.#enter(token, this.#now);
    }
  }

  #enter(token: Token, now: number): void {
    token.state = 'moving';
    token.stage = 0;
    token.since = now;
    this.#do(token, this.#step(token).enter(this.#node(token).config, this.#visit(token, now)), now);
  }

  #do(token: Token, outcome: Outcome, now: number): void {
    switch (outcome.kind) {
      case 'go':
        this.#leave(token, this.#portOf(token, outcome.port));
        return;
      case 'again':
        this.#leave(token, this.#portOf(token, 'each'));
        return;
      case 'sleep':
      case 'listen':
        this.#rest(token, outcome, now);
        return;
      case 'call':
        token.stage = outcome.stage;
        this.#call(token, outcome.effect, now, 1);
        return;
      case 'fork':
        this.#pass(token, null);
        this.#fork(
          token,
          this.#node(token).ports.map((_port, index) => index),
        );
        return;
      case 'exit':
        this.#pass(token, null);
        this.#leaveGraph(outcome.reason, this.#logical(token));
        return;
      case 'end':
        this.#pass(token, null);
        this.#die(token, outcome.reason);
    }
  }

  #rest(token: Token, outcome: Extract<Outcome, { kind: 'sleep' | 'listen' }>, now: number): void {
    const { config, grainMs } = this.#node(token);
    const tell = (event: Resumption) =>
      this.#do(token, this.#step(token).resume!(config, this.#visit(token, now), event), now);
    token.stage = outcome.stage;
    token.wake = roundUp(Math.max(outcome.until, now), grainMs);
    const early = outcome.kind === 'listen' ? token.early.findIndex(({ at }) => at <= token.wake) : -1;
    if (early >= 0) {
      const [entry] = token.early.splice(early, 1);
      tell({ kind: 'arrived', topic: entry!.topic });
    } else if (token.moved) {
      token.moved = false;
      tell({ kind: 'retimed' });
    } else if (outcome.kind === 'sleep') token.state = 'sleeping';
    else {
      token.state = 'listening';
      if (this.#hears(token)) this.#listened.add(token);
      token.unheard = this.#hears(token) && token.wake <= this.#now;
    }
  }

  #call(token: Token, effect: string, now: number, attempts: number): void {
    Object.assign(token, { state: 'calling', effect, attempts, since: now, batch: 0 });
    this.#called.add(token);
  }

  #park(token: Token, reason: Stuck['reason'], byCall: boolean): void {
    token.state = 'stuck';
    token.byCall = byCall;
    this.#parked.set(token, { at: this.#logical(token), reason });
  }

  #leave(token: Token, index: number, skipped?: Passed['skipped']): void {
    const node = this.#node(token);
    const { block } = node;
    let way = index;
    if (
      block?.kind === 'repeat' &&
      node.ports[index]?.name === 'each' &&
      token.lap % (block.max + 1) >= block.max
    ) {
      way = this.#portOf(token, 'done');
    }
    const port = node.ports[way];
    if (port === undefined || port.to < 0) {
      this.#park(token, 'failed', false);
      return;
    }
    this.#pass(token, port.name, skipped);
    if (block?.kind === 'fork') {
      this.#fork(token, [way]);
      return;
    }
    if (block?.kind === 'repeat' && port.name === 'done') token.lap = Math.floor(token.lap / (block.max + 1));
    this.#move(token, port.to, port.turn);
    this.#run(token);
  }

  #move(token: Token, to: number, turn: 'into' | 'back' | undefined): void {
    const block = this.#plan.nodes[to]!.block;
    if (turn === 'into' && block?.kind === 'repeat') token.lap *= block.max + 1;
    if (turn === 'back') token.lap += 1;
    token.at = to;
    Object.assign(token, { state: 'moving', early: [], lateMs: 0, moved: false, held: null });
  }

  // Blocks.

  #fork(token: Token, ports: number[]): void {
    const node = this.#node(token);
    token.state = 'forked';
    token.arrived = 0;
    token.branches = ports.map((index) => {
      const branch = this.#newToken(token);
      branch.lap = token.lap;
      this.#move(branch, node.ports[index]!.to, node.ports[index]!.turn);
      return branch;
    });
    for (const branch of token.branches) if (branch.state === 'moving') this.#run(branch);
  }

  #settle(fork: Token): void {
    const { block } = this.#node(fork);
    const join = block?.kind === 'fork' && block.join >= 0 ? this.#plan.nodes[block.join] : undefined;
    const living = fork.branches.filter((it) => it.state !== 'gone');
    if (join?.block?.kind === 'join' && fork.arrived > 0) {
      if (living.length === 0 || (join.block.need !== 'all' && fork.arrived >= join.block.need)) {
        for (const branch of living) this.#abandon(branch);
        this.#move(fork, this.#plan.nodes.indexOf(join), undefined);
        this.#run(fork);
      }
    } else if (living.length === 0) this.#dieFrom(fork);
  }

  #abandon(token: Token): void {
    if (token.state === 'forked')
      for (const branch of token.branches) if (branch.state !== 'gone') this.#abandon(branch);
    if (this.#isVisit(token)) this.#out.dropped.push(this.#key(token));
    this.#remove(token);
  }

  #lastEnd: Pick<Ended, 'reason' | 'at'> = { reason: '', at: 0 };

  #die(token: Token, reason: string): void {
    this.#lastEnd = { reason, at: this.#logical(token) };
    this.#dieFrom(token);
  }

  #dieFrom(token: Token): void {
    this.#remove(token);
    if (token.parent !== null) this.#settle(token.parent);
    else
      this.#out.ended.push({ graph: this.#subject.graph, ordinal: this.#subject.ordinal, ...this.#lastEnd });
  }

  #leaveGraph(reason: string, at: number): void {
    for (const token of this.#tokens) if (this.#isVisit(token)) this.#out.dropped.push(this.#key(token));
    for (const token of this.#tokens) token.state = 'gone';
    this.#tokens = [];
    this.#out.ended.push({ graph: this.#subject.graph, ordinal: this.#subject.ordinal, at, reason });
  }

  #remove(token: Token): void {
    token.state = 'gone';
    this.#tokens = this.#tokens.filter((it) => it !== token);
  }

  // Small questions.

  #newToken(parent: Token | null): Token {
    const token: Token = {
      at: 0,
      lap: 0,
      parent,
      branches: [],
      arrived: 0,
      state: 'moving',
      due: 0,
      since: 0,
      stage: 0,
      call: 0,
      attempts: 0,
      effect: '',
      wake: 0,
      batch: 0,
      byCall: false,
      held: null,
      early: [],
      lateMs: 0,
      moved: false,
      unheard: false,
    };
    this.#tokens.push(token);
    return token;
  }

  #pass(token: Token, port: string | null, skipped?: Passed['skipped']): void {
    const passed = { ...this.#key(token), at: this.#logical(token), port, lateMs: token.lateMs };
    this.#out.passed.push(skipped === undefined ? passed : { ...passed, skipped });
  }

  #visit(token: Token, now: number) {
    const { seed, ordinal } = this.#subject;
    const node = this.#node(token);
    const graph = this.#plan.graphs[node.graph]!.id;
    return {
      now,
      round: this.#round(token),
      stage: token.stage,
      chance: () => chance(seed, ordinal, graph, node.id),
    };
  }

  // Only repeats ask for their round.
  #round(token: Token): number {
    const { block } = this.#node(token);
    return block?.kind === 'repeat' ? token.lap % (block.max + 1) : 0;
  }

  #find(key: VisitKey): Token | undefined {
    const isMine =
      this.#plan.nodes[key.node]?.graph === this.#subject.graph && key.ordinal === this.#subject.ordinal;
    return isMine
      ? this.#tokens.find((it) => this.#isVisit(it) && it.at === key.node && it.lap === key.lap)
      : undefined;
  }

  #isVisit(token: Token): boolean {
    if (token.state === 'ready') return token.held?.event.kind !== 'enter';
    return token.state !== 'moving' && token.state !== 'forked' && token.state !== 'gone';
  }

  #waits(token: Token): boolean {
    return ['sleeping', 'listening', 'backoff', 'leaving'].includes(token.state) && !token.unheard;
  }

  #hears(token: Token): boolean {
    return (this.#step(token).topics?.(this.#node(token).config) ?? []).some((topic) => 'event' in topic);
  }

  #wake(): number {
    return Math.min(...this.#tokens.filter((it) => this.#waits(it)).map((it) => it.wake));
  }

  #logical(token: Token): number {
    return this.#now - this.#due <= this.#node(token).late.afterMs ? this.#due : this.#now;
  }

  #portOf(token: Token, name: string): number {
    return this.#node(token).ports.findIndex((port) => port.name === name);
  }

  #node(token: Token): PlanNode {
    return this.#plan.nodes[token.at]!;
  }

  #step(token: Token): StepDefinition {
    return this.#steps[this.#node(token).step]!;
  }

  #key(token: Token): VisitKey {
    return { node: token.at, ordinal: this.#subject.ordinal, lap: token.lap };
  }

  #sorted(tokens: Token[]): Token[] {
    return tokens.sort((a, b) => a.at - b.at || a.lap - b.lap || a.due - b.due);
  }
}

function roundUp(at: number, grainMs: number): number {
  return grainMs === 0 ? at : Math.ceil(at / grainMs) * grainMs;
}

function compare(a: readonly number[], b: readonly number[]): number {
  return a.map((value, index) => value - b[index]!).find((it) => it !== 0) ?? 0;
}
