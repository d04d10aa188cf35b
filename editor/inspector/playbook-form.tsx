// What can be set of the playbook itself: its words, what is filled in at launch, its goal, and everything that is wrong with it.
import { Input, Select, Tabs } from 'antd';
import type { Playbook } from '../../engine/document.ts';
import { setPart } from '../document/commands.ts';
import { act, useDesk } from '../document/store.ts';
import { useWay, type PartTab } from '../problems/go-to.ts';
import { useSay } from '../say.ts';
import { TextControl } from './controls/text.tsx';
import { Labelled } from './labelled.tsx';
import { NO_FIELD } from './no-field.ts';
import { ParamsForm } from './params-form.tsx';
import { GoalForm, PhasesForm } from './parts-form.tsx';

export function PlaybookForm() {
  const say = useSay();
  const document = useDesk(({ history }) => history?.present.document);
  const tab = useWay(({ tab: it }) => it);
  if (document === undefined) return null;
  return (
    <Tabs
      size="small"
      activeKey={tab}
      onChange={(key) => useWay.setState({ tab: key as PartTab })}
      items={[
        {
          key: 'words',
          label: say({ zh: '剧本', en: 'Playbook' }),
          children: <WordsForm document={document} />,
        },
        {
          key: 'params',
          label: say({ zh: '参数', en: 'Parameters' }),
          children: <ParamsForm document={document} />,
        },
        {
          key: 'phases',
          label: say({ zh: '阶段', en: 'Phases' }),
          children: <PhasesForm document={document} />,
        },
        {
          key: 'goal',
          label: say({ zh: '目标', en: 'Goal' }),
          children: <GoalForm document={document} />,
        },
      ]}
    />
  );
}

function WordsForm({ document }: { readonly document: Playbook }) {
  const say = useSay();
  const { title, description, zone = '', locales = ['zh-CN'] } = document;
  return (
    <>
      <Labelled id="p-title" label={say({ zh: '标题', en: 'Title' })}>
        <TextControl
          {...NO_FIELD}
          id="p-title"
          value={title}
          change={(it) => act(setPart('title', (it ?? {}) as typeof title))}
        />
      </Labelled>
      <Labelled id="p-description" label={say({ zh: '说明', en: 'Description' })}>
        <TextControl
          {...NO_FIELD}
          id="p-description"
          value={description}
          change={(it) => act(setPart('description', it as typeof title))}
        />
      </Labelled>
      <Labelled id="p-zone" label={say({ zh: '时区', en: 'Time zone' })}>
        <Input
          id="p-zone"
          value={zone}
          placeholder="Asia/Shanghai"
          onChange={({ target }) => act(setPart('zone', target.value === '' ? undefined : target.value))}
        />
      </Labelled>
      <Labelled id="p-locales" label={say({ zh: '语言', en: 'Languages' })}>
        <Select
          id="p-locales"
          mode="tags"
          style={{ width: '100%' }}
          value={[...locales]}
          options={[
            { value: 'zh-CN', label: '中文' },
            { value: 'en', label: 'English' },
          ]}
          onChange={(next: string[]) => act(setPart('locales', next))}
        />
      </Labelled>
    </>
  );
}
