// Drafts that a browser keeps while the server has them not: tabs do not take from each other what is not saved.
import { expect, test } from 'vitest';
import type { Kept } from '../../../editor/document/autosave.ts';
import { KeptDrafts, type Shelf } from '../../../editor/document/kept.ts';
import type { Playbook } from '../../../engine/document.ts';

/** A browser with tabs that open and close, and one storage. */
class Browser {
  readonly items = new Map<string, string>();
  readonly open = new Set<string>();
  readonly shelf: Shelf = {
    getItem: (key) => this.items.get(key) ?? null,
    setItem: (key, value) => void this.items.set(key, value),
    removeItem: (key) => void this.items.delete(key),
    key: (index) => [...this.items.keys()][index] ?? null,
    get length() {
      return 0;
    },
  };

  constructor() {
    Object.defineProperty(this.shelf, 'length', { get: () => this.items.size });
  }

  tab(own: string): KeptDrafts {
    this.open.add(own);
    return new KeptDrafts(() => this.shelf, { own, alone: async (act) => act(this.open) });
  }
}

const draft = (title: string, revision = 1): Kept => ({
  document: { title: { en: title } } as unknown as Playbook,
  revision,
});

test('two tabs keep each their own, and neither takes nor clears what the other has', async () => {
  const browser = new Browser();
  const [one, two] = [browser.tab('one'), browser.tab('two')];
  one.keep('p', draft('of one'));
  expect(await two.take('p')).toBeUndefined();
  two.keep('p', draft('of two'));
  expect(await one.take('p')).toEqual(draft('of one'));
  // The server has what the second had.
  two.keep('p', undefined);
  expect(await two.take('p')).toBeUndefined();
  expect(await one.take('p')).toEqual(draft('of one'));
});

test('what closed tabs have left is taken up one after the other, each once, and survives until it is saved', async () => {
  const browser = new Browser();
  for (const name of ['one', 'two']) browser.tab(name).keep('p', draft(name));
  browser.tab('three').keep('p2', draft('of another playbook'));
  browser.open.clear();
  const [four, five, six] = [browser.tab('four'), browser.tab('five'), browser.tab('six')];
  expect(await four.take('p')).toEqual(draft('one'));
  expect(await five.take('p')).toEqual(draft('two'));
  expect(await six.take('p')).toBeUndefined();
  // Closed before it could save: it is still there.
  browser.open.delete('four');
  expect(await six.take('p')).toEqual(draft('one'));
  six.keep('p', undefined);
  five.keep('p', undefined);
  expect([...browser.items.keys()]).toEqual(['kindling.draft.p2.three']);
});

test('a draft from before tabs had names is taken up, and what cannot be read is cleared away', async () => {
  const browser = new Browser();
  browser.items.set('kindling.draft.p', JSON.stringify(draft('old')));
  browser.items.set('kindling.draft.q.gone', '{"docu');
  const tab = browser.tab('one');
  expect(await tab.take('p')).toEqual(draft('old'));
  expect(await tab.take('q')).toBeUndefined();
  expect([...browser.items.keys()]).toEqual(['kindling.draft.p.one']);
});

test('a storage that is full or forbidden costs nobody the editor', async () => {
  const shelf = (): Shelf => {
    throw new DOMException('denied', 'SecurityError');
  };
  const tab = new KeptDrafts(shelf, { own: 'one', alone: async (act) => act(new Set()) });
  tab.keep('p', draft('x'));
  expect(await tab.take('p')).toBeUndefined();
});
