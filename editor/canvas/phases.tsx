// The phases behind the steps: columns with their names and dates, as wide as the steps that stand in them.
// A phase's dates follow the activity's own, so moving the event moves the words and not the drawing.
import { ViewportPortal } from '@xyflow/react';
import { useMemo } from 'react';
import { sayInstant, sayTimeRule } from '../../engine/calendar/say.ts';
import type { TimeRule } from '../../engine/calendar/time-rule.ts';
import type { Playbook } from '../../engine/document.ts';
import { sayRole } from '../../engine/roles.ts';
import { CAMPAIGN } from '../document/graphs.ts';
import { zoneOf } from '../document/sample.ts';
import { useDesk } from '../document/store.ts';
import { instantOf } from '../inspector/when.tsx';
import { localeOf, read, useSpeech } from '../say.ts';
import { useCarrying } from './carrying.tsx';
import { columnsOf } from './columns.ts';

/** The day of a rule on the calendar of the parameters of now. */
function sayDay(document: Playbook, rule: TimeRule, locale: string): string {
  const at = instantOf(document, rule, 0);
  return at === undefined ? '' : (sayInstant(at, zoneOf(document), locale, 'date') ?? '');
}

/** The phases of what is open, on its campaign's graph. */
export function Phases() {
  const document = useDesk(({ history }) => history?.present.document);
  const graph = useDesk(({ graph: it }) => it);
  const into = useCarrying(({ into: it }) => it);
  return document === undefined || graph !== CAMPAIGN ? null : (
    <PhaseColumns document={document} isDated into={into} />
  );
}

/** The phases of a document. Days are those of its own examples, so only a playbook that is drawn has any. */
export function PhaseColumns({
  document,
  isDated = false,
  into = '',
}: {
  readonly document: Playbook;
  readonly isDated?: boolean;
  /** Phases that what is dragged would come into. */
  readonly into?: string;
}) {
  const language = useSpeech(({ language: it }) => it);
  const laid = useMemo(() => columnsOf(document), [document]);
  const locale = localeOf(language);
  return (
    <ViewportPortal>
      {laid.columns.map(({ phase, left, width }, no) => (
        <div
          key={phase.id}
          className={`phase${no % 2 === 0 ? '' : ' odd'}${into.split(' ').includes(phase.id) ? ' into' : ''}`}
          style={{ transform: `translate(${left}px, ${laid.top}px)`, width, height: laid.height }}
        >
          <div className="title">{read(phase.title, language)}</div>
          <div className="dates">
            {[phase.starts, phase.ends]
              .map((rule) => (rule === undefined ? '' : sayTimeRule(rule, locale)))
              .filter((it) => it !== '')
              .join(' → ')}
            <span className="on">
              {[phase.starts, phase.ends]
                .map((rule) => (rule === undefined || !isDated ? '' : sayDay(document, rule, locale)))
                .filter((it) => it !== '')
                .join(' → ')}
            </span>
          </div>
          {phase.owner === undefined && phase.goal === undefined ? null : (
            <div className="purpose">
              {[sayRole(phase.owner ?? '', language), read(phase.goal, language)]
                .filter((it) => it !== undefined && it !== '')
                .join(' · ')}
            </div>
          )}
        </div>
      ))}
    </ViewportPortal>
  );
}
