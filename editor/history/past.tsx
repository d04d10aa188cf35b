// The past of a playbook: published versions and what the draft was, each compared with what is open, each to be had back.
// Going back is a command like every other: it can be undone, and it is saved like every other change.
import { HistoryOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Modal, Skeleton, Tag } from 'antd';
import { useState } from 'react';
import type { Playbook } from '../../engine/document.ts';
import { ask } from '../api.ts';
import { replaceDocument } from '../document/commands.ts';
import { act, useDesk } from '../document/store.ts';
import { Trouble } from '../pages/trouble.tsx';
import { localeOf, useSay, useSpeech } from '../say.ts';
import { Sides } from './sides.tsx';

interface Revision {
  readonly revision: number;
  readonly savedAt: string;
  readonly name: string | null;
}

interface Version {
  readonly number: number;
  readonly note: string | null;
  readonly publishedAt: string;
  readonly runs: number;
}

/** A state by where the server has it. */
type Which = { readonly kind: 'version' | 'revision'; readonly no: number };

const paths = { version: 'versions', revision: 'revisions' } as const;

export function Past({ id, close }: { readonly id: string; readonly close: () => void }) {
  const say = useSay();
  const present = useDesk(({ history }) => history?.present.document);
  const [which, look] = useState<Which>();
  const state = useQuery({
    queryKey: ['state', id, which],
    queryFn: () =>
      ask<{ readonly document: Playbook }>('GET', `/api/playbooks/${id}/${paths[which!.kind]}/${which!.no}`),
    enabled: which !== undefined,
    staleTime: Infinity,
  });
  if (present === undefined) return null;
  const restore = (document: Playbook, { kind, no }: Which): void => {
    act(
      replaceDocument(
        { ...document, id: present.id },
        kind === 'version'
          ? { zh: `恢复第 ${no} 版`, en: `Restore version ${no}` }
          : { zh: `恢复草稿 ${no}`, en: `Restore draft ${no}` },
      ),
    );
    close();
  };
  return (
    <Modal
      open
      width="min(1200px, 94vw)"
      title={say({ zh: '历史', en: 'History' })}
      onCancel={close}
      footer={null}
    >
      <div className="past">
        <States id={id} which={which} look={look} />
        <div>
          {which === undefined ? (
            <p className="help">
              {say({
                zh: '选一个以前的样子，看看和现在有什么不同。',
                en: 'Choose a state to see what is different now.',
              })}
            </p>
          ) : state.isPending ? (
            <Skeleton active />
          ) : state.error !== null ? (
            <Trouble error={state.error} again={() => void state.refetch()} />
          ) : (
            <>
              <Button icon={<HistoryOutlined />} onClick={() => restore(state.data.document, which)}>
                {say({ zh: '恢复成这样（可以撤销）', en: 'Restore this (can be undone)' })}
              </Button>
              <Sides
                before={state.data.document}
                after={present}
                names={{
                  before:
                    which.kind === 'version'
                      ? say({ zh: `第 ${which.no} 版`, en: `Version ${which.no}` })
                      : say({ zh: '当时', en: 'Then' }),
                  after: say({ zh: '现在', en: 'Now' }),
                }}
              />
            </>
          )}
        </div>
      </div>
    </Modal>
  );
}

function States({
  id,
  which,
  look,
}: {
  readonly id: string;
  readonly which: Which | undefined;
  readonly look: (which: Which) => void;
}) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const versions = useQuery({
    queryKey: ['versions', id],
    queryFn: () => ask<{ readonly versions: readonly Version[] }>('GET', `/api/playbooks/${id}/versions`),
  });
  const drafts = useQuery({
    queryKey: ['revisions', id],
    queryFn: () => ask<{ readonly revisions: readonly Revision[] }>('GET', `/api/playbooks/${id}/revisions`),
    gcTime: 0,
  });
  if (versions.isPending || drafts.isPending) return <Skeleton active />;
  const error = versions.error ?? drafts.error;
  if (error !== null) return <Trouble error={error} again={() => void drafts.refetch()} />;
  const when = new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'medium', timeStyle: 'short' });
  const isChosen = ({ kind, no }: Which): boolean => which?.kind === kind && which.no === no;
  const entries = [
    ...(versions.data?.versions ?? []).map(({ number, note, publishedAt }) => ({
      is: { kind: 'version', no: number } as Which,
      at: publishedAt,
      who: note ?? '',
    })),
    ...(drafts.data?.revisions ?? []).map(({ revision, savedAt, name }) => ({
      is: { kind: 'revision', no: revision } as Which,
      at: savedAt,
      who: name ?? '',
    })),
  ].toSorted((a, b) => (a.at < b.at ? 1 : -1));
  return (
    <nav className="states" aria-label={say({ zh: '以前的样子', en: 'Earlier states' })}>
      {entries.length === 0 ? (
        <p className="help">
          {say({
            zh: '还没有历史：第一次修改以后，这里会有修改前后的样子。',
            en: 'No history yet: after the first change its states stand here.',
          })}
        </p>
      ) : null}
      {entries.map(({ is, at, who }) => (
        <button
          key={`${is.kind} ${is.no}`}
          type="button"
          aria-pressed={isChosen(is)}
          onClick={() => look(is)}
        >
          {is.kind === 'version' ? (
            <Tag color="green">{say({ zh: `第 ${is.no} 版`, en: `Version ${is.no}` })}</Tag>
          ) : (
            <Tag>{say({ zh: '草稿', en: 'Draft' })}</Tag>
          )}
          {when.format(new Date(at))}
          <div className="help">{who}</div>
        </button>
      ))}
    </nav>
  );
}
