// In which language the editor speaks. Texts stand beside what shows them, in both languages, so none can be missing.
// Not the texts of playbooks, which are data.
import { create } from 'zustand';
import type { Language, Words } from './words.ts';

export { LOCALE_NAMES, localeOf, read, type Language, type Words } from './words.ts';

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
