// Renaming a step where it stands: the name becomes a field, Enter keeps it, Escape does not. One step to undo.
// The names in other languages are written in the settings.
import { useRef } from 'react';
import { create } from 'zustand';
import type { GraphNode } from '../../engine/document.ts';
import { setFacet } from '../document/commands.ts';
import type { GraphName } from '../document/graphs.ts';
import { act, useDesk } from '../document/store.ts';
import { useWay } from '../problems/go-to.ts';
import { localeOf, useSay, useSpeech } from '../say.ts';
import { nameOf } from './say-node.ts';

/** The step whose name is being written. */
export const useRenaming = create<{ readonly id: string | undefined }>(() => ({ id: undefined }));

/** Lets somebody write the name of a step, which comes into view for it. */
export function rename(id: string): void {
  useDesk.setState({ selected: [id], selectedEdges: [] });
  useWay.setState({ reveal: { ids: [id] } });
  useRenaming.setState({ id });
}

export function NameField({ node, graph }: { readonly node: GraphNode; readonly graph: GraphName }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  // Leaving the field keeps the name too; what was ended by a key is not ended again by leaving.
  const isOver = useRef(false);
  const locale = localeOf(language);
  const end = (name: string | undefined): void => {
    if (isOver.current) return;
    isOver.current = true;
    useRenaming.setState({ id: undefined });
    if (name === undefined || name === nameOf(node, language)) return;
    const { [locale]: _old, ...others } = node.title ?? {};
    const title = name === '' ? others : { ...others, [locale]: name };
    act(setFacet(graph, node.id, 'title', Object.keys(title).length === 0 ? undefined : title));
  };
  return (
    <input
      className="name nodrag nopan"
      aria-label={say({ zh: '步骤的名称', en: 'Name of the step' })}
      autoFocus
      defaultValue={nameOf(node, language)}
      onFocus={({ target }) => target.select()}
      onBlur={({ target }) => end(target.value.trim())}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.nativeEvent.isComposing || (event.key !== 'Enter' && event.key !== 'Escape')) return;
        end(event.key === 'Enter' ? event.currentTarget.value.trim() : undefined);
        document.querySelector<HTMLElement>('.canvas')?.focus();
      }}
    />
  );
}
