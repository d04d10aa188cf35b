// The areas of the desk, for whoever comes without a mouse: F6 goes from one to the next, Escape out of one to the canvas.

/** In the order of reading: where one goes, what can be added, the drawing, what can be set, the rehearsal. */
const AREAS = ['.bar', '.palette', '.canvas', '.inspector', '.stage'] as const;

const CONTROLS =
  'a[href], button:not(:disabled, .bind), input:not(:disabled), textarea, [role="tab"], [role="treeitem"], [role="combobox"]';

export const focusCanvas = (): void => document.querySelector<HTMLElement>('.canvas')?.focus();

/** What of an area takes the focus: the canvas itself, else the first control that Tab would come to. */
function entranceOf(area: HTMLElement): HTMLElement | undefined {
  if (area.tabIndex >= 0) return area;
  return [...area.querySelectorAll<HTMLElement>(CONTROLS)].find(
    (it) => it.tabIndex >= 0 && it.offsetParent !== null,
  );
}

/** Puts the focus into the next area, or with −1 into the one before. */
export function goToArea(by: 1 | -1): void {
  const entrances = AREAS.flatMap((name) => {
    const area = document.querySelector<HTMLElement>(name);
    const entrance = area === null ? undefined : entranceOf(area);
    return area === null || entrance === undefined ? [] : [{ area, entrance }];
  });
  const now = entrances.findIndex(({ area }) => area.contains(document.activeElement));
  const canvas = entrances.findIndex(({ area }) => area.matches('.canvas'));
  // Nowhere yet: the keys of the canvas work there, so it counts as the canvas.
  const from = now < 0 ? canvas : now;
  entrances.at((from + by + entrances.length) % entrances.length)?.entrance.focus();
}

/** From a field or a list beside the canvas to the canvas. False where the focus is elsewhere. */
export function leaveToCanvas(target: EventTarget | null): boolean {
  if (!(target instanceof Element) || target.closest('.inspector, .palette') === null) return false;
  focusCanvas();
  return true;
}
