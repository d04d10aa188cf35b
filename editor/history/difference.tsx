// What a draft changes against the version that is published: how much, what in words and side by side,
// and how many of live runs stand where something changed. They stay on their version.
import { useQuery } from '@tanstack/react-query';
import { Alert, Skeleton, Tag } from 'antd';
import type { Playbook } from '../../engine/document.ts';
import { ask } from '../api.ts';
import { Trouble } from '../pages/trouble.tsx';
import type { Changes } from '../run/shapes.ts';
import { useSay } from '../say.ts';
import { Sides } from './sides.tsx';

export interface DifferenceProps {
  readonly id: string;
  /** The draft. */
  readonly document: Playbook;
  readonly changes: Changes;
}

export function Difference({ id, document, changes: { changes, standing, version } }: DifferenceProps) {
  const say = useSay();
  const published = useQuery({
    queryKey: ['state', id, { kind: 'version', no: version }],
    queryFn: () => ask<{ readonly document: Playbook }>('GET', `/api/playbooks/${id}/versions/${version!}`),
    enabled: version !== null,
    staleTime: Infinity,
  });
  if (version === null) return null;
  const { nodes, edges, document: frame } = changes;
  const people = Object.values(standing).reduce((sum, count) => sum + count, 0);
  const wires = edges.added.length + edges.removed.length + edges.changed.length;
  return (
    <section>
      <h2>{say({ zh: `和第 ${version} 版相比`, en: `Against version ${version}` })}</h2>
      <p>
        <Tag color="green">
          {say({ zh: `新增 ${nodes.added.length} 步`, en: `${nodes.added.length} steps added` })}
        </Tag>
        <Tag color="red">
          {say({ zh: `删去 ${nodes.removed.length} 步`, en: `${nodes.removed.length} removed` })}
        </Tag>
        <Tag color="blue">
          {say({ zh: `改动 ${nodes.changed.length} 步`, en: `${nodes.changed.length} changed` })}
        </Tag>
        <Tag>{say({ zh: `连线 ${wires} 处`, en: `${wires} wires` })}</Tag>
        <Tag>
          {say({ zh: `剧本设置 ${frame.length} 处`, en: `${frame.length} settings of the playbook` })}
        </Tag>
      </p>
      {people > 0 ? (
        <Alert
          type="info"
          showIcon
          title={say({
            zh: `进行中的活动里有 ${people} 个对象站在改动的步骤上。它们留在原来的版本，不受影响。`,
            en: `${people} subjects of running activities stand on what changed. They stay on their version, unaffected.`,
          })}
        />
      ) : null}
      {published.error !== null ? (
        <Trouble error={published.error} again={() => void published.refetch()} />
      ) : published.data === undefined ? (
        <Skeleton active paragraph={{ rows: 3 }} />
      ) : (
        <Sides
          before={published.data.document}
          after={document}
          names={{
            before: say({ zh: `第 ${version} 版`, en: `Version ${version}` }),
            after: say({ zh: '草稿', en: 'Draft' }),
          }}
          standing={standing}
        />
      )}
    </section>
  );
}
