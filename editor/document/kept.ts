// What this browser keeps of playbooks that the server has not: each tab under a name of its own, so that no tab overwrites
// what another has not saved yet. What a closed tab has left goes to the next one that opens the playbook.
// Not the saving (autosave.ts), and not what becomes of a draft that is older than the server's (store.ts).
import type { Kept } from './autosave.ts';

/** Where it lies: the browser's own storage. */
export interface Shelf {
  readonly length: number;
  readonly key: (index: number) => string | null;
  readonly getItem: (key: string) => string | null;
  readonly setItem: (key: string, value: string) => void;
  readonly removeItem: (key: string) => void;
}

/** The tabs of this browser. */
export interface Tabs {
  /** This one's name: another one each time the page is loaded. */
  readonly own: string;
  /** Lets nobody else take over what a tab has left while this runs, and names the tabs that are open. */
  readonly alone: <T>(act: (open: ReadonlySet<string>) => T) => Promise<T>;
}

const prefixOf = (id: string): string => `kindling.draft.${id}`;

/** The drafts that one tab keeps. */
export class KeptDrafts {
  readonly #shelf: () => Shelf;
  readonly #tabs: Tabs;

  constructor(shelf: () => Shelf, tabs: Tabs) {
    this.#shelf = shelf;
    this.#tabs = tabs;
  }

  /** Keeps what this tab has of a playbook; nothing when the server has it. */
  keep(id: string, kept: Kept | undefined): void {
    try {
      const key = this.#own(id);
      if (kept === undefined) this.#shelf().removeItem(key);
      else this.#shelf().setItem(key, JSON.stringify(kept));
    } catch {
      // The storage is full or forbidden: the server still gets it.
    }
  }

  /**
   * What there is to go on with: this tab's own, or else what the first closed tab has left, which is this tab's from then on.
   * What others have left stays where it is until the playbook is opened again. What an open tab keeps is never touched.
   */
  async take(id: string): Promise<Kept | undefined> {
    try {
      const own = this.#read(this.#own(id));
      return own ?? (await this.#tabs.alone((open) => this.#takeOver(id, open)));
    } catch {
      return undefined;
    }
  }

  #takeOver(id: string, open: ReadonlySet<string>): Kept | undefined {
    for (const key of this.#keysOf(id)) {
      if (open.has(key.slice(prefixOf(id).length + 1))) continue;
      const kept = this.#read(key);
      // First under the new name: whatever happens in between, it is there.
      if (kept !== undefined) this.keep(id, kept);
      this.#shelf().removeItem(key);
      if (kept !== undefined) return kept;
    }
    return undefined;
  }

  /** In an order that does not depend on the browser. Before tabs had names, a draft lay under the playbook's alone. */
  #keysOf(id: string): string[] {
    const shelf = this.#shelf();
    return Array.from({ length: shelf.length }, (_, index) => shelf.key(index) ?? '')
      .filter((key) => key === prefixOf(id) || key.startsWith(`${prefixOf(id)}.`))
      .toSorted();
  }

  readonly #own = (id: string): string => `${prefixOf(id)}.${this.#tabs.own}`;

  #read(key: string): Kept | undefined {
    const text = this.#shelf().getItem(key);
    if (text === null) return undefined;
    try {
      return JSON.parse(text) as Kept;
    } catch {
      return undefined;
    }
  }
}
