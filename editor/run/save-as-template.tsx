// Takes what was learned back: a new playbook with the texts of this run, and its parameters as defaults.
import { SaveOutlined } from '@ant-design/icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Button, Input, Modal, Skeleton } from 'antd';
import { useState } from 'react';
import { api } from '../api.ts';
import { go } from '../location.ts';
import { localeOf, read, useSay, useSpeech } from '../say.ts';
import { Fault } from '../shell/fault.tsx';
import { runs } from './api.ts';
import { useNodeName } from './node-name.ts';
import { changedParams, templateFrom } from './template.ts';
import type { Playbook } from '../../engine/document.ts';
import type { Overview } from './shapes.ts';

export function SaveAsTemplate({ run }: { readonly run: string }) {
  const say = useSay();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button icon={<SaveOutlined aria-hidden />} onClick={() => setOpen(true)}>
        {say({ zh: '存成模板', en: 'Save as a template' })}
      </Button>
      {isOpen ? <Dialog run={run} close={() => setOpen(false)} /> : null}
    </>
  );
}

async function askBoth(id: string): Promise<{ readonly run: Overview; readonly document: Playbook }> {
  const run = await runs.overview(id);
  const { document } = await runs.document(run.playbook, run.version);
  return { run, document };
}

function Dialog({ run: id, close }: { readonly run: string; readonly close: () => void }) {
  const say = useSay();
  const asked = useQuery({ queryKey: ['template', id], queryFn: () => askBoth(id), gcTime: 0 });
  return asked.data === undefined ? (
    <Modal open title={say({ zh: '存成模板', en: 'Save as a template' })} footer={null} onCancel={close}>
      {asked.error === null ? <Skeleton active /> : <Fault error={asked.error} />}
    </Modal>
  ) : (
    <Naming run={asked.data.run} document={asked.data.document} close={close} />
  );
}

function Naming({
  run,
  document,
  close,
}: {
  readonly run: Overview;
  readonly document: Playbook;
  readonly close: () => void;
}) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const [title, setTitle] = useState(
    say({ zh: `${read(run.title, language)}（改进）`, en: `${read(run.title, language)}, improved` }),
  );
  const save = useMutation({
    mutationFn: () => {
      const key = `${document.id.slice(0, 60)}-${Date.now().toString(36)}`;
      return api.beginPlaybook(
        templateFrom(document, run, key, { ...document.title, [localeOf(language)]: title }),
      );
    },
    onSuccess: ({ id }) => go('playbooks', id),
  });
  return (
    <Modal
      open
      title={say({ zh: '存成模板', en: 'Save as a template' })}
      okText={say({ zh: '存成新剧本', en: 'Save as a new playbook' })}
      okButtonProps={{ loading: save.isPending, disabled: title.trim() === '' }}
      onCancel={close}
      onOk={() => save.mutate()}
    >
      <div className="row">
        <label className="caption" htmlFor="template-title">
          {say({ zh: '名称', en: 'Name' })}
        </label>
        <Input
          id="template-title"
          maxLength={200}
          value={title}
          onChange={({ target }) => setTitle(target.value)}
        />
      </div>
      <TakenBack run={run} document={document} />
      <Fault error={save.error} />
    </Modal>
  );
}

/** What goes into the new playbook. */
function TakenBack({ run, document }: { readonly run: Overview; readonly document: Playbook }) {
  const say = useSay();
  const name = useNodeName(document);
  const texts = Object.keys(run.texts).map(name);
  const params = changedParams(document, run);
  return (
    <>
      <p>{say({ zh: '带回去的：', en: 'What is taken back:' })}</p>
      <ul>
        <li>
          {texts.length === 0
            ? say({ zh: '文字没有改过', en: 'No text was changed' })
            : say({
                zh: `改过的文字：${texts.join('、')}`,
                en: `Changed texts: ${texts.join(', ')}`,
              })}
        </li>
        <li>
          {params.length === 0
            ? say({ zh: '参数都是默认值', en: 'All parameters had their defaults' })
            : say({
                zh: `这次的参数作为默认值：${params.join('、')}`,
                en: `This run’s parameters become defaults: ${params.join(', ')}`,
              })}
        </li>
      </ul>
      <p className="help">
        {say({ zh: '日期、成员和密钥都不会带进去。', en: 'No dates, no members and no secrets are in it.' })}
      </p>
    </>
  );
}
