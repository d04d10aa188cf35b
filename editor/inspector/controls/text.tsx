// A text in every language of the playbook: what is missing is marked, placeholders are picked from those there are,
// and what a member would read stands below, with its length against what the channel takes.
import { PlusOutlined } from '@ant-design/icons';
import { Input, Select } from 'antd';
import type { TextAreaRef } from 'antd/es/input/TextArea';
import { useRef } from 'react';
import { create } from 'zustand';
import { channelKind } from '../../../engine/channels/index.ts';
import { fits, lengthIn, type Capabilities } from '../../../engine/channels/kind.ts';
import { renderText } from '../../../engine/language/text.ts';
import { fieldOf } from '../../../engine/language/rule.ts';
import type { Json } from '../../../engine/json.ts';
import { CAMPAIGN } from '../../document/graphs.ts';
import type { Names } from '../../document/names.ts';
import { useNames } from '../../document/use-names.ts';
import { paramsOf, sampleOf } from '../../document/params.ts';
import { sampleValues, zoneOf } from '../../document/sample.ts';
import { useDesk } from '../../document/store.ts';
import { LOCALE_NAMES, read, useSay, useSpeech, type Language } from '../../say.ts';
import { isParam } from '../../values.ts';
import type { ControlProps } from '../control.ts';

/** The member of the synthetic community for whom previews are made. */
const usePerson = create<{ readonly person: number }>(() => ({ person: 0 }));

export function TextControl(props: ControlProps) {
  const { id, value, change } = props;
  const locales = useDesk(({ history }) => history?.present.document.locales) ?? ['zh-CN'];
  const text = isText(value) ? value : {};
  // A title takes no placeholders: only what a step says to people does.
  const isTemplate = props.pointer.startsWith('/config/');
  // A text that nobody has begun lacks no translation.
  const isBegun = Object.values(text).some((words) => words.trim() !== '');
  return (
    <div className="locales">
      {locales.map((locale) => (
        <OneLocale
          key={locale}
          id={`${id}-${locale}`}
          locale={locale}
          words={text[locale] ?? ''}
          isMissing={isBegun && (text[locale] ?? '').trim() === ''}
          isTemplate={isTemplate}
          limit={isTemplate ? props.siblings : undefined}
          set={(words) => {
            const { [locale]: _old, ...rest } = text;
            const next = words === '' ? rest : { ...text, [locale]: words };
            change(Object.keys(next).length === 0 ? undefined : next);
          }}
        />
      ))}
    </div>
  );
}

interface LocaleProps {
  readonly id: string;
  readonly locale: string;
  readonly words: string;
  /** It is written in another language, and not in this one. */
  readonly isMissing: boolean;
  readonly isTemplate: boolean;
  readonly limit: ControlProps['siblings'] | undefined;
  readonly set: (words: string) => void;
}

function OneLocale({ id, locale, words, isMissing, isTemplate, limit, set }: LocaleProps) {
  const say = useSay();
  const area = useRef<TextAreaRef>(null);
  const insert = (placeholder: string): void => {
    const box = area.current?.resizableTextArea?.textArea;
    const [from, to] = [box?.selectionStart ?? words.length, box?.selectionEnd ?? words.length];
    set(`${words.slice(0, from)}${placeholder}${words.slice(to)}`);
    const caret = from + placeholder.length;
    requestAnimationFrame(() => {
      box?.focus();
      box?.setSelectionRange(caret, caret);
    });
  };
  return (
    <div className="locale">
      <div className="locale-head">
        <label htmlFor={id}>
          {LOCALE_NAMES[locale] ?? locale}{' '}
          {isMissing ? <span className="missing">{say({ zh: '未填', en: 'missing' })}</span> : null}
        </label>
        {isTemplate ? <PlaceholderPicker insert={insert} /> : null}
      </div>
      <Input.TextArea
        ref={area}
        id={id}
        autoSize={{ minRows: isTemplate ? 2 : 1, maxRows: 10 }}
        value={words}
        onChange={({ target }) => set(target.value)}
      />
      {isTemplate && words !== '' ? <Preview locale={locale} words={words} siblings={limit} /> : null}
    </div>
  );
}

/** Placeholders that the text may name, by the words for them. */
function PlaceholderPicker({ insert }: { readonly insert: (placeholder: string) => void }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const graph = useDesk(({ graph: it }) => it);
  const { fields, placeholders, pages } = useNames();
  const paths = placeholders[graph] ?? placeholders[CAMPAIGN] ?? [];
  const options = paths.map((path) => {
    const label = saidPath(path, { fields, pages }, language);
    return { value: path, label, search: label.toLowerCase() };
  });
  return (
    <Select<string | null>
      className="placeholders"
      size="small"
      variant="borderless"
      value={null}
      suffixIcon={<PlusOutlined />}
      placeholder={say({ zh: '插入变量', en: 'Insert a value' })}
      aria-label={say({ zh: '插入变量', en: 'Insert a value' })}
      popupMatchSelectWidth={280}
      showSearch={{
        filterOption: (input, option) =>
          (option as { readonly search?: string } | undefined)?.search?.includes(input.toLowerCase()) ===
          true,
      }}
      options={options}
      onChange={(path) => {
        if (path === null) return;
        const isInstant = fieldOf(path, fields)?.type === 'instant';
        insert(`{{ ${path}${isInstant ? ' | when' : ''} }}`);
      }}
    />
  );
}

function saidPath(
  path: string,
  { fields, pages }: Pick<Names, 'fields' | 'pages'>,
  language: Language,
): string {
  const said = read(fieldOf(path, fields)?.label ?? pages[path.replace(/^links\./, '')], language);
  return said === '' ? path : `${said} · ${path}`;
}

/** What one member would read, and how long it is. */
function Preview({
  locale,
  words,
  siblings,
}: {
  readonly locale: string;
  readonly words: string;
  readonly siblings: ControlProps['siblings'] | undefined;
}) {
  const say = useSay();
  const document = useDesk(({ history }) => history?.present.document);
  const most = useLimit(siblings);
  const person = usePerson(({ person: it }) => it);
  if (document === undefined) return null;
  const rendered = renderText(words, sampleValues(document, person, Date.now()), {
    zone: zoneOf(document),
    locale,
  });
  const text = 'text' in rendered ? rendered.text : words;
  const isTemplate = words.includes('{');
  return (
    <div className="text-preview">
      {isTemplate ? (
        <>
          <div className="text-preview-head">
            <span>{say({ zh: '第', en: 'As member no.' })}</span>
            <Input
              size="small"
              type="number"
              min={1}
              max={200}
              aria-label={say({ zh: '第几位成员的预览', en: 'Member of the preview' })}
              value={person + 1}
              onChange={({ target }) => usePerson.setState({ person: Math.max(0, Number(target.value) - 1) })}
            />
            <span>{say({ zh: '位成员看到', en: 'reads it' })}</span>
          </div>
          <blockquote>
            {'text' in rendered
              ? text
              : say({ zh: '这些值要到运行时才有：', en: 'Known only while it runs: ' }) +
                rendered.problem.what}
          </blockquote>
        </>
      ) : null}
      <Length text={text} most={most} />
    </div>
  );
}

type Most = Capabilities['maxLength'];

function Length({ text, most }: { readonly text: string; readonly most: Most | undefined }) {
  const say = useSay();
  const length = lengthIn(text, most?.unit ?? 'characters');
  const unit =
    most?.unit === 'bytes' ? say({ zh: '字节', en: 'bytes' }) : say({ zh: '字', en: 'characters' });
  if (most === undefined) return <small className="length">{`${length} ${unit}`}</small>;
  const isTooLong = !fits(text, { maxLength: most });
  return (
    <small className={`length${isTooLong ? ' fault' : ''}`}>
      {`${length} / ${most.count} ${unit}`}
      {isTooLong
        ? say({ zh: ' · 这个渠道一条装不下', en: ' · too long for one message of this channel' })
        : ''}
    </small>
  );
}

/** What the channel that stands beside the text takes, where it is known. */
function useLimit(siblings: ControlProps['siblings'] | undefined): Most | undefined {
  const channels = useDesk(({ team }) => team?.channels);
  const document = useDesk(({ history }) => history?.present.document);
  const key = siblings?.fields.find(({ as }) => as === 'channel')?.key;
  const value: Json | undefined = key === undefined ? undefined : siblings?.values[key];
  const name = isParam(value) && document !== undefined ? sampleOf(paramsOf(document)[value.param]) : value;
  const kind = channels?.find((it) => it.name === name)?.kind;
  return kind === undefined ? undefined : channelKind(kind)?.capabilities.maxLength;
}

const isText = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
