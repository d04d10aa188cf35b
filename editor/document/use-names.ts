// The names of what is shown now: the open playbook, or the version of a run. Changes only when they change, so that nothing is drawn
// anew at every keystroke.
import { create } from 'zustand';
import type { Playbook } from '../../engine/document.ts';
import { product, type Registry } from '../../engine/index.ts';
import { useSpeech } from '../say.ts';
import { namesOf, NO_NAMES, type Names, type Reader } from './names.ts';
import { useDesk } from './store.ts';

export const useNames = create<Names>(() => NO_NAMES);

/** Whoever reads the open playbook now. */
export function useReader(): Reader {
  const language = useSpeech(({ language: it }) => it);
  const names = useNames();
  return { language, names };
}

let said = '';

/** Keeps the names of what is shown now. */
export function keepNames(document: Playbook, registry?: Registry): void {
  const names = namesOf(document, registry);
  const now = JSON.stringify(names);
  if (now === said) return;
  said = now;
  useNames.setState(names);
}

let seen: Playbook | undefined;
let isDue = false;

// Not before what somebody does is seen: it takes milliseconds, and the first page of a playbook asks it at once.
useDesk.subscribe(({ history }, before) => {
  const document = history?.present.document;
  if (document === undefined || document === seen) return;
  if (before.history === undefined) look();
  else if (!isDue) {
    isDue = true;
    setTimeout(look, 0);
  }
});

function look(): void {
  isDue = false;
  const { history, team } = useDesk.getState();
  const document = history?.present.document;
  if (document === undefined) return;
  seen = document;
  keepNames(document, { ...product, ...team });
}
