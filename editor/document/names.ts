// What conditions and texts of the open playbook may name. Changes only when that changes, so that nothing is drawn anew
// at every keystroke.
import { create } from 'zustand';
import type { Playbook } from '../../engine/document.ts';
import { BUILT_IN_FIELDS, nameable, product, type Nameable } from '../../engine/index.ts';
import { useDesk } from './store.ts';

export const useNames = create<Nameable>(() => ({ fields: BUILT_IN_FIELDS, placeholders: {} }));

let said = '';
let seen: Playbook | undefined;

useDesk.subscribe(({ history, team }) => {
  const document = history?.present.document;
  if (document === undefined || document === seen) return;
  seen = document;
  const names = nameable(document, { ...product, ...team });
  const now = JSON.stringify(names);
  if (now === said) return;
  said = now;
  useNames.setState(names);
});
