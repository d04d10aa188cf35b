// Which tabs of this browser are open, as far as it can tell. Not what they keep: see kept.ts.
import type { Tabs } from './kept.ts';

const TAB = 'kindling.tab.';

/**
 * The tabs as the browser's locks know them: each holds one until it is gone, also while it sleeps in the background.
 * Where there are none (an address without TLS), nobody can tell who is open: then only what a tab has left itself is taken,
 * and its name is kept through a reload.
 */
export function browserTabs(): Tabs {
  const locks = navigator.locks as LockManager | undefined;
  if (locks === undefined) return { own: nameOfTab(), alone: (act) => Promise.resolve(act(EVERYBODY)) };
  const own = newName();
  void locks.request(`${TAB}${own}`, () => new Promise<never>(() => {}));
  return {
    own,
    alone: (act) =>
      locks.request('kindling.drafts', async () => {
        const { held = [] } = await locks.query();
        return act(new Set(held.map(({ name = '' }) => name.slice(TAB.length))));
      }),
  };
}

const EVERYBODY: ReadonlySet<string> = { has: (name: string) => name !== '' } as ReadonlySet<string>;

/** `crypto.randomUUID` is there only where locks are, too. */
const newName = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );

function nameOfTab(): string {
  const known = sessionStorage.getItem(TAB);
  if (known !== null) return known;
  const made = newName();
  sessionStorage.setItem(TAB, made);
  return made;
}
