// Whether the window is too narrow for a drawing beside a panel, as on a phone.
import { useSyncExternalStore } from 'react';

const query = matchMedia('(max-width: 900px)');

export const useNarrow = (): boolean =>
  useSyncExternalStore(
    (changed) => {
      query.addEventListener('change', changed);
      return () => query.removeEventListener('change', changed);
    },
    () => query.matches,
  );
