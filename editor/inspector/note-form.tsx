// What stands on a note, and its colour.
import { Button, Input } from 'antd';
import { here, removeSelected } from '../canvas/do.ts';
import { changeNote } from '../canvas/note-node.tsx';
import type { GraphName, Note } from '../document/graphs.ts';
import { useSay } from '../say.ts';
import { Colours } from './colours.tsx';

export function NoteForm({ note, graph }: { readonly note: Note; readonly graph: GraphName }) {
  const say = useSay();
  return (
    <>
      <h2>{say({ zh: '便签', en: 'Note' })}</h2>
      <p className="help">
        {say({
          zh: '只给团队看，不会执行，也不产生新版本。',
          en: 'For the team only: nothing is executed, and no version made.',
        })}
      </p>
      <div className="row">
        <div className="caption">
          <label htmlFor="note-text">{say({ zh: '写什么', en: 'Text' })}</label>
        </div>
        <Input.TextArea
          id="note-text"
          autoFocus
          autoSize={{ minRows: 4, maxRows: 16 }}
          value={note.text}
          onChange={({ target }) => changeNote(graph, { ...note, text: target.value })}
        />
      </div>
      <div className="row">
        <Colours
          value={note.colour}
          change={(colour) => changeNote(graph, { ...note, colour: colour ?? note.colour })}
        />
      </div>
      <Button
        danger
        onClick={() => {
          const at = here();
          if (at !== undefined) removeSelected(at);
        }}
      >
        {say({ zh: '删除便签', en: 'Delete the note' })}
      </Button>
    </>
  );
}
