// The team: who is in it with which roles, and the link by which a colleague comes in.
import { CopyOutlined, UserAddOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App as Antd, Button, Card, Checkbox, Input, Popconfirm, Select, Skeleton, Tag } from 'antd';
import { useState } from 'react';
import { api, Refused } from '../api.ts';
import { copyText } from '../copy-text.ts';
import { team } from '../run/api.ts';
import type { Colleague, Invitation } from '../run/shapes.ts';
import { ROLES } from '../../engine/roles.ts';
import { ownZone, sayAt, wordFor } from '../run/words.ts';
import { useSay, useSpeech } from '../say.ts';
import { Fault } from '../shell/fault.tsx';
import { Frame } from '../shell/frame.tsx';
import { Trouble } from './trouble.tsx';

export function TeamPage() {
  const say = useSay();
  const me = useQuery({ queryKey: ['me'], queryFn: api.me });
  const colleagues = useQuery({ queryKey: ['team'], queryFn: team.colleagues });
  const isOwner = me.data?.roles.includes('owner') === true;
  return (
    <Frame>
      <h1>{say({ zh: '团队', en: 'Team' })}</h1>
      {isOwner ? <Invite /> : null}
      {colleagues.error !== null && colleagues.data === undefined ? (
        <Trouble error={colleagues.error} again={() => void colleagues.refetch()} />
      ) : colleagues.data === undefined ? (
        <Skeleton active />
      ) : (
        <ul className="lines static">
          {colleagues.data.users.map((it) => (
            <Line key={it.id} colleague={it} isMe={it.id === me.data?.id} mayChange={isOwner} />
          ))}
        </ul>
      )}
      {colleagues.data?.users.length === 1 && isOwner ? (
        <p className="help">
          {say({
            zh: '团队里还只有您一个人。把邀请链接发给同事，任务和审批就能分给他们。',
            en: 'You are alone in the team. Send colleagues an invitation, and tasks and approvals can be theirs.',
          })}
        </p>
      ) : null}
    </Frame>
  );
}

const useRoleOptions = (): { readonly value: string; readonly label: string }[] => {
  const say = useSay();
  return Object.entries(ROLES).map(([value, words]) => ({ value, label: say(words) }));
};

function Line({
  colleague: { id, name, email, roles, disabledAt },
  isMe,
  mayChange,
}: {
  readonly colleague: Colleague;
  readonly isMe: boolean;
  readonly mayChange: boolean;
}) {
  const say = useSay();
  const queries = useQueryClient();
  const { message } = Antd.useApp();
  const options = useRoleOptions();
  const change = useMutation({
    mutationFn: (it: { readonly roles?: readonly string[]; readonly disabled?: boolean }) =>
      team.change(id, it),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['team'] }),
    onError: (error) =>
      void message.error(error instanceof Refused ? `${error.message} ${error.advice}` : error.message),
  });
  const isOff = disabledAt !== null;
  return (
    <li>
      <div>
        <b>{name}</b>
        {isMe ? <Tag>{say({ zh: '我', en: 'me' })}</Tag> : null}
        {isOff ? <Tag color="red">{say({ zh: '已停用', en: 'Disabled' })}</Tag> : null}
        <span className="soft">{email}</span>
        <span className="tags">
          {mayChange && !isOff ? (
            <Select
              mode="multiple"
              aria-label={say({ zh: `${name} 的角色`, en: `Roles of ${name}` })}
              value={[...roles]}
              options={options}
              loading={change.isPending}
              onChange={(next) => {
                if (next.length > 0) change.mutate({ roles: next });
              }}
            />
          ) : (
            roles.map((role) => <Tag key={role}>{say(wordFor(ROLES, role))}</Tag>)
          )}
          {mayChange && !isMe ? (
            <Popconfirm
              title={
                isOff
                  ? say({ zh: '重新启用这个账号？', en: 'Enable this account again?' })
                  : say({
                      zh: '停用后立即退出登录，任务和记录都还在。',
                      en: 'Their sessions end at once; tasks and records stay.',
                    })
              }
              onConfirm={() => change.mutate({ disabled: !isOff })}
            >
              <Button size="small">
                {isOff ? say({ zh: '启用', en: 'Enable' }) : say({ zh: '停用', en: 'Disable' })}
              </Button>
            </Popconfirm>
          ) : null}
        </span>
      </div>
    </li>
  );
}

function Invite() {
  const say = useSay();
  const queries = useQueryClient();
  const { message } = Antd.useApp();
  const options = useRoleOptions();
  const [roles, setRoles] = useState<readonly string[]>(['operator']);
  const [email, setEmail] = useState('');
  const open = useQuery({ queryKey: ['invitations'], queryFn: team.invitations });
  const invite = useMutation({
    mutationFn: () => team.invite(roles, email.trim()),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['invitations'] }),
  });
  const copy = async (link: string): Promise<void> => {
    if (await copyText(link)) void message.success(say({ zh: '已复制', en: 'Copied' }));
  };
  return (
    <Card className="invite" title={say({ zh: '邀请同事', en: 'Invite a colleague' })}>
      <p className="help">
        {say({
          zh: '同事打开链接，自己设密码。链接只能用一次，一周内有效。',
          en: 'They open the link and choose their own password. It works once, within a week.',
        })}
      </p>
      <Checkbox.Group options={options} value={[...roles]} onChange={setRoles} />
      <Input
        aria-label={say({ zh: '邮箱（可不填）', en: 'E-mail (optional)' })}
        placeholder={say({
          zh: '邮箱（可不填；填了，只有这个邮箱能用）',
          en: 'E-mail (optional; then only it can be used)',
        })}
        inputMode="email"
        value={email}
        onChange={({ target }) => setEmail(target.value)}
      />
      <Button
        type="primary"
        icon={<UserAddOutlined aria-hidden />}
        disabled={roles.length === 0}
        loading={invite.isPending}
        onClick={() => invite.mutate()}
      >
        {say({ zh: '生成邀请链接', en: 'Make an invitation link' })}
      </Button>
      <Fault error={invite.error} />
      {invite.data === undefined ? null : (
        <Alert
          type="success"
          title={say({
            zh: '把这个链接发给同事，它只显示这一次：',
            en: 'Send this link to your colleague. It is shown this once:',
          })}
          description={<code className="link">{invite.data.link}</code>}
          action={
            <Button icon={<CopyOutlined aria-hidden />} onClick={() => void copy(invite.data.link)}>
              {say({ zh: '复制', en: 'Copy' })}
            </Button>
          }
        />
      )}
      <OpenInvitations list={open.data?.invitations ?? []} />
    </Card>
  );
}

function OpenInvitations({ list }: { readonly list: readonly Invitation[] }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const queries = useQueryClient();
  const takeBack = useMutation({
    mutationFn: team.uninvite,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['invitations'] }),
  });
  if (list.length === 0) return null;
  return (
    <ul className="invitations">
      {list.map(({ id, roles, email, expiresAt }) => (
        <li key={id}>
          {email ?? say({ zh: '任何人', en: 'Anybody' })} ·{' '}
          {roles.map((it) => say(wordFor(ROLES, it))).join(' ')}
          <span className="soft">
            {say({ zh: ' 有效到 ', en: ' until ' })}
            {sayAt(expiresAt, language, ownZone())}
          </span>
          <Button type="link" size="small" onClick={() => takeBack.mutate(id)}>
            {say({ zh: '收回', en: 'Take back' })}
          </Button>
        </li>
      ))}
    </ul>
  );
}
