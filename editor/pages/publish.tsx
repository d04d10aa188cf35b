// Publishing: what is wrong, what changes, what a launch would send and ask of people, and whom of live runs it concerns.
// Nothing that runs is touched: runs stay on their version.
import { useMutation, useQuery } from '@tanstack/react-query';
import { App as Antd, Button, Input, Skeleton, Statistic } from 'antd';
import { useState } from 'react';
import type { Playbook } from '../../engine/document.ts';
import { compile, product, sampleParams } from '../../engine/index.ts';
import { api, type Draft } from '../api.ts';
import type { TeamRegistry } from '../team-registry.ts';
import type { Command } from '../document/commands.ts';
import { Difference } from '../history/difference.tsx';
import { addressOf, go } from '../location.ts';
import { launching } from '../run/api.ts';
import type { Changes } from '../run/shapes.ts';
import { Calendar } from '../run/calendar.tsx';
import { foretell } from '../run/foretell.ts';
import { TakenOver } from '../run/taken-over.tsx';
import { datesAhead, DEFAULT_ZONE, type Forecast } from '../run/forecast.ts';
import { Problems } from '../problems/publish-problems.tsx';
import { read, useSay, useSpeech, type Words } from '../say.ts';
import { TASK_MINUTES } from '../staff-minutes.ts';
import { Fault } from '../shell/fault.tsx';
import { Frame } from '../shell/frame.tsx';
import { Trouble } from './trouble.tsx';

export function PublishPage({ id }: { readonly id: string }) {
  const draft = useQuery({ queryKey: ['draft', id], queryFn: () => api.draft(id), gcTime: 0 });
  const changes = useQuery({ queryKey: ['changes', id], queryFn: () => launching.changes(id), gcTime: 0 });
  const team = useQuery({ queryKey: ['registry'], queryFn: api.registry });
  const error = draft.error ?? changes.error ?? team.error;
  const again = (): void => void Promise.all([draft.refetch(), changes.refetch(), team.refetch()]);
  return (
    <Frame>
      {error !== null ? (
        <Trouble error={error} again={again} />
      ) : draft.data === undefined || changes.data === undefined || team.data === undefined ? (
        <Skeleton active paragraph={{ rows: 8 }} />
      ) : (
        <Publishing id={id} draft={draft.data} changes={changes.data} team={team.data} again={again} />
      )}
    </Frame>
  );
}

function Publishing({
  id,
  draft,
  changes,
  team,
  again,
}: {
  readonly id: string;
  readonly draft: Draft;
  readonly changes: Changes;
  readonly team: TeamRegistry;
  readonly again: () => void;
}) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const { message } = Antd.useApp();
  const { document, revision } = draft;
  const { takesOver } = changes;
  const { problems } = compile(document, undefined, { ...product, ...team, takesOver });
  const errors = problems.filter(({ severity }) => severity === 'error');
  const isSame = changes.version !== null && countOf(changes) === 0;
  // The draft itself is mended: whoever opens the playbook finds it so, and among what it was before.
  const mend = useMutation({
    mutationFn: (fix: Command) => api.saveDraft(id, fix.apply(document), revision),
    onSettled: again,
  });
  const publish = useMutation({
    mutationFn: (note: string) => launching.publish(id, revision, note),
    onSuccess: ({ number, runs: { followed, left } }) => {
      void message.success(say({ zh: `已发布第 ${number} 版`, en: `Version ${number} is published` }));
      if (followed.length + left.length === 0) go('playbooks', id, 'launch');
    },
  });
  if (publish.isSuccess && Object.values(publish.data.runs).some(({ length }) => length > 0))
    return <TakenOver id={id} published={publish.data} />;
  return (
    <>
      <p className="crumb">
        <a href={addressOf('playbooks', id)}>← {read(document.title, language)}</a>
      </p>
      <h1>
        {say({ zh: '发布', en: 'Publish' })}
        <span className="soft">
          {changes.version === null
            ? say({ zh: ' 第一版', en: ' the first version' })
            : say({ zh: ` 第 ${changes.version + 1} 版`, en: ` version ${changes.version + 1}` })}
        </span>
      </h1>
      <Problems
        id={id}
        document={document}
        problems={problems}
        isMending={mend.isPending}
        mend={(fix) => mend.mutate(fix)}
      />
      <Fault error={mend.error} />
      <Difference id={id} document={document} changes={changes} />
      {errors.length === 0 ? <Outlook document={document} team={team} /> : null}
      <Fault error={publish.error} />
      <Finish
        id={id}
        version={changes.version}
        errors={errors.length}
        isSame={isSame}
        isBusy={publish.isPending}
        publish={(note) => publish.mutate(note)}
      />
    </>
  );
}

/** What is said of the version, and the button. */
function Finish({
  id,
  version,
  errors,
  isSame,
  isBusy,
  publish,
}: {
  readonly id: string;
  /** The last version that is published; null before the first. */
  readonly version: number | null;
  readonly errors: number;
  readonly isSame: boolean;
  readonly isBusy: boolean;
  readonly publish: (note: string) => void;
}) {
  const say = useSay();
  const [note, setNote] = useState('');
  return (
    <section className="finish">
      <Input.TextArea
        aria-label={say({ zh: '这一版改了什么', en: 'What this version changes' })}
        placeholder={say({
          zh: '这一版改了什么（可不填，同事会看到）',
          en: 'What this version changes (optional, colleagues see it)',
        })}
        autoSize
        maxLength={2000}
        value={note}
        onChange={({ target }) => setNote(target.value)}
      />
      <div className="actions">
        {version === null ? null : (
          <Button size="large" onClick={() => go('playbooks', id, 'launch')}>
            {say({ zh: `直接发起第 ${version} 版`, en: `Launch version ${version}` })}
          </Button>
        )}
        <Button
          size="large"
          type="primary"
          disabled={errors > 0 || isSame}
          loading={isBusy}
          onClick={() => publish(note)}
        >
          {errors > 0
            ? say({ zh: `先改好 ${errors} 个错误`, en: `Mend ${errors} errors first` })
            : isSame
              ? say({ zh: '没有改动', en: 'Nothing has changed' })
              : say({ zh: '发布', en: 'Publish' })}
        </Button>
      </div>
    </section>
  );
}

const countOf = ({ changes: { nodes, edges, document } }: Changes): number =>
  document.length +
  [nodes, edges].reduce((sum, it) => sum + it.added.length + it.removed.length + it.changed.length, 0);

/** What a launch would bring, rehearsed with the example parameters. */
function Outlook({ document, team }: { readonly document: Playbook; readonly team: TeamRegistry }) {
  const say = useSay();
  const rehearsed = useQuery({
    queryKey: ['outlook', document],
    queryFn: ({ signal }) => {
      const start = Date.now();
      const params = datesAhead(document, sampleParams(document), start);
      return foretell({ document, params, team, start }, signal);
    },
    staleTime: Infinity,
    gcTime: 0,
  });
  return (
    <section>
      <h2>{say({ zh: '发起一次会怎样', en: 'What a launch would bring' })}</h2>
      <p className="help">
        {say({
          zh: '用示例参数和模拟社群彩排出来的。发起时会用真实的参数再算一次。',
          en: 'Rehearsed with example parameters and a synthetic community. It is computed again with yours at launch.',
        })}
      </p>
      {rehearsed.error !== null ? (
        <Trouble error={rehearsed.error} again={() => void rehearsed.refetch()} />
      ) : rehearsed.data === undefined ? (
        <Skeleton active paragraph={{ rows: 3 }} />
      ) : (
        <>
          <Figures forecast={rehearsed.data} />
          <details>
            <summary>{say({ zh: '每天发什么、做什么', en: 'Day by day' })}</summary>
            <Calendar days={rehearsed.data.days} zone={document.zone ?? DEFAULT_ZONE} />
          </details>
        </>
      )}
    </section>
  );
}

/** A length of work as people say it. */
function sayMinutes(all: number): Words {
  const [hours, minutes] = [Math.floor(all / 60), all % 60];
  const some = <T,>(count: number, says: T): T[] => (count === 0 ? [] : [says]);
  return {
    zh: [...some(hours, `${hours} 小时`), ...some(minutes, `${minutes} 分钟`)].join(' ') || '0 分钟',
    en: [...some(hours, `${hours} h`), ...some(minutes, `${minutes} min`)].join(' ') || '0 min',
  };
}

/** The figures by which people decide. */
export function Figures({ forecast: { sends, messages, tasks, busiest } }: { readonly forecast: Forecast }) {
  const say = useSay();
  return (
    <div className="figures">
      <Statistic
        title={say({ zh: '消息', en: 'Messages' })}
        value={messages}
        suffix={say({ zh: '条', en: '' })}
      />
      <Statistic
        title={say({ zh: '发送（条 × 收件方）', en: 'Sends (messages × recipients)' })}
        value={sends}
        suffix={say({ zh: '次', en: '' })}
      />
      <Statistic
        title={say({ zh: '一天最多', en: 'Most on one day' })}
        value={busiest}
        suffix={say({ zh: '条', en: '' })}
      />
      <Statistic
        title={say({ zh: '人工任务', en: 'Tasks for people' })}
        value={tasks}
        suffix={say({ zh: '件', en: '' })}
      />
      <Statistic
        title={say({
          zh: `人工时间（每件按 ${TASK_MINUTES} 分钟）`,
          en: `Staff time (${TASK_MINUTES} min each)`,
        })}
        value={say(sayMinutes(tasks * TASK_MINUTES))}
      />
    </div>
  );
}
