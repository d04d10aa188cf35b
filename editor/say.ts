// In which language the editor speaks. Texts stand beside what shows them, in both languages, so none can be missing.
// Not the texts of playbooks, which are data.
import { create } from 'zustand';

/** A text of the editor. */
export interface Words {
  readonly zh: string;
  readonly en: string;
}

export type Language = 'zh' | 'en';

const KEY = 'kindling.language';

interface Speech {
  readonly language: Language;
  readonly speak: (language: Language) => void;
}

/** Chinese unless somebody chose otherwise. */
export const useSpeech = create<Speech>((set) => ({
  language: localStorage.getItem(KEY) === 'en' ? 'en' : 'zh',
  speak: (language) => {
    localStorage.setItem(KEY, language);
    set({ language });
  },
}));

/** Says words in the language of now. */
export function useSay(): (words: Words) => string {
  const language = useSpeech(({ language: it }) => it);
  return (words) => words[language];
}

/** The locale under which texts of playbooks and dates are shown. */
export const localeOf = (language: Language): string => (language === 'zh' ? 'zh-CN' : 'en');

/** A text of a playbook for a reader: their locale, else the first there is. */
export function read(text: Readonly<Record<string, string>> | undefined, language: Language): string {
  if (text === undefined) return '';
  const own = Object.entries(text).find(([locale]) => locale.startsWith(language));
  return own?.[1] ?? Object.values(text)[0] ?? '';
}
