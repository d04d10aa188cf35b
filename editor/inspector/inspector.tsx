// What can be set of what is selected: beside the canvas, never over it, and stored as one types.
// With nothing selected it speaks of the playbook itself.
import { Button, Popconfirm } from 'antd';
import { removeNodes } from '../document/commands.ts';
import { act, useDesk } from '../document/store.ts';
import { useSay } from '../say.ts';
import { NodeForm } from './node-form.tsx';
import { PlaybookForm } from './playbook-form.tsx';

export function Inspector() {
  const say = useSay();
  const selected = useDesk(({ selected: it }) => it);
  const [only] = selected;
  return (
    <aside className="inspector" aria-label={say({ zh: '设置', en: 'Settings' })}>
      {only === undefined ? (
        <PlaybookForm />
      ) : selected.length === 1 ? (
        <NodeForm key={only} id={only} />
      ) : (
        <Several count={selected.length} />
      )}
    </aside>
  );
}

function Several({ count }: { readonly count: number }) {
  const say = useSay();
  const { history, graph, selected } = useDesk();
  if (history === undefined) return null;
  return (
    <>
      <h2>{say({ zh: `选中了 ${count} 个步骤`, en: `${count} steps selected` })}</h2>
      <Popconfirm
        title={say({ zh: '可以撤销。', en: 'You can undo it.' })}
        onConfirm={() => {
          act(removeNodes(history.present.document, graph, selected));
          useDesk.setState({ selected: [] });
        }}
      >
        <Button danger>{say({ zh: '删除它们', en: 'Delete them' })}</Button>
      </Popconfirm>
    </>
  );
}
