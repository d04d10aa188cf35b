// Where in the editor somebody is: the part of the address behind the #, so that any page can be linked to and reloaded.
import { useSyncExternalStore } from 'react';

/** The parts of the address: `#/playbooks/1` is `['playbooks', '1']`. */
export function useLocation(): readonly string[] {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return partsOf(hash);
}

/** Goes to a page. */
export function go(...parts: readonly string[]): void {
  location.hash = addressOf(...parts);
}

/** The address of a page, for links. */
export const addressOf = (...parts: readonly string[]): string =>
  `#/${parts.map((part) => encodeURIComponent(part)).join('/')}`;

const partsOf = (hash: string): readonly string[] =>
  hash
    .replace(/^#\/?/, '')
    .split('/')
    .filter((part) => part !== '')
    .map(decode);

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function subscribe(changed: () => void): () => void {
  addEventListener('hashchange', changed);
  return () => removeEventListener('hashchange', changed);
}
