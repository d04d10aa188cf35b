// Sharing a playbook: as a file for others, or as a template of the team. What is private is shown, and stays here.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App as Antd, Button, Checkbox, Modal, Skeleton } from 'antd';
import { useMemo, useState } from 'react';
import type { Playbook } from '../../engine/document.ts';
import { api, ask, type Listed } from '../api.ts';
import { Trouble } from '../pages/trouble.tsx';
import { read, useSay, useSpeech } from '../say.ts';
import { download } from '../rehearsal/export.ts';
import './gallery.css';
import {
  cleanWords,
  FINDING_WORDS,
  findingsOf,
  privateNames,
  withoutPrivate,
  type Finding,
} from './private.ts';
import { writeTemplate } from './template-file.ts';

export function Share({ playbook, close }: { readonly playbook: Listed; readonly close: () => void }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const { message } = Antd.useApp();
  const queries = useQueryClient();
  const draft = useQuery({
    queryKey: ['share', playbook.id, playbook.revision],
    queryFn: () => api.draft(playbook.id),
    gcTime: 0,
  });
  const document = draft.data?.document;
  const [kept, keep] = useState<ReadonlySet<string>>(new Set());
  const names = useMemo(() => (document === undefined ? [] : privateNames(document, kept)), [document, kept]);
  const mayLeave = document !== undefined && names.length === 0;
  const from = {
    title: read(playbook.title, language),
    ...(playbook.version === null ? {} : { version: playbook.version }),
  };
  const put = useMutation({
    mutationFn: () =>
      ask('POST', '/api/templates', {
        document: withoutPrivate(document!, kept),
        origin: {
          kind: 'playbook',
          name: cleanWords(from.title, kept).slice(0, 200),
          ...(from.version === undefined ? {} : { version: from.version }),
        },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['templates'] });
      void message.success(say({ zh: '已放进团队模板。', en: 'It is a template of the team now.' }));
      close();
    },
    onError: (error) => void message.error(error.message),
  });
  const toFile = (): void => {
    if (document === undefined) return;
    const text = writeTemplate(document, { ...from, exportedAt: new Date().toISOString() }, kept);
    download(`${document.id}.kindling.json`, 'application/json', text);
    close();
  };
  return (
    <Modal
      open
      width={640}
      title={say({ zh: `分享「${from.title}」`, en: `Share “${from.title}”` })}
      onCancel={close}
      footer={[
        <Button key="template" disabled={!mayLeave} loading={put.isPending} onClick={() => put.mutate()}>
          {say({ zh: '存为团队模板', en: 'Keep as a template' })}
        </Button>,
        <Button key="file" type="primary" disabled={!mayLeave} onClick={toFile}>
          {say({ zh: '导出为文件', en: 'Export as a file' })}
        </Button>,
      ]}
    >
      {draft.error !== null ? (
        <Trouble error={draft.error} again={() => void draft.refetch()} />
      ) : document === undefined ? (
        <Skeleton active />
      ) : (
        <Leaving document={document} names={names} kept={kept} keep={keep} />
      )}
    </Modal>
  );
}

/** What leaves, and what does not. `names`: what keeps it here. */
function Leaving({
  document,
  names,
  kept,
  keep,
}: {
  readonly document: Playbook;
  readonly names: readonly string[];
  readonly kept: ReadonlySet<string>;
  readonly keep: (kept: ReadonlySet<string>) => void;
}) {
  const say = useSay();
  const findings = useMemo(() => findingsOf(document), [document]);
  return (
    <>
      {findings.length === 0 ? (
        <p>
          {say({
            zh: '里面只有剧本：没有找到电话、邮箱、密钥和成员名单。文字里的人名，请您自己看一眼。',
            en: 'Only the playbook is in it: no telephone numbers, addresses, secrets or lists of members were found. Names of people in its texts are for you to look at.',
          })}
        </p>
      ) : (
        <Findings findings={findings} kept={kept} keep={keep} />
      )}
      {names.length === 0 ? null : (
        <Alert
          type="error"
          showIcon
          title={say({ zh: '这个剧本还不能分享', en: 'This playbook cannot be shared yet' })}
          description={say({
            zh: `步骤、阶段、旅程或参数的内部名称里有：${names.join('、')}。请先改掉这些名称。`,
            en: `Internal names of steps, phases, journeys or parameters hold ${names.join(', ')}. Change these names first.`,
          })}
        />
      )}
    </>
  );
}

/** What is taken out, with a way to keep what is meant for everybody. */
function Findings({
  findings,
  kept,
  keep,
}: {
  readonly findings: readonly Finding[];
  readonly kept: ReadonlySet<string>;
  readonly keep: (kept: ReadonlySet<string>) => void;
}) {
  const say = useSay();
  const set = (text: string, isKept: boolean): void => {
    const next = new Set(kept);
    if (isKept) next.add(text);
    else next.delete(text);
    keep(next);
  };
  return (
    <>
      <Alert
        type="warning"
        showIcon
        title={say({ zh: '这些会被去掉', en: 'These are taken out' })}
        description={say({
          zh: '本来就给大家看的（例如客服电话）可以勾选保留。密钥和名单不能带走。',
          en: 'Tick what is meant for everybody, such as a service number. Secrets and lists never leave.',
        })}
      />
      <ul className="findings">
        {findings.map(({ kind, node, text }, no) => (
          <li key={no}>
            <Checkbox
              checked={kept.has(text)}
              disabled={kind === 'secret' || kind === 'list'}
              onChange={({ target }) => set(text, target.checked)}
            >
              {say(FINDING_WORDS[kind])}
            </Checkbox>
            <code>{kind === 'secret' ? `${text.slice(0, 12)}…` : text}</code>
            <span className="help">{node}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
