// Messages of one step of a run, to whom and what became of each; of those in doubt a person may say what they have found out.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Space, Tag } from 'antd';
import { read, useSay, useSpeech } from '../say.ts';
import { runs } from './api.ts';
import { sayCode } from '../../engine/run/words.ts';
import type { Delivery } from './shapes.ts';
import { DELIVERY, sayAt } from './words.ts';

/** What was sent from here, to whom. */
export function Letters({
  run,
  node,
  zone,
}: {
  readonly run: string;
  readonly node: string;
  readonly zone: string;
}) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const letters = useQuery({
    queryKey: ['run', run, 'letters', node],
    queryFn: () => runs.letters(run, node),
  });
  const list = letters.data?.deliveries ?? [];
  if (list.length === 0) return null;
  return (
    <section>
      <h3>{say({ zh: '消息', en: 'Messages' })}</h3>
      <ul className="letters">
        {list.map((it) => (
          <li key={`${it.message} ${it.recipient}`}>
            <span>{it.memberName ?? it.groupName ?? it.recipient}</span>
            <span className="soft">{sayAt(it.at, language, zone)}</span>
            <Tag color={it.state === 'sent' ? 'green' : it.state === 'failed' ? 'red' : 'default'}>
              {say(sayCode(DELIVERY, it.state))}
            </Tag>
            {it.why === null ? null : <span className="soft">{read(it.why, language)}</span>}
            {it.reconciledBy !== 'provider' || it.state !== 'sent' ? null : (
              <span className="soft">
                {say({
                  zh: '问过对方：收到了，没有再发',
                  en: 'The receiver was asked: it has it, and nothing was sent again',
                })}
              </span>
            )}
            {it.state === 'unknown' ? <Outcome letter={it} run={run} /> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A person has found out what became of a message in doubt. */
function Outcome({
  letter: { message, recipient },
  run,
}: {
  readonly letter: Delivery;
  readonly run: string;
}) {
  const say = useSay();
  const client = useQueryClient();
  const tell = useMutation({
    mutationFn: (outcome: 'sent' | 'failed') => runs.sayOutcome(message, recipient, outcome),
    onSettled: () => client.invalidateQueries({ queryKey: ['run', run] }),
  });
  return (
    <Space.Compact size="small">
      <Button loading={tell.isPending} onClick={() => tell.mutate('sent')}>
        {say({ zh: '查过：收到了', en: 'It arrived' })}
      </Button>
      <Button loading={tell.isPending} onClick={() => tell.mutate('failed')}>
        {say({ zh: '查过：没收到', en: 'It did not' })}
      </Button>
      {tell.error === null ? null : <span className="fault">{tell.error.message}</span>}
    </Space.Compact>
  );
}
