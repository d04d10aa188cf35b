// What one may begin with: templates that ship, those of the team, and those out of a file.
// Loaded when the page of playbooks is open and at rest.
import { DeleteOutlined, UploadOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App as Antd, Button, Card, Popconfirm, Tag } from 'antd';
import { useRef, useState, type ReactNode } from 'react';
import type { Playbook } from '../../engine/document.ts';
import { shipped } from '../../playbooks/index.ts';
import { ask } from '../api.ts';
import { CAMPAIGN, graphNames, graphOf } from '../document/graphs.ts';
import { Drawing } from '../drawing/drawing.tsx';
import { localeOf, read, useSay, useSpeech } from '../say.ts';
import { Fault } from '../shell/fault.tsx';
import './gallery.css';
import { Install } from './install.tsx';
import { KINDS, nameOfNeed, NEED_WORDS, needsOf } from './needs.ts';
import { readTemplate, type Provenance } from './template-file.ts';
import { Trouble } from '../pages/trouble.tsx';

interface Listed {
  readonly id: string;
  readonly title: Readonly<Record<string, string>>;
  readonly origin: { readonly kind: string; readonly name?: string; readonly version?: number };
  readonly createdAt: string;
  readonly author: string | null;
}

/** How a playbook is begun: by whoever shows the gallery. */
interface Begins {
  readonly begin: (document: Playbook) => void;
  readonly isBeginning: boolean;
}

export function Gallery({ begin, isBeginning, last }: Begins & { readonly last: ReactNode }) {
  const say = useSay();
  const [chosen, choose] = useState<Playbook>();
  const own = useQuery({
    queryKey: ['templates'],
    queryFn: () => ask<{ readonly templates: readonly Listed[] }>('GET', '/api/templates'),
  });
  const ways = { begin, isBeginning, choose };
  return (
    <>
      <div className="from-file">
        <Import choose={choose} />
      </div>
      <div className="cards templates">
        {Object.entries(shipped).map(([name, { playbook }]) => (
          <TemplateCard
            key={name}
            document={playbook}
            from={say({ zh: '随产品提供', en: 'Ships with the product' })}
            {...ways}
          />
        ))}
        {own.data?.templates.map((it) => (
          <OwnCard key={it.id} listed={it} {...ways} />
        ))}
        {own.isPending ? <Card loading /> : null}
        {last}
      </div>
      <Fault error={own.error} />
      {chosen === undefined ? null : (
        <Install document={chosen} close={() => choose(undefined)} begin={begin} isBeginning={isBeginning} />
      )}
    </>
  );
}

interface Ways extends Begins {
  readonly choose: (document: Playbook) => void;
}

function TemplateCard({
  document,
  from,
  begin,
  isBeginning,
  choose,
  extra,
}: Ways & {
  readonly document: Playbook;
  readonly from: string;
  readonly extra?: ReactNode;
}) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const title = read(document.title, language);
  const needs = needsOf(document);
  const steps = graphNames(document).reduce((sum, graph) => sum + graphOf(document, graph).nodes.length, 0);
  const phases = (document.phases ?? []).map((it) => read(it.title, language));
  return (
    <Card
      cover={
        <div className="cover">
          <Drawing document={document} graph={CAMPAIGN} isFolded label={title} />
        </div>
      }
    >
      <header>
        <h3>{title}</h3>
        {extra}
      </header>
      <p>{read(document.description, language)}</p>
      <p className="help">
        {say({ zh: `${steps} 个步骤`, en: `${steps} steps` })}
        {phases.length > 0 ? ` · ${phases.join(' → ')}` : ''}
      </p>
      <dl className="requires">
        {KINDS.filter((kind) => needs[kind].length > 0).map((kind) => (
          <div key={kind}>
            <dt>{say(NEED_WORDS[kind])}</dt>
            {needs[kind].map((name) => (
              <dd key={name}>
                <Tag>{nameOfNeed(kind, name, language)}</Tag>
              </dd>
            ))}
          </div>
        ))}
      </dl>
      <p className="help">{from}</p>
      <div className="ways">
        <Button type="primary" ghost loading={isBeginning} onClick={() => begin(document)}>
          {say({ zh: '用这个模板', en: 'Use this template' })}
        </Button>
        <Button type="text" onClick={() => choose(document)}>
          {say({ zh: '先填参数…', en: 'Fill in first…' })}
        </Button>
      </div>
    </Card>
  );
}

function OwnCard({ listed, ...ways }: Ways & { readonly listed: Listed }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const queries = useQueryClient();
  const { id, title, origin, createdAt, author } = listed;
  const whole = useQuery({
    queryKey: ['template', id],
    queryFn: () => ask<{ readonly document: Playbook }>('GET', `/api/templates/${id}`),
    staleTime: Infinity,
  });
  const remove = useMutation({
    mutationFn: () => ask('DELETE', `/api/templates/${id}`),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['templates'] }),
  });
  if (whole.error !== null) return <Trouble error={whole.error} again={() => void whole.refetch()} />;
  if (whole.data === undefined) return <Card title={read(title, language)} loading />;
  const day = new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'medium' }).format(
    new Date(createdAt),
  );
  const version =
    origin.version === undefined
      ? ''
      : say({ zh: ` 第 ${origin.version} 版`, en: `, version ${origin.version}` });
  const from =
    origin.kind === 'file'
      ? say({ zh: '来自文件', en: 'From a file' })
      : say({ zh: '团队的剧本', en: 'A playbook of the team' });
  return (
    <TemplateCard
      document={whole.data.document}
      {...ways}
      from={`${from}${origin.name === undefined ? '' : ` ${origin.name}`}${version} · ${[author, day].filter(Boolean).join(' · ')}`}
      extra={
        <Popconfirm
          title={say({
            zh: '删除这个模板？已经开始的剧本不受影响。',
            en: 'Remove it? Playbooks begun with it stay.',
          })}
          okText={say({ zh: '删除', en: 'Remove' })}
          onConfirm={() => remove.mutate()}
        >
          <Button
            type="text"
            icon={<DeleteOutlined />}
            aria-label={say({
              zh: `删除模板 ${read(title, language)}`,
              en: `Remove ${read(title, language)}`,
            })}
          />
        </Popconfirm>
      }
    />
  );
}

/** Largest file that is even opened. */
const MOST_BYTES = 12_000_000;

function Import({ choose }: { readonly choose: (document: Playbook) => void }) {
  const say = useSay();
  const { message } = Antd.useApp();
  const input = useRef<HTMLInputElement>(null);
  const [from, tell] = useState<Provenance>();
  const take = async (file: File): Promise<void> => {
    if (file.size > MOST_BYTES) {
      void message.error(say({ zh: '文件太大。', en: 'The file is too large.' }));
      return;
    }
    const found = readTemplate(await file.text());
    if ('refused' in found) {
      void message.error(`${say(found.refused)} ${found.detail ?? ''}`, 8);
      return;
    }
    tell(found.from);
    choose(found.document);
  };
  return (
    <>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        hidden
        aria-label={say({ zh: '模板文件', en: 'Template file' })}
        onChange={({ target }) => {
          const file = target.files?.[0];
          target.value = '';
          if (file !== undefined) void take(file);
        }}
      />
      <Button icon={<UploadOutlined />} onClick={() => input.current?.click()}>
        {say({ zh: '从文件导入', en: 'Import a file' })}
      </Button>
      {from?.exportedAt === undefined ? null : (
        <span className="help">
          {say({ zh: '文件说它导出于', en: 'The file says it was exported' })} {from.exportedAt}
        </span>
      )}
    </>
  );
}
