// One task: what to do and say, until when, and its outcomes as buttons. Made for a phone first.
import { CheckOutlined, CopyOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App as Antd, Button, Input, InputNumber, Result, Skeleton, Tag } from 'antd';
import { useState } from 'react';
import { copyText } from '../copy-text.ts';
import { addressOf, go } from '../location.ts';
import { runs, work } from '../run/api.ts';
import type { Task, TaskDetail } from '../run/shapes.ts';
import { EvidenceField, EvidenceList } from '../run/evidence.tsx';
import { ROLES } from '../../engine/roles.ts';
import { ownZone, sayAt, sayDistance, TASK_STATES, wordFor } from '../run/words.ts';
import { read, useSay, useSpeech } from '../say.ts';
import { Fault } from '../shell/fault.tsx';
import { Frame } from '../shell/frame.tsx';
import { Trouble } from './trouble.tsx';

const REFRESH_MS = 10_000;

export function TaskPage({ id }: { readonly id: string }) {
  const task = useQuery({
    queryKey: ['task', id],
    queryFn: () => work.task(id),
    refetchInterval: REFRESH_MS,
  });
  return (
    <Frame className="task">
      {task.error !== null && task.data === undefined ? (
        <Trouble error={task.error} again={() => void task.refetch()} />
      ) : task.data === undefined ? (
        <Skeleton active paragraph={{ rows: 8 }} />
      ) : (
        <Shown task={task.data} />
      )}
    </Frame>
  );
}

const OPEN = ['open', 'accepted', 'escalated'];

function Shown({ task }: { readonly task: TaskDetail }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const { title, playbook, run, role, dueAt, mode, state, script, mine } = task;
  const reports = useQuery({ queryKey: ['run', run, 'reports'], queryFn: () => runs.reports(run) });
  const report = reports.data?.reports.find((it) => it.task === task.id);
  const words = read(script, language);
  const isOpen = OPEN.includes(state);
  // Kept here: the task is closed as soon as it is answered, and whoever answered wants to read that it was noted.
  const [isAnswered, setAnswered] = useState(false);
  if (isAnswered)
    return (
      <Result
        status="success"
        title={say({ zh: '已记下', en: 'Noted' })}
        subTitle={read(title, language)}
        extra={
          <Button type="primary" onClick={() => go('today')}>
            {say({ zh: '回到工作台', en: 'Back to Today' })}
          </Button>
        }
      />
    );
  return (
    <>
      <p className="crumb">
        <a href={addressOf('today')}>← {say({ zh: '工作台', en: 'Today' })}</a>
        <a href={addressOf('runs', run)}>{read(playbook, language)}</a>
      </p>
      <h1>{read(title, language)}</h1>
      <p className="tags">
        <Tag color={mode === 'real' && isOpen && Date.parse(dueAt) < Date.now() ? 'red' : 'default'}>
          {say({ zh: '截止 ', en: 'Due ' })}
          {sayAt(dueAt, language, ownZone())}
          {mode === 'real' && isOpen ? `（${sayDistance(Date.parse(dueAt) - Date.now(), language)}）` : ''}
        </Tag>
        <Tag>{say(wordFor(ROLES, role))}</Tag>
        {mode === 'fast' ? <Tag>{say({ zh: '压缩时间', en: 'Compressed time' })}</Tag> : null}
        {isOpen ? null : <Tag color="green">{say(wordFor(TASK_STATES, state))}</Tag>}
      </p>
      {report !== undefined ? (
        <Alert
          type="info"
          showIcon
          title={say({ zh: '这是复盘的任务', en: 'This is the task of the review' })}
          description={say({
            zh: '先把人写的几节写完，再批准。批准以后，这次运行才算完成。',
            en: 'Fill in what people write, then approve. Only then is the run complete.',
          })}
          action={
            <Button type="primary" onClick={() => go('reports', report.id)}>
              {say({ zh: '打开复盘', en: 'Open the review' })}
            </Button>
          }
        />
      ) : words === '' ? null : (
        <Script words={words} />
      )}
      <Answers task={task} />
      {!isOpen ? null : !mine ? (
        <Alert
          type="info"
          showIcon
          title={say({
            zh: `这件事由「${wordFor(ROLES, role).zh}」来做，您可以看，不能答复。`,
            en: `This is for the ${wordFor(ROLES, role).en.toLowerCase()}: you can look, not answer.`,
          })}
        />
      ) : report === undefined ? (
        <AnswerForm task={task} answered={() => setAnswered(true)} />
      ) : null}
    </>
  );
}

function Script({ words }: { readonly words: string }) {
  const say = useSay();
  const { message } = Antd.useApp();
  const copy = async (): Promise<void> => {
    const isDone = await copyText(words);
    if (isDone) void message.success(say({ zh: '已复制', en: 'Copied' }));
    else
      void message.warning(
        say({
          zh: '这个浏览器不让复制，请手动选中文字。',
          en: 'This browser does not allow it: select the text by hand.',
        }),
      );
  };
  return (
    <section className="script">
      <p>{words}</p>
      <Button icon={<CopyOutlined aria-hidden />} onClick={() => void copy()}>
        {say({ zh: '复制话术', en: 'Copy the text' })}
      </Button>
    </section>
  );
}

/** What others have said already. */
function Answers({ task: { decisions, outcomes, quorum, voices, state } }: { readonly task: TaskDetail }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  if (decisions.length === 0) return null;
  const labelOf = (name: string): string =>
    read(outcomes.find((it) => it.name === name)?.label, language) || name;
  return (
    <section>
      <h2>{say({ zh: '已有的答复', en: 'Answers so far' })}</h2>
      {quorum > 1 && OPEN.includes(state) ? (
        <p className="help">
          {say({
            zh: `要 ${quorum} 位同意，已有 ${voices} 位。`,
            en: `${quorum} have to agree; ${voices} have answered.`,
          })}
        </p>
      ) : null}
      <ul className="answers">
        {decisions.map(({ by, name, outcome, note, evidence, numbers, recordedAt }) => (
          <li key={by}>
            <CheckOutlined aria-hidden /> <b>{labelOf(outcome)}</b>{' '}
            <span className="soft">
              {name ?? (by === 'simulated' ? say({ zh: '模拟的同事', en: 'a simulated colleague' }) : by)} ·{' '}
              {sayAt(recordedAt, language, ownZone())}
            </span>
            {note === null ? null : <p>{note}</p>}
            {Object.entries(numbers).map(([key, value]) => (
              <Tag key={key}>
                {key} {value}
              </Tag>
            ))}
            <EvidenceList evidence={evidence} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function AnswerForm({ task, answered }: { readonly task: Task; readonly answered: () => void }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const queries = useQueryClient();
  const { message } = Antd.useApp();
  const [numbers, setNumbers] = useState<Readonly<Record<string, number>>>({});
  const [evidence, setEvidence] = useState<readonly string[]>([]);
  const [note, setNote] = useState('');
  const decide = useMutation({
    mutationFn: (outcome: string) =>
      work.decide(task.id, {
        outcome,
        ...(note.trim() === '' ? {} : { note: note.trim() }),
        ...(evidence.length === 0 ? {} : { evidence }),
        ...(task.numbers.length === 0 ? {} : { numbers }),
      }),
    onSuccess: ({ state }) => {
      answered();
      void message.success(
        state === 'counted'
          ? say({ zh: '已记下您的意见，还要等其他人。', en: 'Your answer is counted; others have to agree.' })
          : say({ zh: '已完成，谢谢！', en: 'Done. Thank you!' }),
      );
      void queries.invalidateQueries();
    },
  });
  const fault = decide.error;
  return (
    <form className="answer" onSubmit={(event) => event.preventDefault()}>
      <Numbers asked={task.numbers} numbers={numbers} change={setNumbers} />
      {task.evidence ? (
        <EvidenceField
          task={task.id}
          evidence={evidence}
          change={(next) => {
            decide.reset();
            setEvidence(next);
          }}
        />
      ) : null}
      <div className="row">
        <label className="caption" htmlFor="note">
          {say({ zh: '备注（可不填）', en: 'Note (optional)' })}
        </label>
        <Input.TextArea
          id="note"
          autoSize={{ minRows: 2 }}
          maxLength={5000}
          value={note}
          onChange={({ target }) => setNote(target.value)}
        />
      </div>
      <Fault error={fault} />
      <div className="outcomes">
        {task.outcomes.map(({ name, label }, no) => (
          <Button
            key={name}
            size="large"
            block
            type={no === 0 ? 'primary' : 'default'}
            loading={decide.isPending && decide.variables === name}
            disabled={decide.isPending}
            onClick={() => decide.mutate(name)}
          >
            {read(label, language) || name}
          </Button>
        ))}
      </div>
    </form>
  );
}

/** The numbers that a task asks for. */
function Numbers({
  asked,
  numbers,
  change,
}: {
  readonly asked: Task['numbers'];
  readonly numbers: Readonly<Record<string, number>>;
  readonly change: (numbers: Readonly<Record<string, number>>) => void;
}) {
  const language = useSpeech(({ language: it }) => it);
  return asked.map(({ name, label }) => (
    <div className="row" key={name}>
      <label className="caption" htmlFor={`n-${name}`}>
        {read(label, language) || name}
      </label>
      <InputNumber
        id={`n-${name}`}
        inputMode="decimal"
        value={numbers[name] ?? null}
        onChange={(value) => {
          const { [name]: _old, ...rest } = numbers;
          change(value === null ? rest : { ...rest, [name]: value });
        }}
      />
    </div>
  ));
}
