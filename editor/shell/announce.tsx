// Says what has changed to whoever cannot see it: one sentence for each thing that was done, undone or found.
import { useEffect } from 'react';
import { create } from 'zustand';
import { useDesk } from '../document/store.ts';
import { useSay, useSpeech, type Words } from '../say.ts';

const useVoice = create<{ readonly words: Words; readonly no: number }>(() => ({
  words: { zh: '', en: '' },
  no: 0,
}));

/** Announces a sentence. */
export const announce = (words: Words): void => useVoice.setState(({ no }) => ({ words, no: no + 1 }));

/** The live region. Every command announces itself by its name. */
export function Announcer() {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const { words, no } = useVoice();
  useEffect(
    () =>
      useDesk.subscribe(({ history: now }, { history: before }) => {
        if (now === undefined || before === undefined || now === before) return;
        const { says } = now.present;
        if (now.past.length > before.past.length && now.future.length === 0 && says !== undefined)
          announce(says);
        const undone = now.future.length > before.future.length ? before.present.says : undefined;
        if (undone !== undefined) announce({ zh: `已撤销：${undone.zh}`, en: `Undone: ${undone.en}` });
        const redone = now.future.length < before.future.length && now.past.length > before.past.length;
        if (redone && now.future.length > 0 && says !== undefined) announce(says);
      }),
    [],
  );
  return (
    <div className="heard" role="log" aria-live="polite" lang={language === 'zh' ? 'zh-CN' : 'en'}>
      <span key={no}>{say(words)}</span>
    </div>
  );
}
