// Whether the window is too narrow for a drawing beside a panel, or for more than one thing at a time, as on a phone.
import { useSyncExternalStore } from 'react';

function watched(media: string): () => boolean {
  const query = matchMedia(media);
  return () =>
    useSyncExternalStore(
      (changed) => {
        query.addEventListener('change', changed);
        return () => query.removeEventListener('change', changed);
      },
      () => query.matches,
    );
}

export const useNarrow = watched('(max-width: 900px)');

/** A phone: as in the style sheets. */
export const usePhone = watched('(max-width: 700px)');
