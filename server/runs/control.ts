// An operator's command, checked against the run as it is, then given, audited and told to the shards.
// What it would change is preview.ts; what it does in the run is the interpreter's.
import { compile, type Registry } from '../../engine/index.ts';
import type { Playbook, Text } from '../../engine/document.ts';
import { anchorsIn } from '../../engine/effects/instant.ts';
import type { Instant } from '../../engine/instant.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import type { PlanNode } from '../../engine/plan.ts';
import type { Control, VisitKey } from '../../engine/run/protocol.ts';
import { nudge } from '../../workers/client.ts';
import { productOf } from '../../workers/store/attributes.ts';
import { inTransaction, type Sql } from '../../workers/store/client.ts';
import { command } from '../../workers/store/control.ts';
import { planOf } from '../../workers/store/plan.ts';
import type { Nudge } from '../../workers/store/inbox.ts';
import type { RunFacts } from '../../workers/store/run.ts';
import { audit } from '../audit.ts';
import { voiceOf, type Identity } from '../identity/identity.ts';
import { refuseProblems } from '../playbooks/findings.ts';
import { Refusal } from '../refusal.ts';
import type { Deps } from '../route.ts';
import { findRun, nodeIndex } from './find.ts';
import { tellNoLongerPaused, tellPaused } from './paused.ts';
import { impossibleIn, preview, type Correction, type Touched } from './preview.ts';

/** What an operator may ask; checked against its schema before. */
export interface Order {
  readonly do: 'pause' | 'resume' | 'cancel' | 'retime' | 'set-param' | 'retext' | 'retry' | 'skip' | 'end';
  readonly policy?: 'hold' | 'skip' | 'shift';
  readonly reason?: string;
  readonly params?: JsonObject;
  readonly texts?: Readonly<Record<string, Text>>;
  readonly node?: string;
  readonly ordinal?: number;
  readonly lap?: number;
  /** Goes on although the correction makes steps impossible. */
  readonly confirm?: boolean;
}

/** A checked order: what goes into the inbox, and the facts that change with it. */
export interface Checked {
  readonly run: RunFacts;
  readonly control: Control | undefined;
  readonly correction: Correction;
  /** Nodes of the version's plan, whose parameters are still open. */
  readonly template: readonly PlanNode[];
}

/** Orders that are possible in a status of the run. */
const POSSIBLE: Readonly<Record<string, readonly Order['do'][]>> = {
  scheduled: ['pause', 'cancel', 'retime', 'set-param', 'retext'],
  running: ['pause', 'cancel', 'retime', 'set-param', 'retext', 'retry', 'skip', 'end'],
  paused: ['resume', 'cancel', 'retime', 'set-param', 'retext', 'retry', 'skip', 'end'],
  stopping: [],
};

/** Checks an order against the run as it is now. */
export async function checkOrder(sql: Sql, who: Identity, id: string, order: Order): Promise<Checked> {
  const run = await findRun(sql, who, id);
  const possible = POSSIBLE[run.status];
  if (possible === undefined) throw new Refusal('run-over', { values: { status: run.status } });
  if (!possible.includes(order.do)) {
    throw new Refusal('not-now', { place: '/do', values: { command: order.do, status: run.status } });
  }
  const { rows } = await sql.query<{ document: Playbook; hash: string }>(
    'select document, plan_hash as hash from playbook_version where id = $1',
    [run.version],
  );
  const { document, hash } = rows[0]!;
  const correction = correctionOf(run, order, { document, registry: await productOf(sql, run.team) });
  const template = (await planOf(sql, hash)).nodes;
  return { run, correction, template, control: await controlOf(sql, run, order) };
}

/** Checks and gives an order. */
export async function giveOrder(
  deps: Deps,
  {
    who,
    id,
    order,
    now,
  }: { readonly who: Identity; readonly id: string; readonly order: Order; readonly now: Instant },
): Promise<void> {
  const nudges = await inTransaction(deps.store.pool, async (sql) => {
    // Two operators at once: the second sees what the first has done.
    await sql.query('select from run where team_id = $1 and id = $2 for update', [who.team, id]);
    const { run, control, correction, template } = await checkOrder(sql, who, id, order);
    if (order.confirm !== true) refuseImpossible(await preview(sql, run, { correction, template, now }));
    const { params, texts } = correction;
    await audit(sql, {
      who,
      action: `run.${order.do}`,
      subject: `run/${id}`,
      reason: order.reason,
      detail: {
        ...(order.node === undefined
          ? {}
          : { node: order.node, ordinal: order.ordinal ?? 0, lap: order.lap ?? 0 }),
        ...(order.policy === undefined ? {} : { policy: order.policy }),
        params,
        texts: Object.keys(texts),
      },
      now,
    });
    if (order.do === 'pause') await tellPaused(sql, run, { who, reason: order.reason, now });
    if (order.do === 'resume' || order.do === 'cancel') await tellNoLongerPaused(sql, run, now);
    return command(sql, {
      run: id,
      ...(control === undefined ? {} : { control }),
      ...(Object.keys(params).length === 0 ? {} : { params }),
      ...(Object.keys(texts).length === 0 ? {} : { texts }),
      by: voiceOf(who),
      now,
    });
  });
  await tellShards(deps, nudges);
}

/** What a new date makes impossible must have been seen. */
function refuseImpossible(touched: readonly Touched[]): void {
  const nodes = impossibleIn(touched);
  if (nodes.length === 0) return;
  throw new Refusal('makes-impossible', {
    place: '/confirm',
    values: { count: nodes.length, nodes: nodes.slice(0, 5).join(', ') },
    extra: () => ({ impossible: nodes, touched }),
  });
}

const PATIENCE_MS = 3_000;

/** Nudges shards after a commit. When Temporal is away the sweeper of the workers does it later: nothing is lost. */
export async function tellShards({ store, temporal }: Deps, nudges: readonly Nudge[]): Promise<void> {
  if (nudges.length === 0) return;
  const telling = () => nudge(store, temporal, nudges);
  await temporal.client.withDeadline(Date.now() + PATIENCE_MS, telling).catch(() => {});
}

function correctionOf(
  run: RunFacts,
  order: Order,
  { document, registry }: { readonly document: Playbook; readonly registry: Registry },
): Correction {
  const params = order.do === 'retime' || order.do === 'set-param' ? (order.params ?? {}) : {};
  const texts = order.do === 'retext' ? (order.texts ?? {}) : {};
  const declared = (document.params?.['properties'] ?? {}) as Readonly<
    Record<string, { readonly format?: string }>
  >;
  for (const name of Object.keys(params)) {
    const schema = Object.hasOwn(declared, name) ? declared[name] : undefined;
    if (schema === undefined || (order.do === 'retime' && schema.format !== 'date-time')) {
      throw new Refusal('unknown-param', { place: `/params/${name}`, values: { param: name } });
    }
  }
  if (Object.keys(params).length + Object.keys(texts).length === 0) return { params, texts };
  // What the running activity becomes must be as sound as what was published.
  const { plan, problems } = compile(retexted(document, texts), { ...run.params, ...params }, registry);
  if (plan === undefined) refuseProblems(problems);
  return { params, texts };
}

/** The document with other texts; the same key that the worker replaces. */
function retexted(document: Playbook, texts: Readonly<Record<string, Text>>): Json {
  if (Object.keys(texts).length === 0) return document as unknown as Json;
  const open = new Map(Object.entries(texts));
  const copy = structuredClone(document) as unknown as {
    graph: Drawing;
    journeys?: Record<string, { graph: Drawing }>;
  };
  const drawings = [copy.graph, ...Object.values(copy.journeys ?? {}).map(({ graph }) => graph)];
  for (const node of drawings.flatMap(({ nodes }) => nodes)) {
    const text = open.get(node.id);
    if (text === undefined) continue;
    const key = ['text', 'script', 'title'].find((it) => it in (node.config ?? {}));
    if (key === undefined)
      throw new Refusal('no-text', { place: `/texts/${node.id}`, values: { node: node.id } });
    node.config = { ...node.config, [key]: text };
    open.delete(node.id);
  }
  const [unknown] = open.keys();
  if (unknown !== undefined) {
    throw new Refusal('unknown-node', { place: `/texts/${unknown}`, values: { node: unknown } });
  }
  return copy as unknown as Json;
}

interface Drawing {
  nodes: { id: string; config?: JsonObject }[];
}

async function controlOf(sql: Sql, run: RunFacts, order: Order): Promise<Control | undefined> {
  switch (order.do) {
    case 'pause':
      return { do: 'pause' };
    case 'resume':
      return { do: 'resume', policy: order.policy ?? 'hold' };
    case 'cancel':
      return { do: 'cancel', reason: order.reason ?? 'cancelled' };
    case 'retime':
    case 'set-param': {
      // A corrected date moves what hangs on it, whichever word the operator used.
      const anchors = Object.keys(anchorsIn(order.params ?? {}, run.plan.zone));
      return anchors.length === 0 ? undefined : { do: 'retime', anchors };
    }
    case 'retext':
      return undefined;
    case 'retry':
    case 'skip':
    case 'end':
      return { do: order.do, ...(await checkVisit(sql, run, order)) };
  }
}

/** The visit that an order names: it must be live, and stuck where it is to be tried again. */
async function checkVisit(sql: Sql, run: RunFacts, order: Order): Promise<VisitKey> {
  const { node: id = '', ordinal = 0, lap = 0 } = order;
  const node = nodeIndex(run, id);
  const { graph, block } = run.plan.nodes[node]!;
  if (order.do === 'skip' && block?.kind === 'fork') {
    throw new Refusal('cannot-skip-fork', { place: '/node', values: { node: id } });
  }
  const { rows } = await sql.query<{ live: boolean; stuck: boolean; gone: boolean }>(
    `select exists (select from subject where run_id = $1 and graph = $2 and ordinal = $4 and ended_at is null) as live,
       exists (select from stuck_visit where (run_id, node, ordinal, lap) = ($1, $3, $4, $5) and resolved_at is null)
         as stuck,
       exists (select from passed_by($1, $4) where (node, lap) = ($3, $5)) as gone`,
    [run.id, graph, node, ordinal, lap],
  );
  const { live, stuck, gone } = rows[0]!;
  if (!live || gone || (order.do === 'retry' && !stuck)) {
    const name = graph === 0 ? 'campaign' : `${run.plan.graphs[graph]?.id}/${ordinal}`;
    throw new Refusal('visit-not-there', { place: '/node', values: { subject: name, node: id } });
  }
  return { node, ordinal, lap };
}
