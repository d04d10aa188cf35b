// Keeps the page of a run up to date: server-sent events say that something has happened, then it is asked anew.
// At most two paints a second, whatever the run does. When the stream breaks the browser comes back by itself.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

const KINDS = ['advanced', 'controlled', 'task', 'ended', 'status'] as const;
const REST_MS = 500;

/** Listens to a run until it is over. True while the stream is open. */
export function useLive(run: string, isOver: boolean): boolean {
  const queries = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (isOver) return undefined;
    const source = new EventSource(`/api/runs/${encodeURIComponent(run)}/live`);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const happened = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void queries.invalidateQueries({ queryKey: ['run', run] });
      }, REST_MS);
    };
    for (const kind of KINDS) source.addEventListener(kind, happened);
    source.addEventListener('open', () => setOpen(true));
    source.addEventListener('error', () => setOpen(source.readyState === EventSource.OPEN));
    return () => {
      clearTimeout(timer);
      source.close();
      setOpen(false);
    };
  }, [run, isOver, queries]);
  return isOpen;
}
