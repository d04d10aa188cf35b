// What is computed for a caller without the database: a document is checked, or rehearsed. Plain data in, plain data out.
// It runs in a thread (thread.ts); how much of it at once, and for how long, is the pool's matter.
import type { Attribute } from '../../engine/attributes.ts';
import type { TeamChannel } from '../../engine/channels/team.ts';
import { compile, product, productFor } from '../../engine/index.ts';
import type { DayWindow } from '../../engine/calendar/time-rule.ts';
import { parseLocal } from '../../engine/calendar/resolve.ts';
import type { Playbook } from '../../engine/document.ts';
import type { Caps } from '../../engine/effects/send-gate.ts';
import type { Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { Problem } from '../../engine/problem.ts';
import { rehearse } from '../../engine/rehearse.ts';
import { forecast } from '../../engine/rehearse/forecast.ts';
import { parseScript, type ScriptProblem } from '../../engine/script.ts';

/** A document to be checked. */
export interface CheckJob {
  /** What the caller's team has declared of its members. */
  readonly attributes?: readonly Attribute[];
  /** The channels that its playbooks may name; without them nothing is checked against any. */
  readonly channels?: readonly TeamChannel[];
  /** From when on messages are counted against the budgets of channels. */
  readonly now: Instant;
  /** The world reaches this installation's pages. */
  readonly isReachable?: boolean;
  readonly kind: 'check';
  readonly document: unknown;
  readonly params?: unknown;
}

/** A document to be rehearsed; `now` is where it starts when it does not say. */
export interface RehearseJob {
  readonly attributes?: readonly Attribute[];
  /** Whose budgets are kept; without them none are. */
  readonly channels?: readonly TeamChannel[];
  /** Of the team; the product's own where they are not given. */
  readonly caps?: Caps;
  readonly quiet?: DayWindow;
  readonly kind: 'rehearse';
  readonly document: unknown;
  readonly params?: JsonObject | undefined;
  readonly start?: string | undefined;
  readonly seed?: number | undefined;
  readonly members?: number | undefined;
  readonly script?: readonly unknown[] | undefined;
  readonly now: Instant;
}

export type Job = CheckJob | RehearseJob;

/** What came of it. A report is JSON text: the thread that serves requests only passes it on. */
export type Outcome =
  | { readonly kind: 'checked'; readonly plan: string | null; readonly problems: readonly Problem[] }
  | { readonly kind: 'has-problems'; readonly problems: readonly Problem[] }
  | { readonly kind: 'script-has-problems'; readonly problems: readonly ScriptProblem[] }
  | { readonly kind: 'rehearsed'; readonly report: string };

/** Does a job. Throws nothing that a document could provoke. */
export function work(job: Job): Outcome {
  const registry = {
    ...productFor(job.attributes ?? [], job.channels),
    isReachable: job.kind === 'rehearse' || job.isReachable !== false,
  };
  const filled = job.kind === 'check' ? job.params : (job.params ?? {});
  const { plan, problems } = compile(job.document, filled, registry);
  if (job.kind === 'check') {
    const { params, now } = job;
    const tooMany = plan === undefined ? [] : forecast(job.document, { params, registry, now });
    return {
      kind: 'checked',
      plan: tooMany.length === 0 ? (plan?.hash ?? null) : null,
      problems: [...problems, ...tooMany],
    };
  }
  if (plan === undefined) return { kind: 'has-problems', problems };
  const { script, problems: wrong } = parseScript(job.script ?? [], plan, product.steps);
  if (wrong.length > 0) return { kind: 'script-has-problems', problems: wrong };
  const { start, seed, members, now, channels, caps, quiet } = job;
  const document = job.document as Playbook;
  const rehearsal = rehearse(plan, {
    start: (start === undefined ? undefined : parseLocal(start, plan.zone)) ?? now,
    settings: document.rehearsal,
    seed,
    members,
    script,
    channels,
    caps,
    quiet,
    template: compile(document, undefined, registry).plan,
  });
  const report = { ...rehearsal.report(), done: rehearsal.isDone, stuck: rehearsal.stuck.length };
  return { kind: 'rehearsed', report: JSON.stringify(report) };
}
