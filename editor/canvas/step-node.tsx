// Draws every step: icon, name, sentence, ports and a badge for its problems. It knows no step type.
// A click on the + of a port asks what shall follow there.
import { ExclamationCircleFilled, PlusOutlined, PoweroffOutlined, WarningFilled } from '@ant-design/icons';
import { Handle, Position, type NodeProps } from '@xyflow/react';
import { memo } from 'react';
import { labelledPortsOf, stepOf } from '../document/commands.ts';
import { useReader } from '../document/use-names.ts';
import { show } from '../problems/go-to.ts';
import { read, useSay } from '../say.ts';
import { askFor } from './adding.ts';
import { FAMILIES } from './families.tsx';
import type { StepFlowNode } from './graph.ts';
import { NameField, useRenaming } from './rename.tsx';
import { nameOf, sayNode } from './say-node.ts';

export const StepNode = memo(function StepNode({ data, selected }: NodeProps<StepFlowNode>) {
  const { node, errors, warnings, wired, journey } = data;
  const say = useSay();
  const reader = useReader();
  const { language } = reader;
  const step = stepOf(node.step);
  const look = FAMILIES[step?.family ?? 'flow'];
  const ports = labelledPortsOf(node);
  const sentence = sayNode(node, reader);
  const isStart = step?.block?.((node.config ?? {}) as never)?.kind === 'start';
  const taken = wired.split(' ');
  const isNamed = useRenaming(({ id }) => id === node.id);
  return (
    <div
      className={`step${selected ? ' selected' : ''}${node.off === true ? ' off' : ''}`}
      style={{ '--hue': look.hue } as React.CSSProperties}
    >
      {isStart ? null : <Handle type="target" position={Position.Left} className="entry" />}
      <div className="head">
        <span className="icon" aria-hidden>
          {look.icon}
        </span>
        <div className="words">
          {isNamed ? (
            <NameField node={node} graph={data.graph} />
          ) : (
            <div className="name">{nameOf(node, language)}</div>
          )}
          <div className="sentence">{sentence === '' ? say(step?.says ?? look) : sentence}</div>
        </div>
        {node.off === true ? (
          <PoweroffOutlined className="mark" title={say({ zh: '已停用', en: 'Switched off' })} />
        ) : null}
        {errors > 0 ? (
          <span className="mark error" title={say({ zh: `${errors} 个错误`, en: `${errors} errors` })}>
            <ExclamationCircleFilled /> {errors}
          </span>
        ) : warnings > 0 ? (
          <span
            className="mark warning"
            title={say({ zh: `${warnings} 个提醒`, en: `${warnings} warnings` })}
          >
            <WarningFilled /> {warnings}
          </span>
        ) : null}
      </div>
      {ports.map(({ name, label }) => (
        <div key={name} className={`port${ports.length > 1 ? '' : ' only'}`}>
          {ports.length > 1 ? <span className="label">{say(label)}</span> : null}
          {taken.includes(name) ? null : (
            <button
              type="button"
              className="add nodrag nopan"
              tabIndex={-1}
              aria-label={say({ zh: `在「${label.zh}」后面添加`, en: `Add after “${label.en}”` })}
              onClick={() => askFor({ kind: 'after', node: node.id, port: name })}
            >
              <PlusOutlined />
            </button>
          )}
          <Handle type="source" id={name} position={Position.Right} />
        </div>
      ))}
      {journey === undefined ? null : (
        <button
          type="button"
          className="into nodrag nopan"
          tabIndex={-1}
          onClick={() => show(journey.id, [])}
        >
          {read(journey.title, language)}
          <small>{say({ zh: `${journey.steps} 个步骤 · 打开`, en: `${journey.steps} steps · open` })}</small>
        </button>
      )}
    </div>
  );
});
