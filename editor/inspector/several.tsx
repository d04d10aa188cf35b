// What can be done with several at once: the deeds of the table as buttons, and the settings that all of them have.
// Where they differ it says so, and what is written there counts for all; one step to undo.
import { Button, Select } from 'antd';
import { DEEDS, perform } from '../canvas/deeds.ts';
import { colourSelected, here } from '../canvas/do.ts';
import { nameOf } from '../canvas/say-node.ts';
import { commonFields, setConfigs, type CommonField } from '../document/common.ts';
import { CAMPAIGN, drawingOf, graphOf } from '../document/graphs.ts';
import { setPhaseOf } from '../document/many.ts';
import { act, useDesk } from '../document/store.ts';
import { read, useSay, useSpeech } from '../say.ts';
import { Colours } from './colours.tsx';
import { Rows } from './rows.tsx';
import type { GraphNode } from '../../engine/document.ts';
import type { Json } from '../../engine/json.ts';
import type { Field } from '../../engine/step.ts';

/** Whoever has selected more than this knows them from the drawing. */
const MOST_NAMED = 8;

export function Several({ ids }: { readonly ids: readonly string[] }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const document = useDesk(({ history }) => history?.present.document);
  const graph = useDesk(({ graph: it }) => it);
  const at = here();
  if (at === undefined || document === undefined) return null;
  const nodes = graphOf(document, graph).nodes.filter(({ id }) => ids.includes(id));
  const deeds = DEEDS.filter(
    ({ id, group, can }) =>
      (group === 'arrange' || group === 'edit') && !id.startsWith('colour-') && can?.(at) === true,
  );
  const [colour, ...others] = new Set(nodes.map(({ id }) => drawingOf(document, graph).nodes[id]?.colour));
  return (
    <>
      <h2>{say({ zh: `选中了 ${ids.length} 个`, en: `${ids.length} selected` })}</h2>
      <p className="help named">
        {nodes
          .slice(0, MOST_NAMED)
          .map((node) => nameOf(node, language))
          .join(say({ zh: '、', en: ', ' }))}
        {nodes.length > MOST_NAMED ? '…' : ''}
      </p>
      <div className="deeds">
        {deeds.map((deed) => (
          <Button key={deed.id} size="small" danger={deed.id === 'delete'} onClick={() => perform(deed)}>
            {say(deed.says)}
          </Button>
        ))}
      </div>
      {nodes.length === 0 ? null : (
        <div className="row">
          <Colours
            mayBeNone
            value={others.length === 0 ? colour : 'mixed'}
            change={(next) => colourSelected(at, next)}
          />
        </div>
      )}
      {nodes.length < 2 ? null : <Common nodes={nodes} />}
    </>
  );
}

/** The settings that all have; none where there is nothing in common. */
function Common({ nodes }: { readonly nodes: readonly GraphNode[] }) {
  const say = useSay();
  const graph = useDesk(({ graph: it }) => it);
  const common = commonFields(nodes);
  const ids = nodes.map(({ id }) => id);
  return (
    <section aria-label={say({ zh: '共同的设置', en: 'Common settings' })}>
      <h3>{say({ zh: '共同的设置', en: 'Common settings' })}</h3>
      {graph === CAMPAIGN ? <Phase nodes={nodes} /> : null}
      {common.length === 0 ? (
        <p className="help">
          {say({ zh: '这些步骤没有相同的设置。', en: 'These steps have no setting in common.' })}
        </p>
      ) : null}
      <Rows
        prefix="several"
        pointer="/config"
        fields={common.map(told)}
        schema={{ properties: Object.fromEntries(common.map(({ field, schema }) => [field.key, schema])) }}
        values={Object.fromEntries(
          common.flatMap(({ field, value }) => (value === undefined ? [] : [[field.key, value] as const])),
        )}
        problems={NONE}
        change={(key, value: Json | undefined) => act(setConfigs(graph, ids, key, value))}
      />
    </section>
  );
}

const NONE = [] as const;

/** A field that says below itself where the steps differ. */
function told({ field, kinds }: CommonField): Field {
  return kinds < 2
    ? field
    : {
        ...field,
        help: {
          zh: `各不相同（${kinds} 种）。在这里填，就全部改成一样。`,
          en: `Mixed (${kinds} different). What you enter here counts for all.`,
        },
      };
}

function Phase({ nodes }: { readonly nodes: readonly GraphNode[] }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const phases = useDesk(({ history }) => history?.present.document.phases) ?? [];
  const graph = useDesk(({ graph: it }) => it);
  if (phases.length === 0) return null;
  const [first, ...others] = new Set(nodes.map(({ phase }) => phase));
  return (
    <div className="row">
      <div className="caption">
        <label htmlFor="several-phase">{say({ zh: '阶段', en: 'Phase' })}</label>
      </div>
      <Select
        id="several-phase"
        style={{ width: '100%' }}
        {...(others.length > 0 || first === undefined
          ? { placeholder: others.length > 0 ? say({ zh: '各不相同', en: 'Mixed' }) : '' }
          : { value: first })}
        options={phases.map(({ id, title }) => ({ value: id, label: read(title, language) }))}
        onChange={(next: string) =>
          act(
            setPhaseOf(
              graph,
              nodes.map(({ id }) => id),
              next,
            ),
          )
        }
      />
    </div>
  );
}
