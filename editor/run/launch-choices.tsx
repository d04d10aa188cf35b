// What is chosen at a launch besides the parameters: for real or to try, for which community, and who does what.
import { Alert, Radio, Select } from 'antd';
import { useSay } from '../say.ts';
import type { Colleague, Community } from './shapes.ts';
import { ROLES } from '../../engine/roles.ts';
import { wordFor } from './words.ts';

export type Mode = 'fast' | 'real';
export type Cast = Readonly<Record<string, readonly string[]>>;

export function ModeChoice({ mode, choose }: { readonly mode: Mode; readonly choose: (mode: Mode) => void }) {
  const say = useSay();
  return (
    <Radio.Group
      className="modes"
      value={mode}
      aria-label={say({ zh: '怎样发起', en: 'How to launch' })}
      onChange={({ target }) => choose(target.value as Mode)}
    >
      <Radio value="fast">
        <b>{say({ zh: '先试一次：压缩时间', en: 'Try it: compressed time' })}</b>
        <span className="help">
          {say({
            zh: '真实的引擎，模拟的社群：几周在几秒到几分钟里走完，什么都不会发给真人。',
            en: 'The real engine with a synthetic community: weeks pass in seconds, or a few minutes, and nothing reaches real people.',
          })}
        </span>
      </Radio>
      <Radio value="real">
        <b>{say({ zh: '正式发起', en: 'For real' })}</b>
        <span className="help">
          {say({ zh: '按日历进行，消息会真的发出去。', en: 'By the calendar; messages go out.' })}
        </span>
      </Radio>
    </Radio.Group>
  );
}

export function CommunityChoice({
  communities,
  chosen,
  choose,
}: {
  readonly communities: readonly Community[];
  readonly chosen: string | undefined;
  readonly choose: (id: string) => void;
}) {
  const say = useSay();
  if (communities.length === 0)
    return (
      <Alert
        type="info"
        showIcon
        title={say({ zh: '还没有社群', en: 'There is no community yet' })}
        description={say({
          zh: '现在正式发起，会按日历在模拟社群里进行。要发给真人，请先建好社群和群。',
          en: 'Launched now, it goes by the calendar in a synthetic community. To reach people, set up a community and its groups first.',
        })}
      />
    );
  return (
    <div className="row">
      <label className="caption" htmlFor="community">
        {say({ zh: '社群', en: 'Community' })}
      </label>
      <Select
        id="community"
        value={chosen ?? null}
        options={communities.map(({ id, name }) => ({ value: id, label: name }))}
        onChange={choose}
      />
    </div>
  );
}

export function CastForm({
  roles,
  mode,
  cast,
  change,
  colleagues,
}: {
  readonly roles: readonly string[];
  readonly mode: Mode;
  readonly cast: Cast;
  readonly change: (cast: Cast) => void;
  readonly colleagues: readonly Colleague[];
}) {
  const say = useSay();
  if (roles.length === 0) return null;
  return (
    <section>
      <h2>{say({ zh: '谁来做', en: 'Who does what' })}</h2>
      <p className="help">
        {mode === 'fast'
          ? say({
              zh: '不选人，由模拟的同事来答复。选了人，时钟就停下来等他们。',
              en: 'With nobody chosen, simulated colleagues answer. For whom you choose, the clock waits.',
            })
          : say({
              zh: '不选人，由团队里有这个角色的同事来做。',
              en: 'With nobody chosen, whoever has the role in the team.',
            })}
      </p>
      {roles.map((role) => (
        <div className="row" key={role}>
          <label className="caption" htmlFor={`role-${role}`}>
            {say(wordFor(ROLES, role))}
          </label>
          <Select
            id={`role-${role}`}
            mode="multiple"
            value={[...(cast[role] ?? [])]}
            placeholder={
              mode === 'fast'
                ? say({ zh: '模拟的同事', en: 'Simulated colleagues' })
                : say({ zh: '团队里有这个角色的人', en: 'Whoever has the role' })
            }
            options={colleagues.map(({ id, name }) => ({ value: id, label: name }))}
            optionFilterProp="label"
            onChange={(people) => change({ ...cast, [role]: people })}
          />
        </div>
      ))}
    </section>
  );
}
