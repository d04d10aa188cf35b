// The playbooks of the team, and what one may begin with: a template that ships, or an empty canvas.
import { PlusOutlined, ShareAltOutlined } from '@ant-design/icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import { App as Antd, Button, Card, Skeleton, Tag } from 'antd';
import { lazy, Suspense, useState } from 'react';
import type { Playbook } from '../../engine/document.ts';
import { api, type Listed } from '../api.ts';
import { addressOf, go } from '../location.ts';
import { localeOf, read, useSay, useSpeech } from '../say.ts';
import { Bar } from '../shell/bar.tsx';
import { Trouble } from './trouble.tsx';
import { Welcome } from './welcome.tsx';

const Gallery = lazy(() => import('../gallery/gallery.tsx').then((it) => ({ default: it.Gallery })));
const Share = lazy(() => import('../gallery/share.tsx').then((it) => ({ default: it.Share })));

const EMPTY: Playbook = {
  format: 1,
  id: 'playbook',
  title: { 'zh-CN': '新剧本' },
  params: {
    type: 'object',
    required: ['T'],
    properties: {
      T: { type: 'string', format: 'date-time', title: '活动日期' },
    },
  },
  phases: [
    { id: 'warm-up', title: { 'zh-CN': '预热', en: 'Warm-up' }, starts: { anchor: 'T', offset: '-P7D' } },
    { id: 'ignite', title: { 'zh-CN': '引爆', en: 'Ignite' }, starts: { anchor: 'T' } },
    { id: 'monitor', title: { 'zh-CN': '监控', en: 'Monitor' }, starts: { anchor: 'T' } },
    { id: 'review', title: { 'zh-CN': '复盘', en: 'Review' }, starts: { anchor: 'T', offset: 'P1D' } },
  ],
  graph: { nodes: [{ id: 'start', step: 'start', config: {}, phase: 'warm-up' }], edges: [] },
};

export function PlaybooksPage() {
  const say = useSay();
  const list = useQuery({ queryKey: ['playbooks'], queryFn: api.playbooks });
  return (
    <>
      <Bar />
      <main className="page">
        {list.data?.playbooks.length === 0 ? <Welcome /> : null}
        <section>
          <h1>{say({ zh: '剧本', en: 'Playbooks' })}</h1>
          {list.isPending ? (
            <Skeleton active />
          ) : list.error !== null ? (
            <Trouble error={list.error} again={() => void list.refetch()} />
          ) : list.data.playbooks.length === 0 ? (
            <p className="help">
              {say({
                zh: '还没有剧本。从下面的模板开始，或者从一张空画布开始。',
                en: 'No playbooks yet. Begin with a template below, or with an empty canvas.',
              })}
            </p>
          ) : (
            <div className="cards">
              {list.data.playbooks.map((it) => (
                <PlaybookCard key={it.id} playbook={it} />
              ))}
            </div>
          )}
        </section>
        <Beginnings />
      </main>
    </>
  );
}

function PlaybookCard({ playbook }: { readonly playbook: Listed }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const { id, title, version, updatedAt, activeRuns } = playbook;
  const when = new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'medium', timeStyle: 'short' });
  const [isSharing, share] = useState(false);
  return (
    <div className="card-of">
      <a className="card-link" href={addressOf('playbooks', id)}>
        <Card hoverable>
          <h3>{read(title, language)}</h3>
          <Tag color={version === null ? 'default' : 'green'}>
            {version === null
              ? say({ zh: '草稿', en: 'Draft' })
              : say({ zh: `已发布 第 ${version} 版`, en: `Published, version ${version}` })}
          </Tag>
          {activeRuns > 0 ? (
            <Tag color="orange">{say({ zh: `${activeRuns} 个运行中`, en: `${activeRuns} running` })}</Tag>
          ) : null}
          <p className="help">
            {say({
              zh: `修改于 ${when.format(new Date(updatedAt))}`,
              en: `Changed ${when.format(new Date(updatedAt))}`,
            })}
          </p>
        </Card>
      </a>
      <Button
        className="share"
        type="text"
        icon={<ShareAltOutlined />}
        aria-label={say({ zh: `分享 ${read(title, language)}`, en: `Share ${read(title, language)}` })}
        onClick={() => share(true)}
      />
      {isSharing ? (
        <Suspense fallback={null}>
          <Share playbook={playbook} close={() => share(false)} />
        </Suspense>
      ) : null}
    </div>
  );
}

/** A template, or an empty canvas. */
function Beginnings() {
  const say = useSay();
  const { message } = Antd.useApp();
  const begin = useMutation({
    // The list on the page may not have come yet, or be an old one.
    mutationFn: async (document: Playbook) => {
      const known = (await api.playbooks()).playbooks.map(({ key }) => key);
      return api.beginPlaybook({ ...document, id: freeKey(document.id, known) });
    },
    onSuccess: ({ id }) => go('playbooks', id),
    onError: (error) => void message.error(error.message),
  });
  const empty = (
    <Card>
      <h3>{say({ zh: '空画布', en: 'Empty canvas' })}</h3>
      <p>
        {say({
          zh: '四个阶段已经备好：预热、引爆、监控、复盘。',
          en: 'Four phases are ready: warm-up, ignite, monitor, review.',
        })}
      </p>
      <div className="ways">
        <Button icon={<PlusOutlined />} loading={begin.isPending} onClick={() => begin.mutate(EMPTY)}>
          {say({ zh: '新建', en: 'New' })}
        </Button>
      </div>
    </Card>
  );
  return (
    <section className="beginnings">
      <h2>{say({ zh: '从这里开始', en: 'Begin with' })}</h2>
      <Suspense fallback={<div className="cards">{empty}</div>}>
        <Gallery begin={begin.mutate} isBeginning={begin.isPending} last={empty} />
      </Suspense>
    </section>
  );
}

/** A key that no playbook of the team has. */
function freeKey(wish: string, known: readonly string[]): string {
  if (!known.includes(wish)) return wish;
  let no = 2;
  while (known.includes(`${wish}-${no}`)) no += 1;
  return `${wish}-${no}`;
}
