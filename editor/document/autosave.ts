// Saves a document a moment after its last change: first into the browser's own storage, then to the server.
// Not what was changed (history.ts). Knows the server by two functions, so that tests can take it away.
import { canonicalJson } from '../../engine/compile/hash.ts';
import type { Playbook } from '../../engine/document.ts';

/** What the word in the corner says. `here`: kept in this browser, the server does not answer. */
export type SaveState = 'saved' | 'pending' | 'saving' | 'here' | 'conflict' | 'refused';

/** What somebody else saved in between. */
export interface Theirs {
  readonly document: Playbook;
  readonly revision: number;
}

/** What became of a save. */
export type Saved =
  | { readonly as: 'saved'; readonly revision: number }
  /** Nobody knows whether the server has it. `afterMs`: it said when to come again. */
  | { readonly as: 'away'; readonly afterMs?: number | undefined }
  /** The server has not taken it, for it has too much to do, and will not before then. */
  | { readonly as: 'busy'; readonly afterMs: number }
  | { readonly as: 'refused'; readonly message: string }
  | { readonly as: 'conflict'; readonly theirs: Theirs };

/** The browser's storage, and the server. */
export interface Outside {
  readonly keep: (kept: Kept | undefined) => void;
  readonly save: (document: Playbook, revision: number) => Promise<Saved>;
  readonly later: (then: () => void, ms: number) => () => void;
}

/** What lies in the browser's storage: a document that the server has not, and the revision it was made from. */
export interface Kept {
  readonly document: Playbook;
  readonly revision: number;
}

const QUIET_MS = 800;
const RETRY_MS = 5_000;

/** Saves one document. */
export class Autosave {
  readonly #outside: Outside;
  readonly #tell: (state: SaveState, detail?: { theirs?: Theirs; message?: string }) => void;
  #document: Playbook;
  #saved: Playbook;
  #revision: number;
  /** Went out from this revision and got no answer: the server may have any one of them. */
  #unanswered: Playbook[] = [];
  #cancel: () => void = () => {};
  #isSaving = false;
  /** The server has said when to come again, and it is not then yet. */
  #isHeld = false;
  #isStopped = false;

  constructor(
    opened: { readonly document: Playbook; readonly saved: Playbook; readonly revision: number },
    outside: Outside,
    tell: (state: SaveState, detail?: { theirs?: Theirs; message?: string }) => void,
  ) {
    this.#outside = outside;
    this.#tell = tell;
    this.#document = opened.document;
    this.#saved = opened.saved;
    this.#revision = opened.revision;
    if (this.isDirty) this.#soon(QUIET_MS);
  }

  /** True while the server has another document than the editor. */
  get isDirty(): boolean {
    return this.#document !== this.#saved;
  }

  get revision(): number {
    return this.#revision;
  }

  /** The document has changed: or an undo has led back to what is saved. */
  changed(document: Playbook): void {
    this.#document = document;
    if (!this.isDirty) {
      if (!this.#isHeld) this.#cancel();
      this.#outside.keep(undefined);
      if (!this.#isSaving) this.#tell('saved');
      return;
    }
    this.#outside.keep({ document, revision: this.#revision });
    if (this.#isStopped) return;
    if (this.#isHeld) return this.#tell('here');
    this.#tell('pending');
    this.#soon(QUIET_MS);
  }

  /** Saves now, as before leaving or publishing. True when the server has everything. */
  async flush(): Promise<boolean> {
    if (!this.#isHeld) this.#cancel();
    while (this.isDirty && !this.#isStopped) {
      if (this.#isSaving || this.#isHeld) return false;
      if (!(await this.#save())) return false;
    }
    return !this.isDirty;
  }

  /** Somebody has decided about a conflict: this document, made from that revision, is what counts. */
  resolve(document: Playbook, theirs: Theirs): void {
    this.#isStopped = false;
    this.#revision = theirs.revision;
    this.#saved = theirs.document;
    this.#unanswered = [];
    this.changed(document);
  }

  /** Saves nothing any more. */
  stop(): void {
    this.#cancel();
    this.#isHeld = false;
    this.#isStopped = true;
  }

  #soon(ms: number): void {
    this.#cancel();
    this.#cancel = this.#outside.later(() => void this.#save(), ms);
  }

  async #save(): Promise<boolean> {
    if (this.#isSaving || this.#isStopped || this.#isHeld) return false;
    this.#isSaving = true;
    const document = this.#document;
    this.#tell('saving');
    const result = await this.#outside.save(document, this.#revision);
    this.#isSaving = false;
    switch (result.as) {
      case 'saved':
        this.#hasArrived(document, result.revision);
        return true;
      case 'away':
        if (!this.#unanswered.includes(document)) this.#unanswered.push(document);
        return this.#again(result.afterMs);
      case 'busy':
        return this.#again(result.afterMs);
      case 'refused':
        this.#tell('refused', { message: result.message });
        return false;
      case 'conflict': {
        const ours = this.#oursIn(result.theirs, document);
        if (ours !== undefined) {
          this.#hasArrived(ours, result.theirs.revision);
          return true;
        }
        this.#isStopped = true;
        this.#tell('conflict', { theirs: result.theirs });
        return false;
      }
    }
  }

  /** Kept here, and sent later: not before the instant that the server has named, whatever is changed until then. */
  #again(afterMs: number | undefined): false {
    this.#tell('here');
    if (afterMs === undefined) this.#soon(RETRY_MS);
    else {
      this.#cancel();
      this.#isHeld = true;
      this.#cancel = this.#outside.later(() => {
        this.#isHeld = false;
        if (this.isDirty) void this.#save();
      }, afterMs);
    }
    return false;
  }

  /** The server has this document, under this revision. */
  #hasArrived(document: Playbook, revision: number): void {
    this.#revision = revision;
    this.#saved = document;
    this.#unanswered = [];
    if (this.isDirty) {
      this.#outside.keep({ document: this.#document, revision });
      this.#tell('pending');
      this.#soon(QUIET_MS);
    } else {
      this.#outside.keep(undefined);
      this.#tell('saved');
    }
  }

  /** What looks like somebody else's may be our own: saved, while the word of it was lost on its way. */
  #oursIn(theirs: Theirs, sent: Playbook): Playbook | undefined {
    if (this.#unanswered.length === 0) return undefined;
    const there = canonicalJson(theirs.document);
    return [sent, ...this.#unanswered].find((it) => canonicalJson(it) === there);
  }
}
