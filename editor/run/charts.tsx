// The charts of a review: how many were reached and came, what went out when, and how tasks kept their dates.
import { useMemo } from 'react';
import { sayInstant } from '../../engine/calendar/say.ts';
import { localeOf, read, useSay, useSpeech } from '../say.ts';
import type { ReviewData } from './shapes.ts';
import { Chart } from './chart.tsx';

/** Colours of the page, as the charts need them. */
function useInk(): {
  readonly ink: string;
  readonly soft: string;
  readonly good: string;
  readonly bad: string;
} {
  const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
  return isDark
    ? { ink: '#ece6df', soft: '#a89e93', good: '#f08a4b', bad: '#8a7f74' }
    : { ink: '#26211c', soft: '#6b6259', good: '#d9541e', bad: '#c9c0b6' };
}

const LABEL = 14;

export function Charts({ data }: { readonly data: ReviewData }) {
  return (
    <div className="charts">
      <Funnel data={data} />
      <Sent data={data} />
    </div>
  );
}

function Funnel({ data: { counts } }: { readonly data: ReviewData }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const ink = useInk();
  const steps = [
    { name: say({ zh: '触达', en: 'Reached' }), value: counts.reached },
    { name: say({ zh: '报名', en: 'Signed up' }), value: counts.signUps },
  ];
  const option = useMemo(
    () => ({
      textStyle: { color: ink.ink },
      animation: false,
      grid: { left: 72, right: 48, top: 8, bottom: 8 },
      xAxis: { type: 'value', show: false },
      yAxis: {
        type: 'category',
        inverse: true,
        data: steps.map(({ name }) => name),
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: { color: ink.ink },
      },
      series: [
        {
          type: 'bar',
          data: steps.map(({ value }) => value),
          itemStyle: { color: ink.good, borderRadius: 4 },
          label: { show: true, position: 'right', color: ink.ink },
          barMaxWidth: 28,
        },
      ],
    }),
    // The words change with the language, and so do the steps.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [counts, language],
  );
  const label = steps.map(({ name, value }) => `${name} ${value}`).join(' → ');
  return (
    <figure>
      <figcaption>{say({ zh: '触达与报名', en: 'Reached and signed up' })}</figcaption>
      <Chart option={option} label={label} height={110} />
    </figure>
  );
}

function Sent({ data: { messages, steps, head } }: { readonly data: ReviewData }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const ink = useInk();
  const rows = useMemo(() => {
    const titles = new Map(steps.map(({ node, title }) => [node, title]));
    return messages.map(({ node, at, sent, withheld }) => ({
      name: shortened(read(titles.get(node) ?? undefined, language) || node),
      when: sayInstant(at, head.zone, localeOf(language)) ?? '',
      sent,
      withheld: Object.values(withheld).reduce((sum, count) => sum + count, 0),
    }));
  }, [messages, steps, head.zone, language]);
  const words = { sent: say({ zh: '送达', en: 'Sent' }), withheld: say({ zh: '没有发', en: 'Withheld' }) };
  const option = useMemo(
    () => ({
      textStyle: { color: ink.ink },
      animation: false,
      legend: { top: 0, right: 0, textStyle: { color: ink.soft } },
      tooltip: { trigger: 'axis' },
      grid: { left: 148, right: 40, top: 28, bottom: 8 },
      xAxis: { type: 'value', show: false },
      yAxis: {
        type: 'category',
        inverse: true,
        data: rows.map(({ name, when }) => `${name}\n${when}`),
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: { color: ink.soft, lineHeight: LABEL, fontSize: 11 },
      },
      series: [
        { name: words.sent, key: 'sent' as const, color: ink.good },
        { name: words.withheld, key: 'withheld' as const, color: ink.bad },
      ].map(({ name, key, color }) => ({
        name,
        type: 'bar',
        stack: 'all',
        data: rows.map((row) => row[key]),
        itemStyle: { color },
        barMaxWidth: 18,
      })),
    }),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [rows, words.sent],
  );
  if (rows.length === 0) return null;
  return (
    <figure>
      <figcaption>{say({ zh: '每条消息', en: 'Each message' })}</figcaption>
      <Chart
        option={option}
        label={rows.map(({ name, sent }) => `${name} ${sent}`).join(', ')}
        height={48 + rows.length * 42}
      />
    </figure>
  );
}

const MOST = 12;

const shortened = (text: string): string => {
  const letters = Array.from(text);
  return letters.length <= MOST ? text : `${letters.slice(0, MOST).join('')}…`;
};
