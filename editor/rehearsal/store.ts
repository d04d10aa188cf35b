// The rehearsal that is open: its take, where the playhead stands, what is tried out, and the worker that does it all.
// Rehearses anew a moment after the playbook or what is tried out has changed. Not how it is shown.
import { create } from 'zustand';
import type { Playbook } from '../../engine/document.ts';
import type { Instant } from '../../engine/instant.ts';
import type { Problem } from '../../engine/problem.ts';
import { Playhead } from '../../engine/rehearse/film.ts';
import type { Trace } from '../../engine/run/trace.ts';
import { api } from '../api.ts';
import type { TeamRegistry } from '../team-registry.ts';
import { useDesk } from '../document/store.ts';
import type { Outcome } from './bands.ts';
import { NOTHING_TRIED, orderFor, type WhatIf } from './order.ts';
import type { Answer, Question } from './talk.ts';
import type { Progress, Take } from './take.ts';

/** What is rehearsed, and how far. */
export interface Stage {
  readonly isOpen: boolean;
  readonly state: 'resting' | 'running' | 'ready' | 'wrong' | 'failed';
  readonly progress: Progress | undefined;
  readonly problems: readonly Problem[];
  readonly failure: string | undefined;
  readonly take: Take | undefined;
  /** The document that the take is of. */
  readonly of: Playbook | undefined;
  readonly at: Instant;
  readonly isPlaying: boolean;
  /** How many seconds the whole takes when played. */
  readonly seconds: number;
  readonly whatIf: WhatIf;
  /** Takes that somebody has put aside to compare with, the newest first. */
  readonly kept: readonly Kept[];
  readonly outcomes: readonly Outcome[];
  readonly wanted: number;
  readonly trace: Trace | null | undefined;
}

/** A take under a name. */
export interface Kept {
  readonly no: number;
  readonly take: Take;
}

const CLOSED: Stage = {
  isOpen: false,
  state: 'resting',
  progress: undefined,
  problems: [],
  failure: undefined,
  take: undefined,
  of: undefined,
  at: 0,
  isPlaying: false,
  seconds: 20,
  whatIf: NOTHING_TRIED,
  kept: [],
  outcomes: [],
  wanted: 0,
  trace: undefined,
};

export const useStage = create<Stage>(() => CLOSED);

/** Most takes that are kept aside. */
const MOST_KEPT = 5;
/** After the last change so much time passes before it is rehearsed anew. */
const QUIET_MS = 400;

let worker: Worker | undefined;
let playhead: Playhead | undefined;
let team: TeamRegistry = {};
let began = 0;
let asking: Playbook | undefined;
let no = 0;
const asked = { take: 0, bands: 0, trace: 0 };
let timer: ReturnType<typeof setTimeout> | undefined;
let unwatch: () => void = () => {};

/** The playhead of the take that is shown. */
export const head = (): Playhead | undefined => playhead;

/** Opens the rehearsal of the open playbook. */
export async function openStage(): Promise<void> {
  if (useStage.getState().isOpen) return;
  useStage.setState({ ...CLOSED, isOpen: true, state: 'running' });
  began = Date.now();
  // Without the server it is rehearsed as for a team that has set nothing.
  team = await api.registry().catch(() => ({}));
  if (!useStage.getState().isOpen) return;
  unwatch = useDesk.subscribe(({ history }, before) => {
    const document = history?.present.document;
    if (document === undefined) closeStage();
    else if (document !== before.history?.present.document) soon();
  });
  rehearse();
}

/** Closes it and lets the worker go. */
export function closeStage(): void {
  clearTimeout(timer);
  unwatch();
  worker?.terminate();
  worker = undefined;
  playhead = undefined;
  useStage.setState(CLOSED);
}

/** Rehearses what is open now. */
export function rehearse(): void {
  clearTimeout(timer);
  const document = useDesk.getState().history?.present.document;
  if (document === undefined) return;
  stopBands();
  asked.take = no += 1;
  asking = document;
  useStage.setState({ state: 'running', progress: undefined, failure: undefined });
  tell({ ask: 'take', id: asked.take, order: order(document) });
}

/** Gives the present rehearsal up; what was shown before stays. */
export function giveUp(): void {
  asked.take = 0;
  tell({ ask: 'stop', what: 'take' });
  useStage.setState(({ take }) => ({ state: take === undefined ? 'resting' : 'ready', progress: undefined }));
}

/** Tries something out. */
export function tryOut(whatIf: WhatIf): void {
  useStage.setState({ whatIf });
  soon();
}

/** Moves the playhead. */
export function seek(at: Instant): void {
  const { take } = useStage.getState();
  if (take === undefined) return;
  const within = Math.min(take.ended, Math.max(take.started, at));
  playhead?.seek(within);
  useStage.setState({ at: within });
}

/** Puts the take aside, to compare others with it. */
export function keepTake(): void {
  const { take, kept } = useStage.getState();
  if (take === undefined || kept.some((it) => it.take === take)) return;
  useStage.setState({ kept: [{ no: (kept[0]?.no ?? 0) + 1, take }, ...kept].slice(0, MOST_KEPT) });
}

/** Rehearses with many seeds. */
export function askBands(runs: number): void {
  const { take } = useStage.getState();
  const document = useDesk.getState().history?.present.document;
  if (take === undefined || document === undefined) return;
  asked.bands = no += 1;
  useStage.setState({ outcomes: [], wanted: runs });
  const first = take.order.community.seed ?? 1;
  const seeds = Array.from({ length: runs }, (_, index) => first + index);
  tell({ ask: 'bands', id: asked.bands, order: take.order, seeds });
}

export function stopBands(): void {
  if (asked.bands === 0) return;
  asked.bands = 0;
  tell({ ask: 'stop', what: 'bands' });
  useStage.setState({ wanted: 0 });
}

/** Asks for the way of one subject. */
export function askTrace(graph: string, ordinal: number): void {
  asked.trace = no += 1;
  tell({ ask: 'trace', id: asked.trace, graph, ordinal });
}

const order = (document: Playbook) => orderFor(document, useStage.getState().whatIf, { now: began, team });

function soon(): void {
  clearTimeout(timer);
  timer = setTimeout(rehearse, QUIET_MS);
}

function tell(question: Question): void {
  if (worker === undefined) {
    worker = new Worker(new URL('../thread.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => hear(data));
    worker.addEventListener('error', ({ message }) =>
      useStage.setState({ state: 'failed', failure: message }),
    );
  }
  worker.postMessage(question);
}

/** Answers to questions that nobody asks any more are not listened to. */
function hear(answer: Answer): void {
  switch (answer.say) {
    case 'progress':
      if (answer.id === asked.take) useStage.setState({ progress: answer.progress });
      return;
    case 'take':
      if (answer.id === asked.take) show(answer.take);
      return;
    case 'problems':
      if (answer.id === asked.take) useStage.setState({ state: 'wrong', problems: answer.problems });
      return;
    case 'failed':
      if (answer.id === asked.take) useStage.setState({ state: 'failed', failure: answer.message });
      return;
    case 'outcome':
      if (answer.id === asked.bands)
        useStage.setState(({ outcomes }) => ({ outcomes: [...outcomes, answer.outcome] }));
      return;
    case 'bands-over':
      if (answer.id === asked.bands) asked.bands = 0;
      return;
    case 'trace':
      if (answer.id === asked.trace) useStage.setState({ trace: answer.trace });
  }
}

/** A new take is shown at the same place of the calendar, so that one sees what an edit has changed there. */
function show(take: Take): void {
  const before = useStage.getState();
  playhead = new Playhead(take.nodes, take.moves);
  const isFirst = before.take === undefined;
  const at = isFirst ? take.started : Math.min(take.ended, Math.max(take.started, before.at));
  playhead.seek(at);
  useStage.setState({
    state: 'ready',
    take,
    of: asking,
    at,
    problems: [],
    trace: undefined,
    outcomes: [],
    wanted: 0,
    isPlaying: before.isPlaying && !isFirst,
  });
}
