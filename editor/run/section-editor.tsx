// A section that people write: saved a moment after the last key, with a word that tells how far it is.
// Where a colleague has changed it meanwhile both texts stand side by side, and nobody's is lost.
import { useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Input } from 'antd';
import { useCallback, useEffect, useRef, useState } from 'react';
import { Refused } from '../api.ts';
import { wordDiff } from '../history/word-diff.ts';
import { useSay } from '../say.ts';
import { reviews } from './api.ts';
import type { Section } from './review-shapes.ts';

const QUIET_MS = 800;
const RETRY_MS = 5_000;

interface Props {
  readonly report: string;
  readonly locale: string;
  readonly section: Section;
  /** What was typed and may not be saved yet. */
  readonly draft: string | undefined;
  readonly change: (text: string | undefined) => void;
}

export function SectionEditor({ report, locale, section, draft, change }: Props) {
  const say = useSay();
  const { heading, text } = section;
  const { saved, fault, theirs, overwrite, drop } = useSaving({ report, locale, section, draft });
  const isSaved = draft === undefined || saved === draft;
  return (
    <>
      <Input.TextArea
        aria-label={heading}
        autoSize={{ minRows: 4 }}
        maxLength={20_000}
        value={draft ?? text}
        onChange={({ target }) => change(target.value)}
      />
      {theirs === undefined || draft === undefined ? (
        <p className={`save${fault === undefined ? '' : ' refused'}`} role="status">
          {fault !== undefined
            ? say({
                zh: `没有保存：${fault.message} 再改一个字会重试，文字还在这里。`,
                en: `Not saved: ${fault.message} It is tried again with the next key; the text is still here.`,
              })
            : isSaved
              ? say({ zh: '已保存', en: 'Saved' })
              : say({ zh: '保存中…', en: 'Saving…' })}
        </p>
      ) : (
        <Choice
          mine={draft}
          theirs={theirs.text}
          takeMine={() => overwrite(draft)}
          takeTheirs={() => {
            drop();
            change(undefined);
          }}
          takeBoth={() => {
            const both = `${theirs.text}\n\n${draft}`;
            overwrite(both);
            change(both);
          }}
        />
      )}
    </>
  );
}

/** Saves one after the other, each from what the one before has left; stops where somebody else has written. */
function useSaving({ report, locale, section: { heading, revision }, draft }: Omit<Props, 'change'>) {
  const queries = useQueryClient();
  const from = useRef(revision);
  const line = useRef<Promise<void>>(Promise.resolve());
  const unsaved = useRef<string | undefined>(undefined);
  const [saved, setSaved] = useState<string | undefined>();
  const [fault, setFault] = useState<Error | undefined>();
  const [theirs, setTheirs] = useState<Section | undefined>();
  const [attempt, setAttempt] = useState(0);
  const write = useCallback(
    async (text: string): Promise<void> => {
      try {
        const { sections } = await reviews.write(report, locale, { heading, text, from: from.current });
        from.current = sections.find((it) => it.heading === heading)?.revision ?? from.current;
        setFault(undefined);
        setSaved(text);
        void queries.invalidateQueries({ queryKey: ['report', report] });
      } catch (error) {
        if (error instanceof Refused && error.code === 'stale-section')
          setTheirs(error.body['theirs'] as Section);
        else setFault(error instanceof Error ? error : new Error(String(error)));
        // The server is away: what was typed goes out when it is back, unless something newer does.
        if (error instanceof Refused && error.status === 0) {
          unsaved.current ??= text;
          setTimeout(() => setAttempt((no) => no + 1), RETRY_MS);
        }
      }
    },
    [report, locale, heading, queries],
  );
  const send = useCallback(
    (text: string): void => {
      unsaved.current = undefined;
      line.current = line.current.then(() => write(text));
    },
    [write],
  );
  // Whoever has typed nothing begins from what is there now.
  useEffect(() => {
    if (draft === undefined) from.current = revision;
  }, [draft, revision]);
  const isStopped = theirs !== undefined;
  useEffect(() => {
    if (draft === undefined || draft === saved || isStopped) return undefined;
    unsaved.current = draft;
    const timer = setTimeout(() => send(draft), QUIET_MS);
    return () => clearTimeout(timer);
  }, [draft, saved, isStopped, send, attempt]);
  // Whoever leaves the page within a moment loses nothing.
  useEffect(
    () => () => {
      if (unsaved.current !== undefined) send(unsaved.current);
    },
    [send],
  );
  const settle = (): void => {
    from.current = theirs?.revision ?? from.current;
    setTheirs(undefined);
  };
  return {
    saved,
    fault,
    theirs,
    overwrite: (text: string) => {
      settle();
      send(text);
    },
    drop: () => {
      settle();
      unsaved.current = undefined;
      void queries.invalidateQueries({ queryKey: ['report', report] });
    },
  };
}

/** Both texts, with what differs, and the ways to go on. */
function Choice({
  mine,
  theirs,
  takeMine,
  takeTheirs,
  takeBoth,
}: {
  readonly mine: string;
  readonly theirs: string;
  readonly takeMine: () => void;
  readonly takeTheirs: () => void;
  readonly takeBoth: () => void;
}) {
  const say = useSay();
  const box = useRef<HTMLDivElement>(null);
  // It comes up below the field, where somebody may not see it.
  useEffect(() => {
    box.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  const stretches = wordDiff(theirs, mine);
  const side = (odd: 'gone' | 'new') =>
    stretches
      .filter(({ is }) => is === 'same' || is === odd)
      .map(({ text, is }, no) => (is === 'same' ? text : <mark key={no}>{text}</mark>));
  return (
    <div ref={box} className="section-choice">
      <Alert
        type="warning"
        showIcon
        title={say({
          zh: '同事刚改过这一节，您的还没有保存。留哪一份？',
          en: 'A colleague has just changed this section, and yours is not saved. Which one stays?',
        })}
      />
      <div className="pair">
        <figure>
          <figcaption>{say({ zh: '同事的', en: 'Theirs' })}</figcaption>
          <p>{side('gone')}</p>
        </figure>
        <figure>
          <figcaption>{say({ zh: '我的', en: 'Mine' })}</figcaption>
          <p>{side('new')}</p>
        </figure>
      </div>
      <div className="actions">
        <Button onClick={takeTheirs}>{say({ zh: '用同事的', en: 'Take theirs' })}</Button>
        <Button onClick={takeMine}>{say({ zh: '用我的', en: 'Take mine' })}</Button>
        <Button type="primary" onClick={takeBoth}>
          {say({ zh: '两份都留，接着改', en: 'Keep both and go on' })}
        </Button>
      </div>
    </div>
  );
}
