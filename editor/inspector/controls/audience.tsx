// Whom a message is for: the member of the journey, groups, or members by a rule.
import { Select } from 'antd';
import type { Json } from '../../../engine/json.ts';
import { CAMPAIGN } from '../../document/graphs.ts';
import { useDesk } from '../../document/store.ts';
import { useSay } from '../../say.ts';
import { isRecord } from '../../values.ts';
import type { ControlProps } from '../control.ts';
import { ConditionControl } from './condition.tsx';
import { NamesControl } from './suggest.tsx';

type Kind = 'subject' | 'all' | 'groups' | 'segment';

export function AudienceControl(props: ControlProps) {
  const { id, value, change } = props;
  const say = useSay();
  const isJourney = useDesk(({ graph }) => graph !== CAMPAIGN);
  const audience = isRecord(value) ? value : {};
  const groups = audience['groups'] ?? (audience['group'] === undefined ? undefined : [audience['group']]);
  const kind: Kind | undefined =
    'subject' in audience
      ? 'subject'
      : 'segment' in audience
        ? 'segment'
        : groups === 'all'
          ? 'all'
          : groups === undefined
            ? undefined
            : 'groups';
  const begin: Readonly<Record<Kind, Json>> = {
    subject: { subject: true },
    all: { groups: 'all' },
    groups: { groups: [] },
    segment: { segment: { cel: 'member.consent' } },
  };
  return (
    <>
      <Select<Kind>
        id={id}
        style={{ width: '100%' }}
        {...(kind === undefined ? {} : { value: kind })}
        placeholder={say({ zh: '发给谁', en: 'To whom' })}
        onChange={(next) => change(begin[next])}
        options={[
          ...(isJourney
            ? [{ value: 'subject' as const, label: say({ zh: '这位成员', en: 'This member' }) }]
            : []),
          { value: 'all', label: say({ zh: '活动的所有群', en: 'All groups of the activity' }) },
          { value: 'groups', label: say({ zh: '指定的群', en: 'These groups' }) },
          { value: 'segment', label: say({ zh: '符合条件的成员', en: 'Members who fit a rule' }) },
        ]}
      />
      {kind === 'groups' ? (
        <NamesControl
          {...props}
          id={`${id}-groups`}
          value={groups}
          change={(next) => change({ groups: next ?? [] })}
        />
      ) : null}
      {kind === 'segment' ? (
        <ConditionControl
          {...props}
          id={`${id}-segment`}
          value={audience['segment']}
          change={(next) => change({ segment: next ?? { cel: '' } })}
        />
      ) : null}
    </>
  );
}
