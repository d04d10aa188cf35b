// What a colleague sees behind the link of a notice: logging in, a task with its buttons, or how a run stands. Made for a phone.
// Showing and reading only; who may do what and what it does is decided in tasks/ and identity/.
import { sayInstant } from '../../engine/calendar/say.ts';
import type { Text } from '../../engine/document.ts';
import type { Instant } from '../../engine/instant.ts';
import type { Language } from '../refusal.ts';
import type { Decision } from '../tasks/decide.ts';
import { sayRole } from '../../engine/roles.ts';
import { pick, type Sent } from './form-page.ts';
import { markup, page, type Markup } from './html.ts';
import { otherOf } from './opening.ts';

const WORDS = {
  zh: {
    logIn: '请先登录',
    why: '登录以后，就会打开通知里的内容。',
    email: '邮箱',
    password: '密码',
    go: '登录',
    by: (when: string) => `截止：${when}`,
    role: (role: string) => `由谁做：${sayRole(role, 'zh')}`,
    script: '要做什么、说什么',
    proof: '凭证（链接或说明，每行一条）',
    needsProof: '这个任务需要凭证，请在下面「凭证」里写上链接或说明。',
    note: '备注（可不填）',
    counted: '已记下您的意见，还要等其他人。',
    done: '已完成，谢谢！',
    closed: '这个任务已经结束。',
    notMine: '这个任务由别的同事负责。',
    result: (outcome: string) => `结果：${outcome}`,
    all: '打开 Kindling',
    state: (state: string) => `状态：${state}`,
    stuck: (count: number) => `停住等人决定的到访：${count}`,
    latest: '最近的提醒',
    states: {
      scheduled: '还没开始',
      running: '进行中',
      paused: '已暂停',
      stopping: '正在停止',
      completed: '已完成',
      cancelled: '已取消',
      failed: '失败',
    } as Record<string, string>,
  },
  en: {
    logIn: 'Please log in',
    why: 'What the notice is about opens as soon as you have.',
    email: 'E-mail',
    password: 'Password',
    go: 'Log in',
    by: (when: string) => `Due: ${when}`,
    role: (role: string) => `For: ${sayRole(role, 'en')}`,
    script: 'What to do and say',
    proof: 'Proof (links or words, one a line)',
    needsProof: 'This task asks for proof: add a link or a few words under “Proof” below.',
    note: 'Note (optional)',
    counted: 'Your answer is counted; others have to agree.',
    done: 'Done. Thank you!',
    closed: 'This task is over.',
    notMine: 'Another colleague is responsible for this task.',
    result: (outcome: string) => `Outcome: ${outcome}`,
    all: 'Open Kindling',
    state: (state: string) => `State: ${state}`,
    stuck: (count: number) => `Visits parked for a decision: ${count}`,
    latest: 'Latest notices',
    states: {
      scheduled: 'not yet begun',
      running: 'running',
      paused: 'paused',
      stopping: 'stopping',
      completed: 'completed',
      cancelled: 'cancelled',
      failed: 'failed',
    } as Record<string, string>,
  },
} as const;

const bad = (text: string | undefined): Markup | undefined =>
  text === undefined ? undefined : markup`<p class="note bad" role="alert">${text}</p>`;
const good = (text: string | undefined): Markup | undefined =>
  text === undefined ? undefined : markup`<p class="note" role="status">${text}</p>`;

/** The form for logging in. */
export function logInPage(
  language: Language,
  { email = '', problem }: { email?: string; problem?: string } = {},
): string {
  const words = WORDS[language];
  return page(
    { title: words.logIn, language, other: otherOf(language) },
    markup`<h1>${words.logIn}</h1>
      <p class="soft">${words.why}</p>
      ${bad(problem)}
      <form method="post">
        <div class="field">
          <label class="ask" for="email">${words.email}</label>
          <input id="email" name="email" type="text" inputmode="email" autocomplete="username" required maxlength="254" value="${email}" />
        </div>
        <div class="field">
          <label class="ask" for="password">${words.password}</label>
          <input id="password" name="password" type="password" autocomplete="current-password" required maxlength="200" />
        </div>
        <button>${words.go}</button>
      </form>`,
  );
}

/** A task as the page shows it. */
export interface TaskView {
  readonly title: Text;
  readonly playbook: Text;
  readonly script: Text;
  readonly role: string;
  readonly due: Instant;
  readonly zone: string;
  readonly outcomes: readonly { readonly name: string; readonly label?: Text }[];
  readonly numbers: readonly { readonly name: string; readonly label?: Text }[];
  readonly evidence: boolean;
  /** It can be answered, and by this colleague. */
  readonly mine: boolean;
  readonly isOpen: boolean;
  readonly outcome: string | null;
}

/** The page of a task. */
export function taskPage(
  task: TaskView,
  {
    language,
    home,
    problem,
    answered,
    sent = {},
  }: {
    readonly language: Language;
    readonly home: string;
    readonly problem?: string;
    readonly answered?: 'done' | 'counted';
    readonly sent?: Sent;
  },
): string {
  const words = WORDS[language];
  const locale = language === 'zh' ? 'zh-CN' : 'en';
  const script = pick(task.script, language);
  const title = pick(task.title, language);
  const said =
    answered !== undefined
      ? words[answered]
      : !task.isOpen
        ? words.closed
        : task.mine
          ? undefined
          : words.notMine;
  return page(
    { title, language, other: otherOf(language) },
    markup`<p class="soft">${pick(task.playbook, language)}</p>
      <h1>${title}</h1>
      <p class="soft">${words.by(sayInstant(task.due, task.zone, locale) ?? '')} · ${words.role(task.role)}</p>
      ${bad(problem)} ${good(said)}
      ${script === '' ? undefined : markup`<h2>${words.script}</h2><div class="note script">${script}</div>`}
      ${task.outcome === null ? undefined : markup`<p>${words.result(labelOf(task, task.outcome, language))}</p>`}
      ${task.mine && answered === undefined ? answerForm(task, sent, language) : undefined}
      <p><a href="${home}">${words.all}</a></p>`,
  );
}

function labelOf({ outcomes }: TaskView, name: string, language: Language): string {
  const label = outcomes.find((it) => it.name === name)?.label;
  return label === undefined ? name : pick(label, language);
}

function answerForm(task: TaskView, sent: Sent, language: Language): Markup {
  const words = WORDS[language];
  const { numbers, evidence, outcomes } = task;
  return markup`<form method="post">
    ${numbers.map(({ name, label }) => {
      const key = `n.${name}`;
      const ask = label === undefined ? name : pick(label, language);
      return markup`<div class="field">
        <label class="ask" for="${key}">${ask}</label>
        <input id="${key}" name="${key}" type="number" step="any" value="${sent[key] ?? ''}" />
      </div>`;
    })}
    ${
      evidence
        ? markup`<div class="field">
            <label class="ask" for="evidence">${words.proof}</label>
            <textarea id="evidence" name="evidence" rows="2" maxlength="40000">${sent['evidence'] ?? ''}</textarea>
          </div>`
        : undefined
    }
    <div class="field">
      <label class="ask" for="note">${words.note}</label>
      <textarea id="note" name="note" rows="2" maxlength="5000">${sent['note'] ?? ''}</textarea>
    </div>
    ${outcomes.map(({ name }) => markup`<button name="outcome" value="${name}">${labelOf(task, name, language)}</button>`)}
  </form>`;
}

/** What an answer lacks, for whoever fills in the page; undefined where the refusal's own words do. */
export const saidOnPage = (code: string, language: Language): string | undefined =>
  code === 'needs-evidence' ? WORDS[language].needsProof : undefined;

/** Reads what a browser has sent; undefined when no button was pressed. Numbers that are none are left out. */
export function readDecision(task: Pick<TaskView, 'numbers'>, sent: Sent): Decision | undefined {
  const outcome = sent['outcome'];
  if (outcome === undefined || outcome === '') return undefined;
  const lines = (sent['evidence'] ?? '').split('\n').map((line) => line.trim().slice(0, 2_000));
  const evidence = lines.filter((line) => line !== '').slice(0, 20);
  const note = (sent['note'] ?? '').trim().slice(0, 5_000);
  const numbers = task.numbers.flatMap(({ name }) => {
    const raw = (sent[`n.${name}`] ?? '').trim();
    const number = raw === '' ? Number.NaN : Number(raw);
    return Math.abs(number) <= 1e12 ? [[name, number] as const] : [];
  });
  return {
    outcome: outcome.slice(0, 100),
    numbers: Object.fromEntries(numbers),
    ...(note === '' ? {} : { note }),
    ...(evidence.length === 0 ? {} : { evidence }),
  };
}

/** How a run stands; or, with no status, a playbook of which something was to be launched. */
export interface RunView {
  readonly playbook: Text;
  readonly status: string | null;
  readonly reason: string | null;
  readonly stuck: number;
  readonly notices: readonly { readonly text: Text; readonly at: Instant }[];
  readonly zone: string;
}

/** The page of a run or a playbook: what happened, and the way to where it can be steered. */
export function runPage(
  run: RunView,
  { language, home }: { readonly language: Language; readonly home: string },
): string {
  const words = WORDS[language];
  const locale = language === 'zh' ? 'zh-CN' : 'en';
  const title = pick(run.playbook, language);
  return page(
    { title, language, other: otherOf(language) },
    markup`<h1>${title}</h1>
      ${stateOf(run, words)}
      ${run.stuck > 0 ? markup`<p>${words.stuck(run.stuck)}</p>` : undefined}
      ${run.notices.length > 0 ? markup`<h2>${words.latest}</h2>` : undefined}
      ${run.notices.map(
        ({ text, at }) =>
          markup`<p class="note">${pick(text, language)}<br /><span class="soft">${sayInstant(at, run.zone, locale) ?? ''}</span></p>`,
      )}
      <p><a href="${home}">${words.all}</a></p>`,
  );
}

const stateOf = ({ status, reason }: RunView, words: (typeof WORDS)[Language]): Markup | undefined =>
  status === null
    ? undefined
    : markup`<p>${words.state(words.states[status] ?? status)}${isWords(reason) ? ` · ${reason}` : ''}</p>`;

/** What a person gave as a reason; a command's name tells nothing that the state does not. */
const isWords = (reason: string | null): boolean => reason !== null && !/^[a-z-]+$/.test(reason);
