// Whether whoever looks wants dark pages; it may change while they look.
import { useSyncExternalStore } from 'react';

const query = matchMedia('(prefers-color-scheme: dark)');

export const useDark = (): boolean =>
  useSyncExternalStore(
    (changed) => {
      query.addEventListener('change', changed);
      return () => query.removeEventListener('change', changed);
    },
    () => query.matches,
  );
