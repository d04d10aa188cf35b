// What can be set of a journey: its title and whether it exists at all. Its steps are drawn on a canvas of their own.
import { Button, Popconfirm } from 'antd';
import type { Playbook, Text } from '../../engine/document.ts';
import { setJourney } from '../document/commands.ts';
import { CAMPAIGN, graphOf } from '../document/graphs.ts';
import { act, useDesk } from '../document/store.ts';
import { useSay } from '../say.ts';
import { TextControl } from './controls/text.tsx';
import { NO_FIELD } from './no-field.ts';

export function JourneyForm({
  document,
  journey,
}: {
  readonly document: Playbook;
  readonly journey: string;
}) {
  const say = useSay();
  const count = graphOf(document, journey).nodes.length;
  return (
    <>
      <h2>{say({ zh: '旅程', en: 'Journey' })}</h2>
      <p className="help">
        {say({
          zh: `每位成员各自走一遍这 ${count} 个步骤。活动里的「启动旅程」决定谁在什么时候进来。`,
          en: `Each member walks these ${count} steps alone. “Journey” in the activity says who enters, and when.`,
        })}
      </p>
      <div className="row" data-control={`p-journeys-${journey}`}>
        <div className="caption">{say({ zh: '名称', en: 'Name' })}</div>
        <TextControl
          {...NO_FIELD}
          id={`p-journeys-${journey}-title`}
          value={document.journeys?.[journey]?.title}
          change={(title) =>
            act({
              ...setJourney(journey, (title ?? {}) as Text),
              says: { zh: '旅程改名', en: 'Rename the journey' },
              gesture: `journey ${journey}`,
            })
          }
        />
      </div>
      <Popconfirm
        title={say({ zh: '它的步骤一起删除，可以撤销。', en: 'Its steps go with it; you can undo it.' })}
        onConfirm={() => {
          act(setJourney(journey, undefined));
          useDesk.setState({ graph: CAMPAIGN, selected: [], selectedEdges: [] });
        }}
      >
        <Button danger>{say({ zh: '删除这个旅程', en: 'Delete this journey' })}</Button>
      </Popconfirm>
    </>
  );
}
