// What a person can do about one visit: try it again, skip it, end it. Not the telling of why it is stuck.
import { Button, Popconfirm, Space } from 'antd';
import { AGAIN_WORDS } from '../../engine/run/words.ts';
import { useSay } from '../say.ts';
import { useOrder } from './ask-run.ts';
import type { Again } from './shapes.ts';

/** Retry, skip, end: of one visit. */
export function VisitActions({
  run,
  visit,
  isStuck,
  again,
}: {
  readonly run: string;
  readonly visit: { readonly node: string; readonly ordinal: number; readonly lap: number };
  readonly isStuck: boolean;
  /** In doubt: what trying it again does, and then it is said before it is done. */
  readonly again: Again;
}) {
  const say = useSay();
  const order = useOrder(run);
  // A stuck visit knows more of itself than an order may say.
  const { node, ordinal, lap } = visit;
  const give = (what: 'retry' | 'skip' | 'end'): void => order.mutate({ do: what, node, ordinal, lap });
  return (
    <Space.Compact size="small">
      {!isStuck ? null : again === null ? (
        <Button type="primary" loading={order.isPending} onClick={() => give('retry')}>
          {say({ zh: '重试', en: 'Retry' })}
        </Button>
      ) : (
        <Popconfirm
          title={say({ zh: '再试一次？', en: 'Try it again?' })}
          description={<p className="again">{say(AGAIN_WORDS[again])}</p>}
          onConfirm={() => give('retry')}
        >
          <Button type="primary" loading={order.isPending}>
            {say({ zh: '重试', en: 'Retry' })}
          </Button>
        </Popconfirm>
      )}
      <Popconfirm
        title={say({ zh: '跳过这一步，接着走下一步？', en: 'Leave this step out and go on?' })}
        onConfirm={() => give('skip')}
      >
        <Button>{say({ zh: '跳过', en: 'Skip' })}</Button>
      </Popconfirm>
      <Popconfirm
        title={say({ zh: '让它到此结束？不能恢复。', en: 'End it here? It cannot be undone.' })}
        onConfirm={() => give('end')}
      >
        <Button danger>{say({ zh: '结束', en: 'End' })}</Button>
      </Popconfirm>
    </Space.Compact>
  );
}
