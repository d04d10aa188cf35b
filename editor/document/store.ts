// The playbook that is open: its history, what is selected, how far it is saved. One store, narrow selectors.
// Not the rules (commands.ts) and not the server (autosave.ts).
import { create } from 'zustand';
import type { Playbook } from '../../engine/document.ts';
import { api, Refused } from '../api.ts';
import type { TeamRegistry } from '../team-registry.ts';
import { placed } from './arrange.ts';
import { Autosave, type Kept, type SaveState, type Theirs } from './autosave.ts';
import { replaceDocument, type Command } from './commands.ts';
import { KeptDrafts } from './kept.ts';
import { CAMPAIGN, type GraphName } from './graphs.ts';
import { begin, perform, redo, undo, type History } from './history.ts';
import { browserTabs } from './tabs.ts';

/** What is open. */
export interface Desk {
  readonly id: string | undefined;
  /** What it is checked against besides the language: the team's attributes and channels. */
  readonly team: TeamRegistry;
  readonly history: History | undefined;
  readonly graph: GraphName;
  /** Ids of selected nodes; of the graph that is shown. */
  readonly selected: readonly string[];
  readonly selectedEdges: readonly string[];
  readonly save: SaveState;
  readonly theirs: Theirs | undefined;
  readonly refusal: string | undefined;
}

const CLOSED: Desk = {
  id: undefined,
  team: {},
  history: undefined,
  graph: CAMPAIGN,
  selected: [],
  selectedEdges: [],
  save: 'saved',
  theirs: undefined,
  refusal: undefined,
};

export const useDesk = create<Desk>(() => CLOSED);

let autosave: Autosave | undefined;

const drafts = new KeptDrafts(() => localStorage, browserTabs());

/** Opens a playbook: the server's draft, or what this browser kept of it while the server was away. */
export async function openPlaybook(id: string): Promise<void> {
  closePlaybook();
  keepNow();
  const [draft, team] = await Promise.all([api.draft(id), api.registry()]);
  const kept = await drafts.take(id);
  const isOurs = kept !== undefined && kept.revision === draft.revision;
  const document = placed(isOurs ? kept.document : draft.document);
  useDesk.setState({ ...CLOSED, id, team, history: begin(document, Date.now()) });
  autosave = new Autosave(
    // Places alone are nothing to save: they go with the next change.
    { document, saved: kept === undefined ? document : draft.document, revision: draft.revision },
    {
      keep: (it) => keep(id, it),
      save: (it, revision) => save(id, it, revision),
      later: (then, ms) => {
        const timer = setTimeout(then, ms);
        return () => clearTimeout(timer);
      },
    },
    (state, detail) => useDesk.setState({ save: state, theirs: detail?.theirs, refusal: detail?.message }),
  );
  // What was kept was made from an older revision than the server has: nobody loses, somebody chooses.
  if (kept !== undefined && !isOurs) {
    autosave.stop();
    const theirs = { document: draft.document, revision: draft.revision };
    useDesk.setState({ history: begin(placed(kept.document), Date.now()), save: 'conflict', theirs });
  }
}

/** Leaves the playbook. What is not saved yet stays in this browser. */
export function closePlaybook(): void {
  void autosave?.flush();
  autosave = undefined;
  useDesk.setState(CLOSED);
}

/** Does something to the document. */
export function act(command: Command): void {
  advance((history) => perform(history, command, Date.now()));
}

export const undoLast = (): void => advance(undo);
export const redoNext = (): void => advance(redo);

/** Saves now; true when the server has everything. */
export const saveNow = async (): Promise<boolean> => (await autosave?.flush()) ?? false;

/** Ends a conflict with the document that shall count. */
export function settleConflict(document: Playbook): void {
  const { theirs, history } = useDesk.getState();
  if (theirs === undefined || history === undefined) return;
  const command = replaceDocument(document, { zh: '解决冲突', en: 'Settle the conflict' });
  useDesk.setState({ history: perform(history, command, Date.now()), theirs: undefined });
  autosave?.resolve(document, theirs);
}

function advance(step: (history: History) => History): void {
  const { history } = useDesk.getState();
  if (history === undefined) return;
  const next = step(history);
  if (next === history) return;
  useDesk.setState({ history: next });
  if (next.present.document !== history.present.document) autosave?.changed(next.present.document);
}

async function save(
  id: string,
  document: Playbook,
  revision: number,
): ReturnType<ConstructorParameters<typeof Autosave>[1]['save']> {
  try {
    const saved = await api.saveDraft(id, document, revision);
    return { as: 'saved', revision: saved.revision };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { status, retryAfterMs } = error;
    if (status === 429) return { as: 'busy', afterMs: retryAfterMs ?? 60_000 };
    if (status === 0 || status >= 500) return { as: 'away', afterMs: retryAfterMs };
    if (error.status === 409 && error.code !== 'key-mismatch') {
      // It may go away again before it has said what it has.
      const theirs = await api.draft(id).catch(() => undefined);
      return theirs === undefined ? { as: 'away' } : { as: 'conflict', theirs };
    }
    return { as: 'refused', message: `${error.message} ${error.advice}` };
  }
}

/** What is to be kept and is not yet: the storage takes a millisecond, and what is seen goes first. */
let waiting: { readonly id: string; readonly kept: Kept | undefined } | undefined;

function keep(id: string, kept: Kept | undefined): void {
  if (waiting !== undefined && waiting.id !== id) keepNow();
  if (waiting === undefined) setTimeout(keepNow, 0);
  waiting = { id, kept };
}

function keepNow(): void {
  if (waiting === undefined) return;
  const { id, kept } = waiting;
  waiting = undefined;
  drafts.keep(id, kept);
}

globalThis.addEventListener?.('pagehide', keepNow);
