// What the send gate held back in the rehearsal, and where somebody would have to decide.
import { Empty } from 'antd';
import { sayInstant } from '../../engine/calendar/say.ts';
import { DEFAULT_CAPS, DEFAULT_QUIET } from '../../engine/effects/send-gate.ts';
import { sayReason } from '../../engine/effects/send-reasons.ts';
import { sayCode, STUCK_WORDS } from '../../engine/run/words.ts';
import type { Collision } from '../../engine/rehearse/film.ts';
import type { TeamRegistry } from '../team-registry.ts';
import { sayChannel } from '../run/say-code.ts';
import { localeOf, read, useSay, useSpeech, type Language, type Words } from '../say.ts';
import { showNode } from './calendar-view.tsx';
import { titleOf } from './sheet.ts';
import { useStage } from './store.ts';

const WENT: Readonly<Record<Collision['go'], Words>> = {
  defer: { zh: '推迟', en: 'put off' },
  skip: { zh: '不发', en: 'not sent' },
  expire: { zh: '过期', en: 'expired' },
};

export function CollisionView() {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const take = useStage(({ take: it }) => it);
  if (take === undefined) return null;
  const { collisions, stuck, zone, order } = take;
  const kept = sayLimits(order.team);
  if (collisions.length + stuck.length === 0)
    return (
      <Empty
        description={say({
          zh: '没有碰撞：每条消息都按时送出，没有碰到静默时段、频次上限和额度。',
          en: 'No collisions: each message went out in time, clear of quiet hours, caps and budgets.',
        })}
      >
        <p className="help">{say(kept)}</p>
      </Empty>
    );
  return (
    <>
      <p className="help">{say(kept)}</p>
      <table>
        <thead>
          <tr>
            <th scope="col">{say({ zh: '什么时候', en: 'When' })}</th>
            <th scope="col">{say({ zh: '步骤', en: 'Step' })}</th>
            <th scope="col">{say({ zh: '怎么了', en: 'What' })}</th>
            <th scope="col">{say({ zh: '为什么', en: 'Why' })}</th>
            <th scope="col">{say({ zh: '次数', en: 'Times' })}</th>
          </tr>
        </thead>
        <tbody>
          {stuck.map(({ node, reason, count }) => (
            <tr key={`stuck ${node} ${reason}`} className="fault">
              <td />
              <td>{titleOf(take, node, language)}</td>
              <td>{say({ zh: '卡住', en: 'stuck' })}</td>
              <td>{say(sayCode(STUCK_WORDS, reason))}</td>
              <td>{count}</td>
            </tr>
          ))}
          {collisions.map(({ node, at, go, reason, count }) => (
            <tr key={`${node} ${at} ${go} ${reason}`}>
              <td>{sayInstant(at, zone, localeOf(language))}</td>
              <td>
                <button type="button" className="bind" onClick={() => showNode(take, node, at)}>
                  {titleOf(take, node, language)}
                </button>
              </td>
              <td>{say(WENT[go])}</td>
              <td>{read(sayReason(reason), language)}</td>
              <td>{count.toLocaleString(localeOf(language))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** Which limits this was rehearsed with. */
function sayLimits({ caps = DEFAULT_CAPS, quiet = DEFAULT_QUIET, channels = [] }: TeamRegistry): Words {
  const limited = channels.filter(({ budgets }) => budgets.length > 0);
  const names = (language: Language): readonly string[] =>
    limited.map(({ name }) => sayChannel(name, language));
  const { memberPerDay, memberPerWeek, groupPerDay } = caps;
  return {
    zh: `按团队的上限来算：每人每天 ${memberPerDay} 条、每周 ${memberPerWeek} 条营销消息，每群每天 ${groupPerDay} 条；${quiet.from}–${quiet.to} 静默${limited.length === 0 ? '' : `；渠道额度：${names('zh').join('、')}`}。`,
    en: `With the team’s limits: ${memberPerDay} marketing a day and ${memberPerWeek} a week for each member, ${groupPerDay} posts a day for each group; quiet from ${quiet.from} to ${quiet.to}${limited.length === 0 ? '' : `; budgets of ${names('en').join(', ')}`}.`,
  };
}
