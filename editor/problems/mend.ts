// Mends a problem of the open playbook at a click, as it is at that moment: the list may be a keystroke behind.
import type { Problem } from '../../engine/problem.ts';
import { problemsOf, useProblems } from '../document/problems.ts';
import { act, useDesk } from '../document/store.ts';
import { fixOf } from './fixes.ts';

/** Does the problem's fix; nothing where it is gone already. */
export function mend(problem: Problem): void {
  const document = useDesk.getState().history?.present.document;
  if (document === undefined) return;
  const same =
    useProblems.getState().of === document
      ? problem
      : problemsOf(document).find((it) => it.code === problem.code && isSamePlace(it, problem));
  const fix = same === undefined ? undefined : fixOf(same, document);
  if (fix !== undefined) act(fix);
}

const isSamePlace = ({ place: a }: Problem, { place: b }: Problem): boolean =>
  a.graph === b.graph &&
  a.node === b.node &&
  a.edge === b.edge &&
  a.port === b.port &&
  (a.node !== undefined || a.pointer === b.pointer);
