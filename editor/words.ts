// Words of the editor in both languages, and texts of playbooks in the reader's. Pure: workers and tests may import this.
// Which language it is now is say.ts.

/** A text of the editor. */
export interface Words {
  readonly zh: string;
  readonly en: string;
}

export type Language = 'zh' | 'en';

/** The locale under which texts of playbooks and dates are shown. */
export const localeOf = (language: Language): string => (language === 'zh' ? 'zh-CN' : 'en');

/** What languages call themselves. */
export const LOCALE_NAMES: Readonly<Record<string, string>> = { 'zh-CN': '中文', en: 'English' };

/** A text of a playbook for a reader: their locale, else the first there is. */
export function read(text: Readonly<Record<string, string>> | undefined, language: Language): string {
  if (text === undefined) return '';
  const own = Object.entries(text).find(([locale]) => locale.startsWith(language));
  return own?.[1] ?? Object.values(text)[0] ?? '';
}
