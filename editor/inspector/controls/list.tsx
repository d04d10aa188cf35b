// Rows of further fields: branches, questions, outcomes. Each row is edited by the controls of its own fields.
import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Card } from 'antd';
import type { Json, JsonObject } from '../../../engine/json.ts';
import { useSay } from '../../say.ts';
import type { ControlProps } from '../control.ts';

export function ListControl({ id, field, schema, value, pointer, change, problems, Nested }: ControlProps) {
  const say = useSay();
  const rows = Array.isArray(value) ? (value as JsonObject[]) : [];
  const items = (schema['items'] ?? {}) as Readonly<Record<string, unknown>>;
  const set = (next: readonly JsonObject[]): void => change(next.length === 0 ? undefined : (next as Json));
  const swap = (a: number, b: number): void =>
    set(rows.map((row, i) => (i === a ? rows[b]! : i === b ? rows[a]! : row)));
  return (
    <div className="rows">
      {rows.map((row, i) => (
        <Card
          key={i}
          size="small"
          title={i + 1}
          extra={
            <>
              <Button
                type="text"
                size="small"
                icon={<ArrowUpOutlined />}
                disabled={i === 0}
                aria-label={say({ zh: '上移', en: 'Move up' })}
                onClick={() => swap(i, i - 1)}
              />
              <Button
                type="text"
                size="small"
                icon={<ArrowDownOutlined />}
                disabled={i === rows.length - 1}
                aria-label={say({ zh: '下移', en: 'Move down' })}
                onClick={() => swap(i, i + 1)}
              />
              <Button
                type="text"
                size="small"
                danger
                icon={<DeleteOutlined />}
                aria-label={say({ zh: '删除', en: 'Delete' })}
                onClick={() => set(rows.filter((_, at) => at !== i))}
              />
            </>
          }
        >
          <Nested
            prefix={`${id}-${i}`}
            pointer={`${pointer}/${i}`}
            fields={field.of ?? []}
            schema={items}
            values={row}
            problems={problems}
            change={(key, next) =>
              set(
                rows.map((it, at) => {
                  if (at !== i) return it;
                  const { [key]: _old, ...rest } = it;
                  return next === undefined ? rest : { ...it, [key]: next };
                }),
              )
            }
          />
        </Card>
      ))}
      <Button block type="dashed" icon={<PlusOutlined />} onClick={() => set([...rows, {}])}>
        {say({ zh: '添加一项', en: 'Add one' })}
      </Button>
    </div>
  );
}
