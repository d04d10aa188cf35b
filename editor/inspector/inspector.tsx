// What can be set of what is selected: beside the canvas, never over it, and stored as one types.
// With nothing selected it speaks of the playbook itself.
import { Button } from 'antd';
import { useState } from 'react';
import { useCarrying } from '../canvas/carrying.tsx';
import { DEEDS, perform } from '../canvas/deeds.ts';
import { here } from '../canvas/do.ts';
import { CAMPAIGN, drawingOf } from '../document/graphs.ts';
import { useDesk } from '../document/store.ts';
import { useSay } from '../say.ts';
import { JourneyForm } from './journey-form.tsx';
import { NodeForm } from './node-form.tsx';
import { NoteForm } from './note-form.tsx';
import { PlaybookForm } from './playbook-form.tsx';

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
        <Several count={selected.length} />
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

/** What can be done with several at once: the deeds of the table, as buttons. */
function Several({ count }: { readonly count: number }) {
  const say = useSay();
  const at = here();
  if (at === undefined) return null;
  const deeds = DEEDS.filter(
    ({ group, can }) => (group === 'arrange' || group === 'edit') && can?.(at) === true,
  );
  return (
    <>
      <h2>{say({ zh: `选中了 ${count} 个`, en: `${count} selected` })}</h2>
      <div className="deeds">
        {deeds.map((deed) => (
          <Button key={deed.id} size="small" danger={deed.id === 'delete'} onClick={() => perform(deed)}>
            {say(deed.says)}
          </Button>
        ))}
      </div>
    </>
  );
}
