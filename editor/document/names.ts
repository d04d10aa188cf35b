// What conditions and texts of the open playbook may name. Changes only when that changes, so that nothing is drawn anew
// at every keystroke.
import { create } from 'zustand';
import type { Playbook } from '../../engine/document.ts';
import { BUILT_IN_FIELDS, nameable, product, type Nameable } from '../../engine/index.ts';
import { useDesk } from './store.ts';

export const useNames = create<Nameable>(() => ({ fields: BUILT_IN_FIELDS, placeholders: {} }));

let said = '';
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
  const names = nameable(document, { ...product, ...team });
  const now = JSON.stringify(names);
  if (now === said) return;
  said = now;
  useNames.setState(names);
}
