// Sharing a playbook: as a file for others, or as a template of the team. What is private is shown, and stays here.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App as Antd, Button, Checkbox, Modal, Skeleton } from 'antd';
import { useMemo, useState } from 'react';
import { api, ask, type Listed } from '../api.ts';
import { Trouble } from '../pages/trouble.tsx';
import { read, useSay, useSpeech } from '../say.ts';
import { download } from '../rehearsal/export.ts';
import './gallery.css';
import { FINDING_WORDS, findingsOf, withoutPrivate, type Finding } from './private.ts';
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
  const findings = useMemo(() => (document === undefined ? [] : findingsOf(document)), [document]);
  const [kept, keep] = useState<ReadonlySet<string>>(new Set());
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
          name: from.title.slice(0, 200),
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
        <Button
          key="template"
          disabled={document === undefined}
          loading={put.isPending}
          onClick={() => put.mutate()}
        >
          {say({ zh: '存为团队模板', en: 'Keep as a template' })}
        </Button>,
        <Button key="file" type="primary" disabled={document === undefined} onClick={toFile}>
          {say({ zh: '导出为文件', en: 'Export as a file' })}
        </Button>,
      ]}
    >
      {draft.isPending ? (
        <Skeleton active />
      ) : draft.error !== null ? (
        <Trouble error={draft.error} again={() => void draft.refetch()} />
      ) : findings.length === 0 ? (
        <p>
          {say({
            zh: '里面只有剧本：没有成员资料，没有密钥。',
            en: 'Only the playbook is in it: no data of members, no secrets.',
          })}
        </p>
      ) : (
        <Findings findings={findings} kept={kept} keep={keep} />
      )}
    </Modal>
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
