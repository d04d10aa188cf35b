// What an operator may tell a run: pause, resume, another date, stop. Each says beforehand what it changes.
import { CalendarOutlined, PauseOutlined, PlayCircleOutlined, StopOutlined } from '@ant-design/icons';
import { Button, Input, Modal, Radio, Skeleton } from 'antd';
import { useState } from 'react';
import type { Playbook } from '../../engine/document.ts';
import { useSay, type Words } from '../say.ts';
import type { Overview } from './shapes.ts';
import { useDeliveries, useOrder } from './ask-run.ts';
import { dateParams } from './forecast.ts';
import { MoveDate } from './move-date.tsx';
import { Receipt } from './receipt.tsx';
import { isOver } from './words.ts';

type Open = 'resume' | 'date' | 'stop' | undefined;

export function Commands({ run, document }: { readonly run: Overview; readonly document: Playbook }) {
  const say = useSay();
  const [open, setOpen] = useState<Open>();
  const order = useOrder(run.id);
  const close = (): void => setOpen(undefined);
  if (isOver(run.status) || run.status === 'stopping') return null;
  return (
    <div className="commands">
      {run.status === 'paused' ? (
        <Button type="primary" icon={<PlayCircleOutlined aria-hidden />} onClick={() => setOpen('resume')}>
          {say({ zh: '继续', en: 'Resume' })}
        </Button>
      ) : (
        <Button
          icon={<PauseOutlined aria-hidden />}
          loading={order.isPending}
          onClick={() => order.mutate({ do: 'pause' })}
        >
          {say({ zh: '暂停', en: 'Pause' })}
        </Button>
      )}
      {dateParams(document).length === 0 ? null : (
        <Button icon={<CalendarOutlined aria-hidden />} onClick={() => setOpen('date')}>
          {say({ zh: '改日期', en: 'Move the date' })}
        </Button>
      )}
      <Button danger icon={<StopOutlined aria-hidden />} onClick={() => setOpen('stop')}>
        {say({ zh: '停止', en: 'Stop' })}
      </Button>
      {open === 'resume' ? <Resume run={run} close={close} /> : null}
      {open === 'date' ? <MoveDate run={run} document={document} close={close} /> : null}
      {open === 'stop' ? <Stop run={run} close={close} /> : null}
    </div>
  );
}

interface DialogProps {
  readonly run: Overview;
  readonly close: () => void;
}

const POLICIES: readonly (Words & { readonly value: string; readonly help: Words })[] = [
  {
    value: 'hold',
    zh: '照原来的日历',
    en: 'Keep the calendar',
    help: {
      zh: '停的时候该做的，现在按各步骤对迟到的规则处理；过期的消息不补发。',
      en: 'What fell due meanwhile follows each step’s rule for lateness; expired messages are not sent.',
    },
  },
  {
    value: 'skip',
    zh: '跳过错过的',
    en: 'Skip what was missed',
    help: { zh: '停的时候该做的都不做了，从下一步接着走。', en: 'What fell due meanwhile is left out.' },
  },
  {
    value: 'shift',
    zh: '整体往后推',
    en: 'Shift what counts in durations',
    help: {
      zh: '「等几天」这样的等待往后推暂停的那段时间；按活动日期的步骤不动。',
      en: 'Waits of some length are longer by the pause; what hangs on the event’s date stays.',
    },
  },
];

function Resume({ run, close }: DialogProps) {
  const say = useSay();
  const [policy, setPolicy] = useState('hold');
  const order = useOrder(run.id, close);
  return (
    <Modal
      open
      title={say({ zh: '继续运行', en: 'Resume' })}
      okText={say({ zh: '继续', en: 'Resume' })}
      okButtonProps={{ loading: order.isPending }}
      onCancel={close}
      onOk={() => order.mutate({ do: 'resume', policy })}
    >
      <p>
        {say({ zh: '暂停期间到时间的步骤怎么办？', en: 'What about the steps that fell due meanwhile?' })}
      </p>
      <Radio.Group
        className="modes"
        value={policy}
        onChange={({ target }) => setPolicy(String(target.value))}
      >
        {POLICIES.map(({ value, help, zh, en }) => (
          <Radio key={value} value={value}>
            <b>{say({ zh, en })}</b>
            <span className="help">{say(help)}</span>
          </Radio>
        ))}
      </Radio.Group>
    </Modal>
  );
}

function Stop({ run, close }: DialogProps) {
  const say = useSay();
  const [reason, setReason] = useState('');
  const deliveries = useDeliveries(run.id);
  const order = useOrder(run.id, close);
  return (
    <Modal
      open
      title={say({ zh: '停止这次活动？', en: 'Stop this activity?' })}
      okText={say({ zh: '停止活动', en: 'Stop it' })}
      okButtonProps={{ danger: true, loading: order.isPending }}
      cancelText={say({ zh: '不停止', en: 'Keep it running' })}
      onCancel={close}
      onOk={() => order.mutate({ do: 'cancel', ...(reason === '' ? {} : { reason }) })}
    >
      <p>
        {say({
          zh: '停止后不能再继续。没做完的任务会关掉，还没发出的消息不再发。',
          en: 'A stopped activity cannot go on again. Open tasks are closed, and what was not sent stays unsent.',
        })}
      </p>
      {deliveries.data === undefined ? <Skeleton active /> : <Receipt groups={deliveries.data.deliveries} />}
      <Input.TextArea
        aria-label={say({ zh: '原因', en: 'Reason' })}
        placeholder={say({
          zh: '原因（同事和复盘里看得到）',
          en: 'Reason (colleagues and the review see it)',
        })}
        autoSize
        maxLength={500}
        value={reason}
        onChange={({ target }) => setReason(target.value)}
      />
    </Modal>
  );
}
