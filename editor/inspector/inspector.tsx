// What can be set of what is selected: beside the canvas, never over it, and stored as one types.
// With nothing selected it speaks of the playbook itself.
import { useState } from 'react';
import { useCarrying } from '../canvas/carrying.tsx';
import { CAMPAIGN, drawingOf } from '../document/graphs.ts';
import { useDesk } from '../document/store.ts';
import { useSay } from '../say.ts';
import { JourneyForm } from './journey-form.tsx';
import { NodeForm } from './node-form.tsx';
import { NoteForm } from './note-form.tsx';
import { PlaybookForm } from './playbook-form.tsx';
import { Several } from './several.tsx';

export function Inspector() {
  const say = useSay();
  const selected = useSettled();
  const graph = useDesk(({ graph: it }) => it);
  const [only] = selected;
  const note = useDesk(({ history }) =>
    history === undefined || selected.length !== 1
      ? undefined
      : drawingOf(history.present.document, graph).notes.find(({ id }) => id === only),
  );
  return (
    <aside className="inspector" aria-label={say({ zh: '设置', en: 'Settings' })}>
      {only === undefined ? (
        <Whole />
      ) : note !== undefined ? (
        <NoteForm note={note} graph={graph} />
      ) : selected.length === 1 ? (
        <NodeForm key={only} id={only} />
      ) : (
        <Several key={selected.join(' ')} ids={selected} />
      )}
    </aside>
  );
}

/** What is selected; while a step is held and carried, what was before: a form that opens would hold up the hand. */
function useSettled(): readonly string[] {
  const selected = useDesk(({ selected: it }) => it);
  const isHeld = useCarrying(({ isHeld: it }) => it);
  const [settled, settle] = useState(selected);
  if (isHeld || settled === selected) return settled;
  settle(selected);
  return selected;
}

/** The playbook, or the journey whose canvas is open. */
function Whole() {
  const document = useDesk(({ history }) => history?.present.document);
  const graph = useDesk(({ graph: it }) => it);
  return document === undefined || graph === CAMPAIGN ? (
    <PlaybookForm />
  ) : (
    <JourneyForm key={graph} document={document} journey={graph} />
  );
}
