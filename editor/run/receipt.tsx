// What was sent, what is taken back, and what cannot be recalled: before an activity is stopped, and afterwards.
import { useSay, type Words } from '../say.ts';
import type { DeliveryGroup } from './shapes.ts';

/** States by what stopping means for them. */
const KINDS: readonly (Words & { readonly states: readonly string[]; readonly look: string })[] = [
  {
    states: ['sent', 'confirmed'],
    look: 'sent',
    zh: '已经发出，收不回来',
    en: 'sent: cannot be recalled',
  },
  {
    states: ['requested', 'gated', 'unknown'],
    look: 'doubt',
    zh: '已交出去，可能会发出',
    en: 'handed over: may still go out',
  },
  { states: ['planned', 'cancelled'], look: 'open', zh: '还没发，不再发', en: 'not sent, and stay unsent' },
  {
    states: ['skipped', 'expired', 'failed'],
    look: 'never',
    zh: '本来就没有发出',
    en: 'were not sent anyway',
  },
];

export function Receipt({ groups }: { readonly groups: readonly DeliveryGroup[] }) {
  const say = useSay();
  const lines = KINDS.map(({ states, look, zh, en }) => ({
    look,
    words: { zh, en },
    count: groups.filter(({ state }) => states.includes(state)).reduce((sum, it) => sum + it.recipients, 0),
  })).filter(({ count }) => count > 0);
  if (lines.length === 0)
    return (
      <p className="help">{say({ zh: '到现在没有发过消息。', en: 'No message has gone out so far.' })}</p>
    );
  return (
    <ul className="receipt">
      {lines.map(({ look, words, count }) => (
        <li key={look} className={look}>
          <b>{count}</b> {say({ zh: `条${words.zh}`, en: words.en })}
        </li>
      ))}
    </ul>
  );
}
