// A text in every language of the playbook, with what is missing marked.
import { Input, Tag } from 'antd';
import { useDesk } from '../../document/store.ts';
import { LOCALE_NAMES, useSay } from '../../say.ts';
import type { ControlProps } from '../control.ts';

export function TextControl({ id, value, change }: ControlProps) {
  const say = useSay();
  const locales = useDesk(({ history }) => history?.present.document.locales) ?? ['zh-CN'];
  const text = isText(value) ? value : {};
  return (
    <div className="locales">
      {locales.map((locale) => {
        const words = text[locale] ?? '';
        return (
          <label key={locale} htmlFor={`${id}-${locale}`}>
            <span>
              {LOCALE_NAMES[locale] ?? locale}{' '}
              {words.trim() === '' ? <Tag color="gold">{say({ zh: '未填', en: 'missing' })}</Tag> : null}
            </span>
            <Input.TextArea
              id={`${id}-${locale}`}
              autoSize={{ minRows: 2, maxRows: 10 }}
              value={words}
              onChange={({ target }) => {
                const { [locale]: _old, ...rest } = text;
                const next = target.value === '' ? rest : { ...text, [locale]: target.value };
                change(Object.keys(next).length === 0 ? undefined : next);
              }}
            />
          </label>
        );
      })}
    </div>
  );
}

const isText = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
