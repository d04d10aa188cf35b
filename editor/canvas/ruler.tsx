// The ruler above the phases: when each step with a fixed moment comes, on the calendar of the parameters of now.
// Moving the event's date moves the words on the ruler and nothing of the drawing.
import { ViewportPortal } from '@xyflow/react';
import { useMemo } from 'react';
import { fixedRules } from '../../engine/calendar/moments.ts';
import { sayInstant, sayTimeRule } from '../../engine/calendar/say.ts';
import type { Playbook } from '../../engine/document.ts';
import type { Json } from '../../engine/json.ts';
import { CAMPAIGN } from '../document/graphs.ts';
import { zoneOf } from '../document/sample.ts';
import { useDesk } from '../document/store.ts';
import { instantOf } from '../inspector/when.tsx';
import { localeOf, useSay, useSpeech } from '../say.ts';
import { placesOf, WIDTH } from '../document/arrange.ts';
import { columnsOf } from './columns.ts';

interface Tick {
  readonly id: string;
  readonly x: number;
  readonly row: number;
  readonly rule: string;
  readonly date: string;
}

const ROW = 40;
/** More moments at one place than this are seen on the steps alone. */
const ROWS = 5;
const LABEL = 170;

/** The moments of a playbook along its drawing. Labels that would lie over each other stand in rows. */
function ticksOf(document: Playbook, locale: string): readonly Tick[] {
  const places = placesOf(document, CAMPAIGN);
  const right: number[] = Array.from({ length: ROWS }, () => Number.NEGATIVE_INFINITY);
  return document.graph.nodes
    .flatMap(({ id, config }) => {
      const [first] = fixedRules((config ?? {}) as Json);
      return first === undefined ? [] : [{ id, rule: first.rule, x: (places[id]?.x ?? 0) + WIDTH / 2 }];
    })
    .toSorted((a, b) => a.x - b.x)
    .flatMap(({ id, rule, x }) => {
      const row = right.findIndex((end) => x - LABEL / 2 > end);
      if (row < 0) return [];
      right[row] = x + LABEL / 2;
      const at = instantOf(document, rule, 0);
      const date = at === undefined ? '' : (sayInstant(at, zoneOf(document), locale) ?? '');
      return [{ id, x, row, rule: sayTimeRule(rule, locale), date }];
    });
}

export function Ruler() {
  const say = useSay();
  const document = useDesk(({ history }) => history?.present.document);
  const graph = useDesk(({ graph: it }) => it);
  const locale = localeOf(useSpeech(({ language: it }) => it));
  const drawn = useMemo(
    () => (document === undefined ? undefined : { ticks: ticksOf(document, locale), ...columnsOf(document) }),
    [document, locale],
  );
  if (drawn === undefined || graph !== CAMPAIGN || drawn.ticks.length === 0) return null;
  const { ticks, top, height } = drawn;
  return (
    <ViewportPortal>
      <ol className="ruler" aria-label={say({ zh: '时间标尺', en: 'Ruler of times' })}>
        {ticks.map(({ id, x, row, rule, date }) => (
          <li
            key={id}
            // Nearer to the drawing lies above the lines of those further up.
            style={{ transform: `translate(${x}px, ${top - (row + 1) * ROW}px)`, zIndex: ROWS - row }}
          >
            <span className="words">
              <b>{rule}</b>
              {date}
            </span>
            <span className="line" style={{ height: (row + 1) * ROW + Math.min(height, 40) - 34 }} />
          </li>
        ))}
      </ol>
    </ViewportPortal>
  );
}
