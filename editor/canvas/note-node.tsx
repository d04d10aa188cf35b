// A note on the canvas: what the team wants to remember beside the steps. Never part of what is executed.
// Written in the inspector, so that the canvas has no inputs; here it is shown and resized.
import { NodeResizer, type Node, type NodeProps } from '@xyflow/react';
import { memo } from 'react';
import { setNotes } from '../document/commands.ts';
import { drawingOf, type GraphName, type Note } from '../document/graphs.ts';
import { act, useDesk } from '../document/store.ts';
import { useSay } from '../say.ts';

export type NoteFlowNode = Node<{ readonly note: Note; readonly graph: GraphName }, 'note'>;

export const NoteNode = memo(function NoteNode({ data, selected }: NodeProps<NoteFlowNode>) {
  const { note, graph } = data;
  const say = useSay();
  return (
    <div className={`note colour-${note.colour}${selected ? ' selected' : ''}`}>
      <NodeResizer
        isVisible={selected}
        minWidth={120}
        minHeight={60}
        onResizeEnd={(_event, { x, y, width, height }) =>
          changeNote(graph, {
            ...note,
            x: Math.round(x),
            y: Math.round(y),
            width: Math.round(width),
            height: Math.round(height),
          })
        }
      />
      {note.text === '' ? (
        <span className="help">{say({ zh: '在右边写字', en: 'Write on the right' })}</span>
      ) : (
        note.text
      )}
    </div>
  );
});

/** Puts a changed note in the place of the old one. Writing one note is one gesture. */
export function changeNote(graph: GraphName, note: Note): void {
  const document = useDesk.getState().history?.present.document;
  if (document === undefined) return;
  const notes = drawingOf(document, graph).notes.map((it) => (it.id === note.id ? note : it));
  act(setNotes(graph, notes, `note ${note.id}`));
}
