// What is wrong with the open playbook, a moment after each change.
// The compiler runs here as it stands; the page is free while it does because a document of 300 steps takes few milliseconds.
import { create } from 'zustand';
import { compile, product } from '../../engine/index.ts';
import type { Playbook } from '../../engine/document.ts';
import type { Problem } from '../../engine/problem.ts';
import { useDesk } from './store.ts';

const QUIET_MS = 40;

interface Found {
  readonly problems: readonly Problem[];
  /** The document that they are about. */
  readonly of: Playbook | undefined;
}

export const useProblems = create<Found>(() => ({ problems: [], of: undefined }));

/** Everything that is wrong with a document, checked against what is known of the team. */
export const problemsOf = (document: Playbook): readonly Problem[] =>
  compile(document, undefined, { ...product, ...useDesk.getState().team }).problems;

let timer: ReturnType<typeof setTimeout> | undefined;

useDesk.subscribe(({ history }) => {
  const document = history?.present.document;
  if (document === undefined || document === useProblems.getState().of) return;
  clearTimeout(timer);
  timer = setTimeout(() => useProblems.setState({ problems: problemsOf(document), of: document }), QUIET_MS);
});
