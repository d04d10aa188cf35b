// 复盘: what the run computed with charts, what people write, and its approval. The run is complete only then.
import { DownloadOutlined, PrinterOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App as Antd, Button, Skeleton, Steps, Tag } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { addressOf } from '../location.ts';
import { reviews, work } from '../run/api.ts';
import type { Report, Section } from '../run/review-shapes.ts';
import { Markdown } from '../run/markdown.tsx';
import { SaveAsTemplate } from '../run/save-as-template.tsx';
import { SectionEditor } from '../run/section-editor.tsx';
import { ownZone, sayAt } from '../run/words.ts';
import { localeOf, read, useSay, useSpeech } from '../say.ts';
import { Fault } from '../shell/fault.tsx';
import { Frame } from '../shell/frame.tsx';
import { Trouble } from './trouble.tsx';

const Charts = lazy(() => import('../run/charts.tsx').then((it) => ({ default: it.Charts })));

const REFRESH_MS = 10_000;

export function ReviewPage({ id }: { readonly id: string }) {
  const report = useQuery({
    queryKey: ['report', id],
    queryFn: () => reviews.report(id),
    // Colleagues may write other sections at the same time.
    refetchInterval: ({ state }) => (state.data?.state === 'approved' ? false : REFRESH_MS),
  });
  return (
    <Frame className="review">
      {report.error !== null && report.data === undefined ? (
        <Trouble error={report.error} again={() => void report.refetch()} />
      ) : report.data === undefined ? (
        <Skeleton active paragraph={{ rows: 12 }} />
      ) : (
        <Shown report={report.data} />
      )}
    </Frame>
  );
}

function Shown({ report }: { readonly report: Report }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const { data, sections, state, run } = report;
  const locale = Object.hasOwn(sections, localeOf(language))
    ? localeOf(language)
    : (Object.keys(sections)[0] ?? '');
  const [drafts, setDrafts] = useState<Drafts>({});
  const isOpen = state !== 'approved';
  return (
    <>
      <p className="crumb no-print">
        <a href={addressOf('runs', run)}>← {say({ zh: '回到运行', en: 'Back to the run' })}</a>
      </p>
      <header className="review-head">
        <h1>
          {say({ zh: '复盘：', en: 'Review: ' })}
          {read(data.head.title, language)}
        </h1>
        {data.head.mode === 'fast' ? (
          <Tag>{say({ zh: '压缩时间，模拟社群', en: 'Compressed time' })}</Tag>
        ) : null}
        <div className="actions no-print">
          <Button
            icon={<DownloadOutlined aria-hidden />}
            href={`/api/reports/${encodeURIComponent(report.id)}/markdown?locale=${locale}`}
            download={`review-${run}.md`}
          >
            Markdown
          </Button>
          <Button icon={<PrinterOutlined aria-hidden />} onClick={() => print()}>
            {say({ zh: '打印', en: 'Print' })}
          </Button>
          <SaveAsTemplate run={run} />
        </div>
      </header>
      <Steps
        className="no-print"
        size="small"
        current={{ draft: 0, in_review: 1, approved: 3 }[state]}
        items={[
          { title: say({ zh: '填写', en: 'Write' }) },
          { title: say({ zh: '审阅', en: 'Review' }) },
          { title: say({ zh: '批准，运行完成', en: 'Approve: the run is complete' }) },
        ]}
      />
      <Suspense fallback={<Skeleton active paragraph={{ rows: 6 }} />}>
        <Charts data={data} />
      </Suspense>
      {(sections[locale] ?? []).map((section) => (
        <Part
          key={`${locale} ${section.heading}`}
          report={report.id}
          locale={locale}
          section={section}
          isOpen={isOpen}
          draft={drafts[`${locale} ${section.heading}`]}
          change={(text) => setDrafts((all) => withDraft(all, `${locale} ${section.heading}`, text))}
        />
      ))}
      {isOpen ? <Finish report={report} /> : <Approved report={report} />}
    </>
  );
}

type Drafts = Readonly<Record<string, string>>;

function withDraft(all: Drafts, key: string, text: string | undefined): Drafts {
  const { [key]: _old, ...rest } = all;
  return text === undefined ? rest : { ...rest, [key]: text };
}

function Part({
  report,
  locale,
  section,
  isOpen,
  draft,
  change,
}: {
  readonly report: string;
  readonly locale: string;
  readonly section: Section;
  readonly isOpen: boolean;
  readonly draft: string | undefined;
  readonly change: (text: string | undefined) => void;
}) {
  return (
    <section className={section.computed ? 'computed' : 'written'}>
      <h2>{section.heading}</h2>
      {section.computed || !isOpen ? (
        <Markdown text={section.text} />
      ) : (
        <SectionEditor report={report} locale={locale} section={section} draft={draft} change={change} />
      )}
    </section>
  );
}

function Approved({ report: { approvedAt } }: { readonly report: Report }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  return (
    <Alert
      type="success"
      showIcon
      title={say({
        zh: '复盘已批准，这次运行完成了。',
        en: 'The review is approved, and the run is complete.',
      })}
      description={approvedAt === null ? '' : sayAt(approvedAt, language, ownZone())}
    />
  );
}

/** Submitting, and approving by the task of the review. */
function Finish({ report }: { readonly report: Report }) {
  const say = useSay();
  const queries = useQueryClient();
  const { message } = Antd.useApp();
  const task = useQuery({
    queryKey: ['task', report.task],
    queryFn: () => work.task(report.task ?? ''),
    enabled: report.task !== null,
  });
  const refresh = (): void => void queries.invalidateQueries();
  const submit = useMutation({ mutationFn: () => reviews.submit(report.id), onSuccess: refresh });
  const approve = useMutation({
    mutationFn: (outcome: string) => work.decide(report.task ?? '', { outcome }),
    onSuccess: () => {
      void message.success(say({ zh: '已批准', en: 'Approved' }));
      refresh();
    },
  });
  const fault = submit.error ?? approve.error;
  const isMine = task.data?.mine === true;
  return (
    <section className="finish no-print">
      <Fault error={fault} />
      <div className="actions">
        {report.state === 'draft' ? (
          <Button size="large" loading={submit.isPending} onClick={() => submit.mutate()}>
            {say({ zh: '写好了，提交审阅', en: 'Written: submit it' })}
          </Button>
        ) : null}
        {isMine ? (
          task.data!.outcomes.map(({ name, label }) => (
            <ApproveButton
              key={name}
              isReady={report.state === 'in_review'}
              label={label}
              isBusy={approve.isPending}
              approve={() => approve.mutate(name)}
            />
          ))
        ) : (
          <span className="help">
            {say({ zh: '由负责复盘的同事批准。', en: 'Whoever answers for the review approves it.' })}
          </span>
        )}
      </div>
    </section>
  );
}

function ApproveButton({
  isReady,
  label,
  isBusy,
  approve,
}: {
  readonly isReady: boolean;
  readonly label: Readonly<Record<string, string>> | undefined;
  readonly isBusy: boolean;
  readonly approve: () => void;
}) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  return (
    <Button size="large" type="primary" disabled={!isReady} loading={isBusy} onClick={approve}>
      {read(label, language) || say({ zh: '批准', en: 'Approve' })}
    </Button>
  );
}
