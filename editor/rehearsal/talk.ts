// What the page and the worker of the rehearsal say to each other. Types only.
import type { Problem } from '../../engine/problem.ts';
import type { Trace } from '../../engine/run/trace.ts';
import type { Outcome } from './bands.ts';
import type { Order, Progress, Take } from './take.ts';

/** What the page asks. A question of a kind takes the place of the one before it. */
export type Question =
  | { readonly ask: 'take'; readonly id: number; readonly order: Order }
  | { readonly ask: 'bands'; readonly id: number; readonly order: Order; readonly seeds: readonly number[] }
  | { readonly ask: 'trace'; readonly id: number; readonly graph: string; readonly ordinal: number }
  | { readonly ask: 'stop'; readonly what: 'take' | 'bands' };

/** What the worker answers; `id` is that of the question. */
export type Answer =
  | { readonly say: 'progress'; readonly id: number; readonly progress: Progress }
  | { readonly say: 'problems'; readonly id: number; readonly problems: readonly Problem[] }
  | { readonly say: 'take'; readonly id: number; readonly take: Take }
  | { readonly say: 'outcome'; readonly id: number; readonly outcome: Outcome }
  | { readonly say: 'bands-over'; readonly id: number }
  | { readonly say: 'trace'; readonly id: number; readonly trace: Trace | null }
  | { readonly say: 'failed'; readonly id: number; readonly message: string };
