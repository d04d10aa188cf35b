// Whether whoever looks wants dark pages; it may change while they look. What is printed is always light.
import { useSyncExternalStore } from 'react';

const query = matchMedia('(prefers-color-scheme: dark)');
let isPrinting = false;

export const useDark = (): boolean =>
  useSyncExternalStore(
    (changed) => {
      const before = (): void => {
        isPrinting = true;
        changed();
      };
      const after = (): void => {
        isPrinting = false;
        changed();
      };
      query.addEventListener('change', changed);
      addEventListener('beforeprint', before);
      addEventListener('afterprint', after);
      return () => {
        query.removeEventListener('change', changed);
        removeEventListener('beforeprint', before);
        removeEventListener('afterprint', after);
      };
    },
    () => query.matches && !isPrinting,
  );
