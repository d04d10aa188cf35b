// The timeline: messages as bars, days as lines, and where the playhead stands. Dragged, clicked, or moved by keys.
import { useEffect, useMemo, useRef } from 'react';
import { sayInstant } from '../../engine/calendar/say.ts';
import { instantAt } from '../../engine/calendar/zone.ts';
import { DAY, type Instant } from '../../engine/instant.ts';
import { localeOf, useSay, useSpeech } from '../say.ts';
import { dayOf } from './sheet.ts';
import { seek, useStage } from './store.ts';
import type { Take } from './take.ts';

const BARS = 240;
/** So many days have their date beside them; more would run into each other. */
const DATES = 8;
/** Steps of the slider: a fortnight by a quarter of a minute. */
const STEPS = 100_000;

export function Reel({ take }: { readonly take: Take }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const input = useRef<HTMLInputElement>(null);
  const needle = useRef<SVGLineElement>(null);
  const past = useRef<SVGRectElement>(null);
  const { started, ended, zone } = take;
  const span = Math.max(1, ended - started);
  useEffect(() => {
    const show = (): void => {
      const share = (useStage.getState().at - started) / span;
      if (input.current !== null) {
        input.current.value = String(Math.round(share * STEPS));
        const words = sayInstant(useStage.getState().at, zone, localeOf(language));
        input.current.setAttribute('aria-valuetext', words ?? '');
      }
      const x = `${share * 100}%`;
      needle.current?.setAttribute('x1', x);
      needle.current?.setAttribute('x2', x);
      past.current?.setAttribute('width', x);
    };
    show();
    return useStage.subscribe(({ at }, before) => {
      if (at !== before.at) show();
    });
  }, [started, span, zone, language]);
  const drawn = useMemo(() => drawingOf(take), [take]);
  const dates =
    language === 'zh'
      ? new Intl.DateTimeFormat('zh-CN', { timeZone: zone, month: 'numeric', day: 'numeric' })
      : new Intl.DateTimeFormat('en-GB', { timeZone: zone, month: 'short', day: 'numeric' });
  return (
    <div className="reel">
      <svg aria-hidden="true" preserveAspectRatio="none">
        {drawn.days.map(({ share }) => (
          <line
            key={share}
            className="day-line"
            x1={`${share * 100}%`}
            x2={`${share * 100}%`}
            y1="0"
            y2="100%"
          />
        ))}
        {drawn.bars.map(({ share, height }) => (
          <rect
            key={share}
            className="bar-of"
            x={`${share * 100}%`}
            width={`${100 / BARS}%`}
            y={`${100 - height}%`}
            height={`${height}%`}
          />
        ))}
        {drawn.days.map(({ share, at }, no) =>
          no % drawn.every === 0 ? (
            <text key={share} x={`${share * 100}%`} dx="3" y="10">
              {dates.format(at)}
            </text>
          ) : null,
        )}
        <rect ref={past} className="past" x="0" y="0" height="100%" />
        <line ref={needle} className="needle" y1="0" y2="100%" />
      </svg>
      <input
        ref={input}
        type="range"
        min={0}
        max={STEPS}
        defaultValue={0}
        aria-label={say({ zh: '彩排的时间', en: 'Time of the rehearsal' })}
        onChange={({ target }) => {
          useStage.setState({ isPlaying: false });
          seek(started + (Number(target.value) / STEPS) * span);
        }}
      />
    </div>
  );
}

/** Bars by how much was posted (the highest is full, few are still seen), and where each local day begins. */
function drawingOf({ posts, started, ended, zone }: Take): {
  readonly bars: readonly { readonly share: number; readonly height: number }[];
  readonly days: readonly { readonly share: number; readonly at: Instant }[];
  /** Which of the days have their date beside them. */
  readonly every: number;
} {
  const span = Math.max(1, ended - started);
  const sums = new Map<number, number>();
  for (const { at, count } of posts) {
    const bar = Math.min(BARS - 1, Math.floor(((at - started) / span) * BARS));
    sums.set(bar, (sums.get(bar) ?? 0) + count);
  }
  const most = Math.max(1, ...sums.values());
  const bars = [...sums].map(([bar, sum]) => ({
    share: bar / BARS,
    height: 20 + 80 * Math.sqrt(sum / most),
  }));
  const days: { share: number; at: Instant }[] = [];
  for (let day = dayOf(started, zone) + 1; days.length < 400; day += 1) {
    const begins = instantAt(day * DAY, zone);
    if (begins === undefined || begins >= ended) break;
    days.push({ share: (begins - started) / span, at: begins });
  }
  return { bars, days, every: Math.ceil(days.length / DATES) };
}
