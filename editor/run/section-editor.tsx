// A section that people write: saved a moment after the last key, with a word that tells how far it is.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Input } from 'antd';
import { useEffect, useRef } from 'react';
import { useSay } from '../say.ts';
import { reviews } from './api.ts';
import type { Section } from './review-shapes.ts';

const QUIET_MS = 800;

export function SectionEditor({
  report,
  locale,
  section: { heading, text },
  draft,
  change,
}: {
  readonly report: string;
  readonly locale: string;
  readonly section: Section;
  /** What was typed and may not be saved yet. */
  readonly draft: string | undefined;
  readonly change: (text: string) => void;
}) {
  const say = useSay();
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: (written: string) => reviews.write(report, locale, { [heading]: written }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['report', report] }),
  });
  const { mutate } = save;
  const unsaved = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (draft === undefined) return undefined;
    unsaved.current = draft;
    const timer = setTimeout(() => {
      unsaved.current = undefined;
      mutate(draft);
    }, QUIET_MS);
    return () => clearTimeout(timer);
  }, [draft, mutate]);
  // Whoever leaves the page within a moment loses nothing.
  useEffect(
    () => () => {
      if (unsaved.current !== undefined) void reviews.write(report, locale, { [heading]: unsaved.current });
    },
    [report, locale, heading],
  );
  const isSaved = draft === undefined || (save.isSuccess && save.variables === draft);
  return (
    <>
      <Input.TextArea
        aria-label={heading}
        autoSize={{ minRows: 4 }}
        maxLength={20_000}
        value={draft ?? text}
        onChange={({ target }) => change(target.value)}
      />
      <p className={`save${save.isError ? ' refused' : ''}`} role="status">
        {save.isError
          ? say({
              zh: `没有保存：${save.error.message} 再改一个字会重试，文字还在这里。`,
              en: `Not saved: ${save.error.message} It is tried again with the next key; the text is still here.`,
            })
          : isSaved
            ? say({ zh: '已保存', en: 'Saved' })
            : say({ zh: '保存中…', en: 'Saving…' })}
      </p>
    </>
  );
}
