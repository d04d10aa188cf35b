// The keyboard: keys become deeds, and arrows walk along the wires. Keys rest while somebody types, while an input method
// composes, and while a dialog is open. Letters without a modifier act on the canvas only.
import { useEffect } from 'react';
import { useDesk } from '../document/store.ts';
import { graphOf } from '../document/graphs.ts';
import { announce } from '../shell/announce.tsx';
import { useWay } from '../problems/go-to.ts';
import { placesOf } from '../document/arrange.ts';
import { leaveToCanvas } from './areas.ts';
import { DEEDS, perform } from './deeds.ts';
import { here, nudge } from './do.ts';
import { useStage } from './stage.ts';
import { readingOrder, stepTowards, type Direction } from './walk.ts';

/** A key with its modifiers, as the table of deeds writes it: `Mod+Shift+z`, `?`, `Shift+1`. */
export function keyOf({ key, code, ctrlKey, metaKey, shiftKey, altKey }: KeyboardEvent): string {
  const isDigit = /^Digit\d$/.test(code);
  const name = isDigit ? code.slice(5) : key.length === 1 ? key.toLowerCase() : key;
  // Shift makes another sign of most keys: only of letters and digits it is said.
  const isShifted = shiftKey && (isDigit || key.length > 1 || /^[a-z]$/i.test(key));
  return `${ctrlKey || metaKey ? 'Mod+' : ''}${altKey ? 'Alt+' : ''}${isShifted ? 'Shift+' : ''}${name}`;
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null;

const isOnCanvas = (target: EventTarget | null): boolean =>
  target === document.body || (target instanceof Element && target.closest('.canvas') !== null);

/** Listens as long as the page is there. */
export function useKeys(): void {
  useEffect(() => {
    const down = (event: KeyboardEvent): void => {
      if (
        event.isComposing ||
        event.defaultPrevented ||
        document.querySelector('.ant-modal-wrap:not([style*="none"])') !== null
      )
        return;
      if (event.key === 'Escape' && !wasOpen && leaveToCanvas(event.target)) return event.preventDefault();
      const pressed = keyOf(event);
      const onCanvas = isOnCanvas(event.target);
      if (onCanvas && arrows(event)) return event.preventDefault();
      const deed = DEEDS.find(({ keys }) => keys?.includes(pressed) === true);
      if (deed === undefined) return;
      if (isTyping(event.target) ? deed.isEverywhere !== 'typing' : !(deed.isEverywhere ?? onCanvas)) return;
      event.preventDefault();
      perform(deed);
    };
    // A list or a menu that is open takes Escape for itself, and has closed by the time the key comes here.
    let wasOpen = false;
    const first = ({ target }: KeyboardEvent): void => {
      wasOpen = target instanceof Element && target.closest('[aria-expanded="true"], [role="menu"]') !== null;
    };
    addEventListener('keydown', first, true);
    addEventListener('keydown', down);
    return () => {
      removeEventListener('keydown', first, true);
      removeEventListener('keydown', down);
    };
  }, []);
}

const ARROWS: Readonly<Record<string, readonly [Direction, x: number, y: number]>> = {
  ArrowLeft: ['left', -1, 0],
  ArrowRight: ['right', 1, 0],
  ArrowUp: ['up', 0, -1],
  ArrowDown: ['down', 0, 1],
};

const GRID = 12;

/** Arrows, and the keys that belong to them. True when the key was for the canvas. */
function arrows(event: KeyboardEvent): boolean {
  const at = here();
  if (at === undefined || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
    return false;
  const { isMoving } = useStage.getState();
  const arrow = ARROWS[event.key];
  if (arrow !== undefined) {
    const [direction, x, y] = arrow;
    const far = GRID * (event.shiftKey ? 5 : 1);
    if (isMoving) nudge(at, { x: x * far, y: y * far });
    else walkTo(direction, event.shiftKey);
    return true;
  }
  if (event.key === 'm' && at.steps.length > 0) {
    useStage.setState({ isMoving: !isMoving });
    announce(
      isMoving
        ? { zh: '放下了', en: 'Put down' }
        : { zh: '拿起来了：方向键移动，回车放下', en: 'Taken up: arrows move it, Enter puts it down' },
    );
    return true;
  }
  if (event.key === 'Enter' && isMoving) {
    useStage.setState({ isMoving: false });
    announce({ zh: '放下了', en: 'Put down' });
    return true;
  }
  const isNode = event.target instanceof HTMLButtonElement;
  if (event.key === 'Enter' && !isNode && at.steps.length === 1) {
    const [field, button] = ['input, textarea', 'button'].map((it) =>
      document.querySelector<HTMLElement>(`.inspector :is(${it})`),
    );
    (field ?? button)?.focus();
    return true;
  }
  if (event.key === 'Escape' && (isMoving || at.steps.length + at.edges.length > 0)) {
    useStage.setState({ isMoving: false });
    if (!isMoving) useDesk.setState({ selected: [], selectedEdges: [] });
    return true;
  }
  return false;
}

/** Walks a step on; `isExtending` takes it to what is selected already. */
function walkTo(direction: Direction, isExtending: boolean): void {
  const at = here();
  if (at === undefined) return;
  const graph = graphOf(at.document, at.graph);
  const places = placesOf(at.document, at.graph);
  const from = at.steps.at(-1);
  const to =
    from === undefined ? readingOrder(graph, places)[0] : stepTowards(graph, places, from, direction);
  if (to === undefined) return;
  const kept = isExtending ? at.steps.filter((id) => id !== to) : [];
  useDesk.setState({ selected: [...kept, to], selectedEdges: [] });
  useWay.setState({ reveal: { ids: [to] } });
}
