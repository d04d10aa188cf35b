// What can be set of one step: the fields of its type, then what every step has.
// The fields and their controls follow from the step's definition alone.
import { Button, Select, Switch } from 'antd';
import type { GraphNode } from '../../engine/document.ts';
import { colourSelected, here } from '../canvas/do.ts';
import { FAMILIES } from '../canvas/families.tsx';
import { nameOf } from '../canvas/say-node.ts';
import { removeNodes, setConfig, setFacet, stepOf } from '../document/commands.ts';
import { CAMPAIGN, drawingOf, freshId, graphOf, nodeOf } from '../document/graphs.ts';
import { makeParam } from '../document/param-commands.ts';
import { paramFrom, paramsOf } from '../document/params.ts';
import { useProblems } from '../document/problems.ts';
import { act, useDesk } from '../document/store.ts';
import { fieldAt } from '../problems/where.ts';
import { read, useSay, useSpeech } from '../say.ts';
import { TextControl } from './controls/text.tsx';
import { Colours } from './colours.tsx';
import { Faults } from './faults.tsx';
import { NO_FIELD } from './no-field.ts';
import { Rows } from './rows.tsx';

export function NodeForm({ id }: { readonly id: string }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const document = useDesk(({ history }) => history?.present.document);
  const graph = useDesk(({ graph: it }) => it);
  const problems = useProblems(({ problems: it }) => it);
  const node = document === undefined ? undefined : nodeOf(graphOf(document, graph), id);
  if (document === undefined || node === undefined) return null;
  const step = stepOf(node.step);
  const own = problems.filter(({ place }) => place.node === id && (place.graph ?? CAMPAIGN) === graph);
  return (
    <>
      <header>
        <span
          className="icon"
          style={{ '--hue': FAMILIES[step?.family ?? 'flow'].hue } as React.CSSProperties}
        >
          {FAMILIES[step?.family ?? 'flow'].icon}
        </span>
        <div>
          <h2>{nameOf(node, language)}</h2>
          <p className="help">{step === undefined ? node.step : say(step.says)}</p>
        </div>
      </header>
      <Faults problems={own.filter(({ place }) => fieldAt(node, place.pointer) === undefined)} />
      <Rows
        prefix={`f-${id}`}
        pointer="/config"
        fields={step?.fields ?? []}
        schema={(step?.config ?? {}) as Readonly<Record<string, unknown>>}
        values={node.config ?? {}}
        problems={own}
        change={(key, value) => act(setConfig(graph, id, key, value))}
        newParam={(field) => {
          const name = freshId(new Set(Object.keys(paramsOf(document))), field.key).replaceAll('-', '_');
          const schema = paramFrom(field, node.config?.[field.key]);
          act(makeParam(document, { graph, id, key: field.key }, { name, schema }));
        }}
      />
      <More node={node} />
    </>
  );
}

/** Name, phase, and what is rarely changed. */
function More({ node }: { readonly node: GraphNode }) {
  const { id } = node;
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const document = useDesk(({ history }) => history?.present.document);
  const graph = useDesk(({ graph: it }) => it);
  if (document === undefined) return null;
  return (
    <details>
      <summary>{say({ zh: '名称、阶段和更多', en: 'Name, phase and more' })}</summary>
      <div className="row">
        <div className="caption">{say({ zh: '名称', en: 'Name' })}</div>
        <TextControl
          id={`f-${id}-title`}
          {...NO_FIELD}
          value={node.title}
          change={(value) => act(setFacet(graph, id, 'title', value as typeof node.title))}
        />
      </div>
      {graph === CAMPAIGN ? (
        <div className="row">
          <div className="caption">
            <label htmlFor={`f-${id}-phase`}>{say({ zh: '阶段', en: 'Phase' })}</label>
          </div>
          <Select
            id={`f-${id}-phase`}
            allowClear
            style={{ width: '100%' }}
            value={node.phase}
            options={(document.phases ?? []).map((phase) => ({
              value: phase.id,
              label: read(phase.title, language),
            }))}
            onChange={(next?: string) => act(setFacet(graph, id, 'phase', next))}
          />
        </div>
      ) : null}
      <div className="row">
        <div className="caption">{say({ zh: '颜色', en: 'Colour' })}</div>
        <Colours
          mayBeNone
          value={drawingOf(document, graph).nodes[id]?.colour}
          change={(next) => {
            const at = here();
            if (at !== undefined) colourSelected({ ...at, steps: [id] }, next);
          }}
        />
      </div>
      <div className="row inline">
        <label htmlFor={`f-${id}-off`}>
          {say({ zh: '停用（直接放行）', en: 'Switched off (lets everything through)' })}
        </label>
        <Switch
          id={`f-${id}-off`}
          checked={node.off === true}
          onChange={(off) => act(setFacet(graph, id, 'off', off ? true : undefined))}
        />
      </div>
      <p className="help">
        <code>{id}</code>
      </p>
      <Button danger onClick={() => act(removeNodes(document, graph, [id]))}>
        {say({ zh: '删除这个步骤', en: 'Delete this step' })}
      </Button>
    </details>
  );
}
