// The page of a form: its questions, what somebody has filled in so far, and what is wrong with it.
// Reading and showing only; what an answer does is workers/store/form.ts.
import { isDay } from '../../engine/attributes.ts';
import type { Text } from '../../engine/document.ts';
import type { FormField } from '../../engine/effects/form.ts';
import type { Instant } from '../../engine/instant.ts';
import { sayInstant } from '../../engine/calendar/say.ts';
import type { Json } from '../../engine/json.ts';
import type { Language } from '../refusal.ts';
import { markup, page, type Markup } from './html.ts';

/** What the page shows. */
export interface FormView {
  readonly title: Text;
  readonly fields: readonly FormField[];
  readonly consent: { readonly purpose: string; readonly text: Text } | null;
  readonly closes: Instant;
  readonly zone: string;
  readonly team: string;
}

/** Fields as a browser sends them, by name. */
export type Sent = Readonly<Record<string, string>>;

/** What a sent form says: the values of its questions, and what is wrong by question. */
export interface Filled {
  readonly values: Readonly<Record<string, Json>>;
  readonly wrong: ReadonlyMap<string, string>;
  /** Agrees to what the form asks consent for. */
  readonly agrees: boolean;
}

const LONGEST = 5_000;
/** Beyond so many a list is easier to use than buttons. */
const MOST_BUTTONS = 7;

const WORDS = {
  zh: {
    missing: '请填写这一项。',
    number: '请填数字。',
    date: '请填日期，例如 2026-12-05。',
    long: `太长了，最多 ${LONGEST} 个字。`,
    choice: '请从选项里选一个。',
    must: '（必填）',
    yes: '是',
    no: '否',
    choose: '请选择',
    send: '提交',
    closes: (when: string) => `截止：${when}`,
    again: '再次提交会替换您之前的回答。',
    mend: '还有几项需要修改，您填的内容都在。',
    agree: '可以不同意，不影响提交。',
  },
  en: {
    missing: 'Please answer this.',
    number: 'Please enter a number.',
    date: 'Please enter a date such as 2026-12-05.',
    long: `This is too long: ${LONGEST} characters at most.`,
    choice: 'Please choose one of these.',
    must: ' (required)',
    yes: 'Yes',
    no: 'No',
    choose: 'Please choose',
    send: 'Send',
    closes: (when: string) => `Closes: ${when}`,
    again: 'Sending it again replaces your earlier answer.',
    mend: 'Some answers need a change; everything you wrote is still here.',
    agree: 'You may leave this open and still send the form.',
  },
} as const;

/** A text for a reader: their language, else the first there is. */
export function pick(text: Text, language: Language): string {
  const wanted = Object.entries(text).find(([locale]) => locale.startsWith(language));
  return wanted?.[1] ?? Object.values(text)[0] ?? '';
}

const name = (key: string): string => `f.${key}`;

/** Reads what a browser has sent. */
export function readFilled(fields: readonly FormField[], sent: Sent, language: Language): Filled {
  const values: Record<string, Json> = {};
  const wrong = new Map<string, string>();
  for (const field of fields) {
    const raw = (Object.hasOwn(sent, name(field.key)) ? sent[name(field.key)]! : '').trim();
    const read = readOne(field, raw, language);
    if ('wrong' in read) wrong.set(field.key, read.wrong);
    else if (read.value !== undefined) values[field.key] = read.value;
  }
  return { values, wrong, agrees: Object.hasOwn(sent, 'agree') };
}

function readOne(
  { type, required = false, options = [] }: FormField,
  raw: string,
  language: Language,
): { readonly value?: Json } | { readonly wrong: string } {
  const words = WORDS[language];
  if (raw === '') return required ? { wrong: words.missing } : {};
  if (raw.length > LONGEST) return { wrong: words.long };
  switch (type) {
    case 'number': {
      // Chinese keyboards write full-width digits.
      const digits = raw.normalize('NFKC').replaceAll(/[,\s]/g, '');
      const value = /^[+-]?(\d+\.?\d*|\.\d+)$/.test(digits) ? Number(digits) : Infinity;
      return Number.isFinite(value) ? { value } : { wrong: words.number };
    }
    case 'yes-no':
      return raw === 'yes' || raw === 'no' ? { value: raw === 'yes' } : { wrong: words.choice };
    case 'choice':
      return options.some(({ value }) => value === raw) ? { value: raw } : { wrong: words.choice };
    case 'date':
      return isDay(raw) ? { value: raw } : { wrong: words.date };
    case 'text':
      return { value: raw };
  }
}

/** The page, with what has been filled in and what is wrong with it. */
export function formPage(
  view: FormView,
  {
    language,
    sent = {},
    wrong = new Map(),
    answered = false,
    other,
  }: {
    readonly language: Language;
    readonly sent?: Sent;
    readonly wrong?: ReadonlyMap<string, string>;
    /** This person has answered before. */
    readonly answered?: boolean;
    readonly other?: string;
  },
): string {
  const words = WORDS[language];
  const title = pick(view.title, language);
  const closes = sayInstant(view.closes, view.zone, language === 'zh' ? 'zh-CN' : 'en', 'full') ?? '';
  const content = markup`<h1>${title}</h1>
    <p class="soft">${words.closes(closes)}</p>
    ${answered ? markup`<p class="note">${words.again}</p>` : undefined}
    ${wrong.size > 0 ? markup`<p class="note bad" role="alert">${words.mend}</p>` : undefined}
    <form method="post" novalidate>
      ${view.fields.map((field) => asked(field, language, Object.hasOwn(sent, name(field.key)) ? sent[name(field.key)]! : '', wrong.get(field.key)))}
      ${view.consent === null ? undefined : agreement(view.consent.text, language, Object.hasOwn(sent, 'agree'))}
      <button>${words.send}</button>
    </form>`;
  return page({ title, team: view.team, language, ...(other === undefined ? {} : { other }) }, content);
}

function asked(field: FormField, language: Language, value: string, wrong: string | undefined): Markup {
  const { key, type, label, required = false, options = [] } = field;
  const words = WORDS[language];
  const id = `q-${key}`;
  const ask = markup`${pick(label, language)}${required ? markup`<span class="must">${words.must}</span>` : undefined}`;
  const fault = wrong === undefined ? undefined : markup`<p class="wrong" id="${id}-wrong">${wrong}</p>`;
  const state = stateOf(id, wrong);
  const choices =
    type === 'yes-no'
      ? [
          { value: 'yes', label: words.yes },
          { value: 'no', label: words.no },
        ]
      : options.map((it) => ({ value: it.value, label: pick(it.label, language) }));
  if (type === 'yes-no' || (type === 'choice' && choices.length <= MOST_BUTTONS)) {
    return markup`<fieldset${state}><legend>${ask}</legend>
${choices.map(
  (it) =>
    markup`<label class="option"
      ><input
        type="radio"
        name="${name(key)}"
        value="${it.value}"
        ${it.value === value ? CHECKED : undefined}
      /><span>${it.label}</span></label
    > `,
)}${fault}</fieldset>`;
  }
  const control =
    type === 'choice'
      ? markup`<select id="${id}" name="${name(key)}" ${state}>
          <option value="">${words.choose}</option>
          ${choices.map(
            (it) =>
              markup`<option value="${it.value}" ${it.value === value ? SELECTED : undefined}>
                ${it.label}
              </option>`,
          )}
        </select>`
      : type === 'number'
        ? markup`<input
            id="${id}"
            name="${name(key)}"
            type="text"
            inputmode="decimal"
            value="${value}"
            ${state}
          />`
        : type === 'date'
          ? markup`<input id="${id}" name="${name(key)}" type="date" value="${value}" ${state} />`
          : markup`<textarea id="${id}" name="${name(key)}" maxlength="${LONGEST}" rows="1" ${state}>
${value}</textarea>`;
  return markup`<div class="field"><label class="ask" for="${id}">${ask}</label>${control}${fault}</div>`;
}

const CHECKED = markup` checked`;
const SELECTED = markup` selected`;

/** What tells a screen reader that an answer needs a change, and where it stands why. */
const stateOf = (id: string, wrong: string | undefined): Markup | undefined =>
  wrong === undefined ? undefined : markup` aria-invalid="true" aria-describedby="${id}-wrong"`;

function agreement(text: Text, language: Language, ticked: boolean): Markup {
  return markup`<label class="option"
    ><input type="checkbox" name="agree" value="yes" ${ticked ? CHECKED : undefined} /><span
      >${pick(text, language)}<small>${WORDS[language].agree}</small></span
    ></label
  >`;
}
